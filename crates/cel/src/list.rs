//! Lists of values.

use std::sync::Arc;

use cel::ExecutionError;
use cel::common::traits::{Adder, Container, Indexer, Iterable, Iterator as CelIterator};
use cel::common::traits::{Sizer, Zeroer};
use cel::common::types::{CelInt, Kind, LIST_TYPE, Type};
use cel::common::value::{CowVal, Val};

use super::value::{Value, size, spend_value, unexpected, whole};

/// A list; clones share it.
#[derive(Debug, Clone)]
pub struct List<'a>(Arc<[Value<'a>]>);

impl<'a> From<Vec<Value<'a>>> for List<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self(items.into())
    }
}

impl<'a> From<Vec<Box<dyn Val + 'a>>> for List<'a> {
    fn from(items: Vec<Box<dyn Val + 'a>>) -> Self {
        Self(items.into_iter().map(Value::Other).collect())
    }
}

impl Val for List<'_> {
    fn get_type(&self) -> &Type {
        &LIST_TYPE
    }

    fn cel_type() -> &'static Type {
        &LIST_TYPE
    }

    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn as_zeroer(&self) -> Option<&dyn Zeroer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        if other.get_type().kind() != Kind::List {
            return false;
        }
        let (Some(sizer), Some(others)) = (other.as_sizer(), other.as_iterable()) else {
            return false;
        };
        let mut others = others.iter();
        sizer.size() == self.size()
            && self.0.iter().all(|item| {
                let is_paid = spend_value(item.as_val()).is_ok();
                is_paid && others.next().is_some_and(|other| item.as_val().equals(other))
            })
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }
}

impl Adder for List<'_> {
    fn add<'b, 'v>(&'b self, other: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let refused = || ExecutionError::no_such_overload("_+_", type_names(self, other));
        if other.get_type().kind() != Kind::List {
            return Err(refused());
        }
        let mut others = other.as_iterable().ok_or_else(refused)?.iter();
        let mut items: Vec<Value<'v>> = Vec::with_capacity(self.0.len());
        for item in &*self.0 {
            spend_value(item.as_val())?;
            items.push(item.clone());
        }
        while let Some(item) = others.next() {
            spend_value(item)?;
            items.push(item.clone_as_boxed().into());
        }
        Ok(CowVal::owned(List::from(items)))
    }
}

fn type_names(left: &dyn Val, right: &dyn Val) -> Vec<String> {
    [left, right].map(|value| value.get_type().name().to_owned()).to_vec()
}

impl Container for List<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        for item in &*self.0 {
            spend_value(item.as_val())?;
            if item.as_val().equals(value) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Indexer for List<'_> {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let at = whole(index).ok_or_else(|| unexpected(index, "int"))?;
        let item = usize::try_from(at).ok().and_then(|at| self.0.get(at));
        let item = item.ok_or_else(|| ExecutionError::IndexOutOfBounds(at.into()))?;
        spend_value(item.as_val())?;
        Ok(CowVal::Borrowed(item.as_val()))
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(index).map(CowVal::into_owned)
    }
}

impl Iterable for List<'_> {
    fn iter<'b, 'v>(&'b self) -> Box<dyn CelIterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(Items(self.0.iter()))
    }
}

struct Items<'b, 'a>(std::slice::Iter<'b, Value<'a>>);

impl<'b, 'a: 'v, 'v> CelIterator<'b, 'v> for Items<'b, 'a> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|item| item.as_val() as &(dyn Val + 'v))
    }
}

impl Sizer for List<'_> {
    fn size(&self) -> CelInt {
        size(self.0.len())
    }
}

impl Zeroer for List<'_> {
    fn is_zero_value(&self) -> bool {
        self.0.is_empty()
    }
}
