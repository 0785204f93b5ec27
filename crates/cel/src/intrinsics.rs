//! The functions that a rewritten expression calls. No source can contain their names.

use cel::common::traits::{Iterable, Iterator as CelIterator, Sizer};
use cel::common::types::{CelInt, CelList, CelMap, CelMapKey, Kind, LIST_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use super::budget::spend;
use super::function::Call;
use super::types::Type as Known;
use super::value::{List, Map, Value, spend_value};

/// `@each(range, cost)`: the range, which takes the cost of each turn. It ends when the fuel is
/// used up.
pub(super) const EACH: &str = "@each";
/// `@paid(value)`: the value, at the cost of its length. Otherwise a variable could be read again
/// and again at the cost of its name.
pub(super) const PAID: &str = "@paid";
/// `@list(list)`: the list as a [`List`], which is cheap to clone and equal to lists from JSON.
pub(super) const LIST: &str = "@list";
/// `@map(map)`: the map as a [`Map`].
pub(super) const MAP: &str = "@map";
/// `@pairs(range)`: a list of index and item, or of key and value, over which comprehensions with
/// two variables run.
pub(super) const PAIRS: &str = "@pairs";
/// `@fields(value)`: the operand of `has`; a value without fields, like `null`, as an empty map.
pub(super) const FIELDS: &str = "@fields";
/// `@entries(list)`: a map from a list of pairs of key and value.
pub(super) const ENTRIES: &str = "@entries";
/// `@merged(list)`: a map with all entries of a list of maps.
pub(super) const MERGED: &str = "@merged";

pub(super) fn register(env: &mut Env) -> Result<(), DeclarationError> {
    let one = || vec![Known::Dyn.to_cel()];
    env.add_overload(EACH, EACH, vec![Known::Dyn.to_cel(), Known::Int.to_cel()], each)?;
    for (name, call) in [
        (PAID, paid as Call),
        (LIST, list),
        (MAP, map),
        (PAIRS, pairs),
        (FIELDS, fields),
        (ENTRIES, entries),
        (MERGED, merged),
    ] {
        env.add_overload(name, name, one(), call)?;
    }
    Ok(())
}

type Result<T, E = ExecutionError> = std::result::Result<T, E>;

/// The first argument; there is always one.
fn first<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    arguments.into_iter().next().ok_or_else(ExecutionError::missing_argument_or_target)
}

fn fields<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    let value = first(arguments)?;
    let has_none = value.as_indexer().is_none();
    Ok(if has_none { CowVal::owned(Map::from_iter([])) } else { value })
}

fn no_range(value: &dyn Val) -> ExecutionError {
    ExecutionError::no_such_overload("comprehension", vec![value.get_type().name().to_owned()])
}

fn each<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    let cost = arguments.get(1).and_then(|cost| cost.downcast_ref::<CelInt>());
    let cost = cost.and_then(|cost| usize::try_from(*cost.inner()).ok()).unwrap_or(1);
    let range = first(arguments)?;
    if range.as_iterable().is_none() {
        return Err(no_range(&*range));
    }
    Ok(CowVal::owned(Range { range: range.into_owned(), cost }))
}

/// The range of a comprehension, which takes fuel for each turn.
#[derive(Debug)]
struct Range<'v> {
    range: Box<dyn Val + 'v>,
    cost: usize,
}

impl Val for Range<'_> {
    fn get_type(&self) -> &Type {
        &LIST_TYPE
    }

    fn cel_type() -> &'static Type {
        &LIST_TYPE
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        self.range.as_sizer()
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Range { range: self.range.clone_as_boxed(), cost: self.cost })
    }
}

impl<'r> Iterable for Range<'r> {
    fn iter<'b, 'v>(&'b self) -> Box<dyn CelIterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        let items: Option<&(dyn Iterable + 'r)> = self.range.as_iterable();
        let items = items.map(|items| items.iter());
        Box::new(Turns { items, cost: self.cost })
    }
}

