//! Objects, and maps with keys of other types.

use std::sync::Arc;

use cel::ExecutionError;
use cel::common::traits::{Container, Indexer, Iterable, Iterator as CelIterator, Sizer, Zeroer};
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelMapKey, CelString, CelUInt, Kind, MAP_TYPE, Type,
};
use cel::common::value::{CowVal, Val};

use super::escape::unescape;
use super::value::{Value, size, spend_value, unexpected, whole};

/// An object, or a map with keys of other types, in the order of its keys; clones share it.
#[derive(Debug, Clone)]
pub struct Map<'a>(Arc<[(CelMapKey<'a>, Value<'a>)]>);

impl<'a> FromIterator<(CelMapKey<'a>, Value<'a>)> for Map<'a> {
    /// Makes a map. Of several entries with one key, the last counts.
    fn from_iter<I: IntoIterator<Item = (CelMapKey<'a>, Value<'a>)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            // The sort is stable: from the end, the first of one key is the last that was given.
            entries.reverse();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.dedup_by(|(a, _), (b, _)| a == b);
        }
        Self(entries.into())
    }
}

impl<'a> Map<'a> {
    /// The number of entries.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn probe(&self, key: &CelMapKey<'_>) -> Option<&Value<'a>> {
        let found = self.0.binary_search_by(|(own, _)| own.cmp(key)).ok()?;
        self.0.get(found).map(|(_, value)| value)
    }

    /// The value of a key. Numbers of different types are the same key if they are equal.
    fn find(&self, key: &dyn Val) -> Result<Option<&Value<'a>>, ExecutionError> {
        if let Some(name) = key.downcast_ref::<CelString<'_>>() {
            let name = name.inner();
            return Ok(self
                .probe(&name.into())
                .or_else(|| self.probe(&unescape(name)?.as_str().into())));
        }
        if let Some(bool) = key.downcast_ref::<CelBool>() {
            return Ok(self.probe(&(*bool.inner()).into()));
        }
        if !matches!(key.get_type().kind(), Kind::Int | Kind::UInt | Kind::Double) {
            return Err(unexpected(key, "map key"));
        }
        let number = whole(key).and_then(|int| {
            let uint = || self.probe(&u64::try_from(int).ok()?.into());
            self.probe(&int.into()).or_else(uint)
        });
        let beyond = || self.probe(&(*key.downcast_ref::<CelUInt>()?.inner()).into());
        Ok(number.or_else(beyond))
    }
}

fn no_such_key(key: &dyn Val) -> ExecutionError {
    let name = if let Some(name) = key.downcast_ref::<CelString<'_>>() {
        name.inner().to_owned()
    } else if let Some(bool) = key.downcast_ref::<CelBool>() {
        bool.inner().to_string()
    } else if let Some(uint) = key.downcast_ref::<CelUInt>() {
        uint.inner().to_string()
    } else if let Some(double) = key.downcast_ref::<CelDouble>() {
        double.inner().to_string()
    } else {
        whole(key).map(|int| int.to_string()).unwrap_or_default()
    };
    ExecutionError::NoSuchKey(Arc::new(name))
}

impl Val for Map<'_> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
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
        if other.get_type().kind() != Kind::Map {
            return false;
        }
        let (Some(sizer), Some(indexer)) = (other.as_sizer(), other.as_indexer()) else {
            return false;
        };
        sizer.size() == self.size()
            && self.0.iter().all(|(key, value)| {
                let is_paid = spend_value(key.inner()).is_ok();
                is_paid
                    && indexer.get(key.inner()).is_ok_and(|other| value.as_val().equals(&*other))
            })
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }
}

impl Container for Map<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        self.find(key).map(|found| found.is_some())
    }
}

impl Indexer for Map<'_> {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let value = self.find(key)?.ok_or_else(|| no_such_key(key))?;
        spend_value(value.as_val())?;
        Ok(CowVal::Borrowed(value.as_val()))
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

impl Iterable for Map<'_> {
    fn iter<'b, 'v>(&'b self) -> Box<dyn CelIterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(Keys(self.0.iter()))
    }
}

struct Keys<'b, 'a>(std::slice::Iter<'b, (CelMapKey<'a>, Value<'a>)>);

impl<'b, 'a: 'v, 'v> CelIterator<'b, 'v> for Keys<'b, 'a> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|(key, _)| key.inner() as &(dyn Val + 'v))
    }
}

impl Sizer for Map<'_> {
    fn size(&self) -> CelInt {
        size(self.0.len())
    }
}

impl Zeroer for Map<'_> {
    fn is_zero_value(&self) -> bool {
        self.0.is_empty()
    }
}
