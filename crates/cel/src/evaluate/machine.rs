//! The walk through the steps.

use std::sync::Arc;

use super::activation::{Definitions, Variables};
use super::meter::attempted;
use super::plan::Program;
use super::step::{Item, Step};
use super::{Answer, Meter, Stop};
use crate::error::Failure;
use crate::library::is_among;
use crate::library::size::{CHARACTER, times};
use crate::value::{Map, Value, equal, is_unhashable};

/// The units for making a list, as cel-go counts them.
pub(super) const OF_LIST: u64 = 10;
/// The units for making a map.
const OF_MAP: u64 = 30;

/// An evaluation.
pub(super) struct Machine<'e, 'a> {
    pub program: &'e Program,
    pub variables: &'e Variables<'a>,
    pub definitions: Option<&'e Definitions<'a>>,
    /// The accumulators of loops.
    pub accumulators: Vec<Accumulator<'a>>,
    /// The variables of loops.
    pub items: Vec<Value<'a>>,
    pub meter: &'e mut Meter,
}

/// The accumulator of a loop.
#[derive(Debug, Clone)]
pub(super) enum Accumulator<'a> {
    /// It was not read yet.
    Unset,
    Value(Value<'a>),
    Failed(Failure),
}

impl<'a> Machine<'_, 'a> {
    /// Evaluates a step.
    pub(super) fn evaluate(&mut self, step: &Step) -> Answer<'a> {
        match step {
            Step::Constant(value) => Ok(value.clone()),
            Step::Attribute(attribute) => self.attribute(attribute),
            Step::Call(call) => self.nested(|machine| machine.call(call)),
            step => self.nested(|machine| machine.other(step)),
        }
    }

    /// Evaluates what recurs.
    fn nested(&mut self, evaluate: impl FnOnce(&mut Self) -> Answer<'a>) -> Answer<'a> {
        self.meter.enter()?;
        let answer = evaluate(self);
        self.meter.leave();
        answer
    }

    fn other(&mut self, step: &Step) -> Answer<'a> {
        match step {
            Step::Constant(value) => Ok(value.clone()),
            Step::Attribute(attribute) => self.attribute(attribute),
            Step::Call(call) => self.call(call),
            Step::Has(attribute) => self.has(attribute),
            Step::And(pair) => self.decided(pair, false),
            Step::Or(pair) => self.decided(pair, true),
            Step::Equals(pair) => self.equality(pair, true),
            Step::NotEquals(pair) => self.equality(pair, false),
            Step::In(pair, is_list) => self.membership(pair, *is_list),
            Step::Member(it) => {
                let value = self.evaluate(&it.0)?;
                if is_unhashable(&value) {
                    return Err(unhashable(&value));
                }
                Ok(Value::Bool(it.1.exact(&value).is_some()))
            }
            Step::NotStrictlyFalse(step) => {
                let value = self.attempt(step)?;
                self.meter.charge(1)?;
                Ok(Value::Bool(!matches!(value, Ok(Value::Bool(false)))))
            }
            Step::OptionalOr(pair) => match self.evaluate(&pair.0)? {
                Value::Optional(None) => self.evaluate(&pair.1),
                // As in cel-go also what is no optional.
                other => Ok(other),
            },
            Step::OptionalOrValue(pair) => match self.evaluate(&pair.0)? {
                Value::Optional(None) => self.evaluate(&pair.1),
                Value::Optional(Some(value)) => Ok((*value).clone()),
                other => Ok(other),
            },
            Step::List(items) => self.list(items),
            Step::Map(entries) => self.map(entries),
            Step::Message(message, fields) => self.message(*message, fields),
            Step::Fold(fold) => self.fold(fold),
            Step::Append(accumulator, call) => self.append(*accumulator, call),
            Step::Insert(accumulator, call) => self.insert(*accumulator, call),
        }
    }

    /// Evaluates a step whose failure does not end the evaluation at once.
    pub(super) fn attempt(&mut self, step: &Step) -> Result<Result<Value<'a>, Failure>, Stop> {
        attempted(self.evaluate(step))
    }

    /// `a && b` and `a || b`: one operand that decides is enough, even if the other fails.
    fn decided(&mut self, pair: &(Step, Step), deciding: bool) -> Answer<'a> {
        let mut failure = None;
        for step in [&pair.0, &pair.1] {
            match self.attempt(step)? {
                Ok(Value::Bool(value)) if value == deciding => return Ok(Value::Bool(value)),
                Ok(Value::Bool(_)) => {}
                Ok(_) => failure = failure.or(Some(Failure::NO_SUCH_OVERLOAD)),
                Err(other) => failure = failure.or(Some(other)),
            }
        }
        match failure {
            Some(failure) => Err(failure.into()),
            None => Ok(Value::Bool(!deciding)),
        }
    }

    fn equality(&mut self, pair: &(Step, Step), wanted: bool) -> Answer<'a> {
        let left = self.attempt(&pair.0)?;
        let evaluated;
        let right: Result<&Value<'a>, &Failure> = match &pair.1 {
            // Most are, and need no clone.
            Step::Constant(value) => Ok(value),
            step => {
                evaluated = self.attempt(step)?;
                evaluated.as_ref()
            }
        };
        let left = left.as_ref();
        let size = |value: &Result<&Value<'_>, _>| value.as_ref().map_or(1, |it| it.cost_size());
        let is_opaque = matches!(left, Ok(Value::Opaque(_)));
        let units =
            if is_opaque && wanted { 1 } else { times(size(&left).min(size(&right)), CHARACTER) };
        let (left, right) = match (left, right) {
            (Ok(left), Ok(right)) => (left, right),
            (Err(failure), _) | (_, Err(failure)) => {
                self.meter.charge(units)?;
                return Err(failure.clone().into());
            }
        };
        let is_equal = match equal(left, right, self.meter) {
            // What cannot be compared is different, but not equal either.
            Err(Stop::Failed(_)) if !wanted => Ok(false),
            answer => answer,
        };
        self.meter.charge(units)?;
        is_equal.map(|is_equal| Value::Bool(is_equal == wanted))
    }

    /// `a in b`.
    fn membership(&mut self, pair: &(Step, Step), is_list: bool) -> Answer<'a> {
        let needle = self.attempt(&pair.0)?;
        let range = self.attempt(&pair.1)?;
        let units = match &range {
            Ok(range) if is_list => range.cost_size(),
            _ => 1,
        };
        let answer = match (needle, range) {
            (Ok(needle), Ok(range)) => self.contains(&range, &needle),
            (Err(failure), _) | (_, Err(failure)) => Err(failure.into()),
        };
        if let Ok(_) | Err(Stop::Failed(_)) = answer {
            self.meter.charge(units)?;
        }
        answer
    }

    fn contains(&mut self, range: &Value<'a>, needle: &Value<'a>) -> Answer<'a> {
        match range {
            // Go panics where an expression has made the map, and finds nothing in one of JSON. Here
            // both are an error, because a policy must not let in what it would have denied there.
            Value::Map(map) if is_unhashable(needle) && !map.entries().is_empty() => {
                Err(unhashable(needle))
            }
            Value::Map(map) => Ok(Value::Bool(map.get(needle).is_some())),
            Value::List(list) => Ok(Value::Bool(is_among(needle, list.items(), self.meter)?)),
            _ => Err(Failure::NO_SUCH_OVERLOAD.into()),
        }
    }

    fn list(&mut self, items: &[Item]) -> Answer<'a> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match self.attempt(&item.step)?.and_then(|value| added(value, item.optional)) {
                Ok(value) => values.extend(value),
                Err(failure) => {
                    self.meter.charge(OF_LIST)?;
                    return Err(failure.into());
                }
            }
        }
        self.meter.charge(OF_LIST)?;
        Ok(values.into())
    }

    fn map(&mut self, entries: &[(Step, Item)]) -> Answer<'a> {
        let mut values = Vec::with_capacity(entries.len());
        for (key, item) in entries {
            let entry = match self.attempt(key)? {
                Ok(key) => self.attempt(&item.step)?.map(|value| (key, value)),
                Err(failure) => Err(failure),
            };
            let entry = entry.and_then(|(key, value)| Ok((key, added(value, item.optional)?)));
            match entry {
                Ok((key, _)) if is_unhashable(&key) => return Err(unhashable(&key)),
                Ok((key, value)) => values.push((key, value)),
                Err(failure) => {
                    self.meter.charge(OF_MAP)?;
                    return Err(failure.into());
                }
            }
        }
        self.meter.charge(OF_MAP)?;
        if entries.iter().any(|(_, item)| item.optional) {
            return Ok(Value::Map(present(values)));
        }
        Ok(Value::Map(values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()))
    }
}

/// The entries that remain: an optional without a value takes away an entry before it with the same key.
fn present<'a>(entries: Vec<(Value<'a>, Option<Value<'a>>)>) -> Map<'a> {
    let optional = |value: Option<Value<'a>>| Value::Optional(value.map(Arc::new));
    let last: Map<'a> = entries.into_iter().map(|(key, value)| (key, optional(value))).collect();
    let present = last.entries().iter().filter_map(|(key, value)| match value {
        Value::Optional(Some(value)) => Some((key.clone(), (**value).clone())),
        _ => None,
    });
    present.collect()
}

/// The value that an item adds: of an optional the one inside, if there is one.
pub(super) fn added(value: Value<'_>, optional: bool) -> Result<Option<Value<'_>>, Failure> {
    match value {
        value if !optional => Ok(Some(value)),
        Value::Optional(value) => Ok(value.map(|value| (*value).clone())),
        other => Err(Failure(
            format!("an optional is needed after `?`, not a {}", other.type_name()).into(),
        )),
    }
}

#[cold]
fn unhashable(key: &Value<'_>) -> Stop {
    Stop::Aborted(Failure::never_a_key(key.type_name()))
}
