//! Loops.

use super::machine::{Accumulator, Machine, OF_LIST};
use super::step::{Call, Fold, Item, Step};
use super::{Answer, Stop};
use crate::error::Failure;
use crate::library::comprehensions::{add_all, add_entry};
use crate::value::Value;

impl<'a> Machine<'_, 'a> {
    /// Evaluates a loop.
    pub(super) fn fold(&mut self, fold: &Fold) -> Answer<'a> {
        let range = self.evaluate(&fold.range)?;
        self.set(fold.accumulator, Accumulator::Unset);
        match &range {
            Value::List(list) => {
                for (index, item) in list.items().iter().enumerate() {
                    if let Some(second) = fold.second {
                        let index = i64::try_from(index).unwrap_or(i64::MAX);
                        self.set_item(fold.first, Value::Int(index));
                        self.set_item(second, item.clone());
                    } else {
                        self.set_item(fold.first, item.clone());
                    }
                    if !self.turn(fold)? {
                        break;
                    }
                }
            }
            Value::Map(map) => {
                for (key, value) in map.entries() {
                    self.set_item(fold.first, key.clone());
                    if let Some(second) = fold.second {
                        self.set_item(second, value.clone());
                    }
                    if !self.turn(fold)? {
                        break;
                    }
                }
            }
            other => {
                let message = format!("a value of type {} has no items", other.type_name());
                return Err(Failure(message.into()).into());
            }
        }
        self.evaluate(&fold.result)
    }

    /// Runs a turn, unless the condition is false. A condition that fails does not end the loop.
    fn turn(&mut self, fold: &Fold) -> Result<bool, Stop> {
        if let Ok(Value::Bool(false)) = self.attempt(&fold.condition)? {
            return Ok(false);
        }
        let accumulator = match self.attempt(&fold.step)? {
            Ok(value) => Accumulator::Value(value),
            Err(failure) => Accumulator::Failed(failure),
        };
        self.set(fold.accumulator, accumulator);
        Ok(true)
    }

    /// The value of an accumulator. What it begins with is evaluated when it is first read, so that one that is
    /// never read costs nothing and cannot fail.
    pub(super) fn accumulator(&mut self, place: u32) -> Answer<'a> {
        match self.accumulators.get(place as usize) {
            Some(Accumulator::Value(value)) => return Ok(value.clone()),
            Some(Accumulator::Failed(failure)) => return Err(failure.clone().into()),
            Some(Accumulator::Unset) | None => {}
        }
        let program = self.program;
        let Some(initial) = program.initials.get(place as usize) else {
            return Err(Failure::NO_SUCH_OVERLOAD.into());
        };
        let initial = self.attempt(initial)?;
        self.set(
            place,
            match &initial {
                Ok(value) => Accumulator::Value(value.clone()),
                Err(failure) => Accumulator::Failed(failure.clone()),
            },
        );
        initial.map_err(Stop::Failed)
    }

    fn set(&mut self, place: u32, to: Accumulator<'a>) {
        if let Some(accumulator) = self.accumulators.get_mut(place as usize) {
            *accumulator = to;
        }
    }

    fn set_item(&mut self, place: u32, to: Value<'a>) {
        if let Some(item) = self.items.get_mut(place as usize) {
            *item = to;
        }
    }

    /// Takes the value out of an accumulator, which is set again at the end of the turn.
    fn take(&mut self, place: u32) -> Answer<'a> {
        let value = self.accumulator(place)?;
        self.set(place, Accumulator::Unset);
        Ok(value)
    }

    /// `accumulator + list`: the list is added in place.
    pub(super) fn append(&mut self, place: u32, call: &Call) -> Answer<'a> {
        let [accumulator, added] = &*call.arguments else { return self.call(call) };
        if let Step::List(items) = added
            && let [Item { step, optional: false }] = &**items
        {
            return self.push(place, accumulator, step, call);
        }
        let one = self.attempt(accumulator)?;
        let two = self.attempt(added)?;
        let (Ok(Value::List(_)), Ok(Value::List(added))) = (&one, &two) else {
            return self.finish_two(call, one, two);
        };
        drop(one);
        self.grow(place, added.items().iter().cloned())
    }

    /// `accumulator + [item]`, without the list of one item that macros write.
    fn push(&mut self, place: u32, accumulator: &Step, item: &Step, call: &Call) -> Answer<'a> {
        let one = self.attempt(accumulator)?;
        let two = self.attempt(item)?;
        self.meter.charge(OF_LIST)?;
        let (Ok(Value::List(_)), Ok(item)) = (&one, &two) else {
            return self.finish_two(call, one, two.map(|item| vec![item].into()));
        };
        let item = item.clone();
        drop(one);
        self.grow(place, std::iter::once(item))
    }

    /// Adds items to the list that an accumulator is. Nothing else may hold it, or it is copied.
    fn grow(&mut self, place: u32, items: impl ExactSizeIterator<Item = Value<'a>>) -> Answer<'a> {
        let Value::List(mut list) = self.take(place)? else {
            return Err(Failure::NO_SUCH_OVERLOAD.into());
        };
        let copied = if list.is_unshared() { 0 } else { list.items().len() };
        self.meter.work(copied + items.len())?;
        list.to_mut().extend(items);
        self.meter.charge(1)?;
        Ok(Value::List(list))
    }

    /// `cel.@mapInsert(accumulator, key, value)` or `cel.@mapInsert(accumulator, map)`, in place.
    pub(super) fn insert(&mut self, place: u32, call: &Call) -> Answer<'a> {
        let [accumulator, added @ ..] = &*call.arguments else { return self.call(call) };
        let one = self.attempt(accumulator)?;
        if !matches!(one, Ok(Value::Map(_))) {
            return match (one, added) {
                (one, [two]) if !call.stops_early => {
                    let two = self.attempt(two)?;
                    self.finish_two(call, one, two)
                }
                (Err(failure), _) => Err(failure.into()),
                (Ok(_), _) => Err(Failure::NO_SUCH_OVERLOAD.into()),
            };
        }
        drop(one);
        let mut values = Vec::with_capacity(added.len());
        for step in added {
            match self.attempt(step)? {
                Ok(value) => values.push(value),
                Err(failure) => {
                    // A failed first one of two keeps the call from being counted.
                    if values.len() + 1 == added.len() {
                        self.meter.charge(1)?;
                    }
                    return Err(failure.into());
                }
            }
        }
        let Value::Map(mut map) = self.take(place)? else {
            return Err(Failure::NO_SUCH_OVERLOAD.into());
        };
        let answer = match &*values {
            [key, value] => add_entry(&mut map, key, value, self.meter),
            [Value::Map(entries)] => add_all(&mut map, entries, self.meter),
            _ => Err(Failure::NO_SUCH_OVERLOAD.into()),
        };
        if let Ok(()) | Err(Stop::Failed(_)) = answer {
            self.meter.charge(1)?;
        }
        answer.map(|()| Value::Map(map))
    }
}
