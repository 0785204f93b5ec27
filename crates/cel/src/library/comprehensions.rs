//! What macros with two variables call to make maps. Loops add to their accumulators in place by the same code.

use super::arguments::{Answer, Arguments, failed, no_overload};
use crate::error::Failure;
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::{Map, Value, is_unhashable};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("cel.@mapInsert(map(K, V), K, V) -> map(K, V)", insert, Cost::One),
    Function::new("cel.@mapInsert(map(K, V), map(K, V)) -> map(K, V)", insert, Cost::One),
];

fn insert<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let mut map = arguments.map(0)?.clone();
    meter.work(map.entries().len())?;
    match arguments {
        [_, key, value] => add_entry(&mut map, key, value, meter)?,
        [_, Value::Map(entries)] => add_all(&mut map, entries, meter)?,
        _ => return no_overload(),
    }
    Ok(Value::Map(map))
}

/// The entries that are moved in one step.
const MOVED: usize = 16;

/// Adds an entry, whose key must be new.
pub(crate) fn add_entry<'a>(
    map: &mut Map<'a>,
    key: &Value<'a>,
    value: &Value<'a>,
    meter: &mut Meter,
) -> Result<(), Stop> {
    if is_unhashable(key) {
        return Err(Stop::Aborted(Failure::never_a_key(key.type_name())));
    }
    if map.get(key).is_some() {
        return Err(failed("a key of the new map is there twice"));
    }
    let moved = map.insert(key.clone(), value.clone());
    meter.work(1 + moved / MOVED)
}

/// Adds all entries, whose keys must be new.
pub(crate) fn add_all<'a>(
    map: &mut Map<'a>,
    entries: &Map<'a>,
    meter: &mut Meter,
) -> Result<(), Stop> {
    entries.entries().iter().try_for_each(|(key, value)| add_entry(map, key, value, meter))
}