struct Turns<'b, 'r> {
    items: Option<Box<dyn CelIterator<'b, 'r> + 'b>>,
    cost: usize,
}

impl<'b, 'r: 'v, 'v> CelIterator<'b, 'v> for Turns<'b, 'r> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        spend(self.cost).ok()?;
        let item = self.items.as_mut()?.next()?;
        // It is cloned into the variable.
        spend_value(item).ok()?;
        Some(item)
    }
}

fn paid<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    let value = first(arguments)?;
    spend_value(&*value)?;
    Ok(value)
}

fn list<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    let value = first(arguments)?;
    if value.downcast_ref::<CelList<'_>>().is_none() {
        return Ok(value);
    }
    let Ok(items) = Vec::<Box<dyn Val + 'v>>::try_from(value.into_owned()) else {
        return Err(ExecutionError::missing_argument_or_target());
    };
    spend(items.len())?;
    Ok(CowVal::owned(List::from(items)))
}

fn map<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    let value = first(arguments)?;
    let Some(map) = value.downcast_ref::<CelMap<'v>>() else {
        return Ok(value);
    };
    spend(map.inner().len())?;
    let entries = map.inner().iter();
    let entries = entries.map(|(key, value)| (key.clone(), Value::from(value.clone())));
    Ok(CowVal::owned(entries.collect::<Map<'v>>()))
}

/// Runs over a value that must be a list or a map.
fn run<'b, 'v>(
    value: &'b (dyn Val + 'v),
    mut with: impl FnMut(&'b (dyn Val + 'v)) -> Result<()>,
) -> Result<()> {
    let mut items = value.as_iterable().ok_or_else(|| no_range(value))?.iter();
    while let Some(item) = items.next() {
        spend_value(item)?;
        with(item)?;
    }
    Ok(())
}

fn pairs<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    let range = first(arguments)?;
    let range = &*range;
    let is_map = range.get_type().kind() == Kind::Map;
    let indexer = range.as_indexer().filter(|_| is_map);
    let mut pairs: Vec<Value<'v>> = Vec::new();
    run(range, |item| {
        let pair: [Value<'v>; 2] = match indexer {
            Some(indexer) => {
                let value = indexer.get(item)?.into_owned();
                [item.clone_as_boxed().into(), value.into()]
            }
            None => [
                Value::from(i64::try_from(pairs.len()).unwrap_or(i64::MAX)),
                item.clone_as_boxed().into(),
            ],
        };
        pairs.push(pair.to_vec().into());
        Ok(())
    })?;
    Ok(CowVal::owned(List::from(pairs)))
}

fn entries<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    let list = first(arguments)?;
    let mut entries: Vec<(CelMapKey<'v>, Value<'v>)> = Vec::new();
    run(&*list, |pair| {
        let pair = pair.as_indexer().ok_or_else(|| no_range(pair))?;
        let part = |at: i64| pair.get(&CelInt::from(at)).map(CowVal::into_owned);
        entries.push((part(0)?.try_into()?, part(1)?.into()));
        Ok(())
    })?;
    Ok(CowVal::owned(entries.into_iter().collect::<Map<'v>>()))
}

fn merged<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>> {
    let list = first(arguments)?;
    let mut entries: Vec<(CelMapKey<'v>, Value<'v>)> = Vec::new();
    run(&*list, |map| {
        let indexer = map.as_indexer().ok_or_else(|| no_range(map))?;
        run(map, |key| {
            let value = indexer.get(key)?.into_owned();
            entries.push((key.clone_as_boxed().try_into()?, value.into()));
            Ok(())
        })
    })?;
    let given = entries.len();
    let map: Map<'v> = entries.into_iter().collect();
    if map.len() < given {
        let message = "insert failed: key already exists";
        return Err(ExecutionError::function_error("transformMapEntry", message));
    }
    Ok(CowVal::owned(map))
}
