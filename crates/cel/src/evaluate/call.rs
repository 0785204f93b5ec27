//! Calls: which overload is meant, and what it costs.

use super::machine::Machine;
use super::step::{Call, Step};
use super::{Answer, Meter, Stop};
use crate::error::Failure;
use crate::function::Cost;
use crate::value::Value;

/// Returns whether a function only converts its argument, so that constants are converted at load.
pub(super) fn is_conversion(function: &str) -> bool {
    matches!(
        function,
        "bool"
            | "bytes"
            | "double"
            | "duration"
            | "dyn"
            | "int"
            | "string"
            | "timestamp"
            | "type"
            | "uint"
    )
}

/// Returns whether a value may be a key of what is read: others are no keys, even of maps that have such.
pub(super) fn is_key(value: &Value<'_>) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::String(_)
    )
}

impl Call {
    /// The units of a call of these arguments with this result.
    ///
    /// # Errors
    ///
    /// Go panics while it counts them.
    fn units(&self, arguments: &[Value<'_>], result: &Value<'_>) -> Result<u64, Stop> {
        let units = match (self.cost, self.is_resolved) {
            (Cost::One, _) | (Cost::WhereResolved(_) | Cost::OrPanic(_), false) => return Ok(1),
            (Cost::OrPanic(units), true) => {
                let no_cost = Failure("the cost of an argument is not known".into());
                return units(arguments, result).ok_or(Stop::Aborted(no_cost));
            }
            (Cost::By(units), _) | (Cost::WhereResolved(units), true) => units,
            (Cost::Either { resolved, .. }, true) => resolved,
            (Cost::Either { otherwise, .. }, false) => otherwise,
        };
        Ok(units(arguments, result))
    }
}

/// Runs the first overload that takes the arguments.
pub(super) fn invoke<'a>(call: &Call, arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    for candidate in &call.overloads {
        let takes = candidate.parameters.as_ref().is_none_or(|parameters| {
            let mut pairs = parameters.iter().zip(arguments);
            parameters.len() == arguments.len() && pairs.all(|(of, value)| value.is_a(of))
        });
        if takes {
            return (candidate.code)(arguments, meter);
        }
    }
    Err(Failure::NO_SUCH_OVERLOAD.into())
}

impl<'a> Machine<'_, 'a> {
    /// Evaluates the arguments, then the call. It costs, too, if it fails or an argument did, except where
    /// a failed argument kept others from being evaluated: then cel-go does not find them.
    pub(super) fn call(&mut self, call: &Call) -> Answer<'a> {
        match &*call.arguments {
            [] => self.finish(call, &[]),
            [one] => match self.attempt(one)? {
                Ok(one) => self.finish(call, &[one]),
                Err(failure) => self.fail(call, &[Value::Null], failure),
            },
            [one, two] => {
                let one = match self.attempt(one)? {
                    Err(failure) if call.stops_early => return Err(failure.into()),
                    other => other,
                };
                let two = self.attempt(two)?;
                self.finish_two(call, one, two)
            }
            more => self.call_many(call, more),
        }
    }

    /// The end of a call with two arguments, of which each may have failed.
    pub(super) fn finish_two(
        &mut self,
        call: &Call,
        one: Result<Value<'a>, Failure>,
        two: Result<Value<'a>, Failure>,
    ) -> Answer<'a> {
        match (one, two) {
            (Ok(one), Ok(two)) => self.finish(call, &[one, two]),
            (Ok(one), Err(failure)) => self.fail(call, &[one, Value::Null], failure),
            (Err(failure), two) => {
                self.fail(call, &[Value::Null, two.unwrap_or(Value::Null)], failure)
            }
        }
    }

    #[inline(never)]
    fn call_many(&mut self, call: &Call, steps: &[Step]) -> Answer<'a> {
        let mut arguments = Vec::with_capacity(steps.len());
        for step in steps {
            match self.attempt(step)? {
                Ok(value) => arguments.push(value),
                Err(failure) if arguments.len() + 1 == steps.len() => {
                    arguments.push(Value::Null);
                    return self.fail(call, &arguments, failure);
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        self.finish(call, &arguments)
    }

    fn finish(&mut self, call: &Call, arguments: &[Value<'a>]) -> Answer<'a> {
        match invoke(call, arguments, self.meter) {
            Ok(value) => {
                self.meter.charge(call.units(arguments, &value)?)?;
                Ok(value)
            }
            Err(Stop::Failed(failure)) => self.fail(call, arguments, failure),
            Err(stop) => Err(stop),
        }
    }

    #[cold]
    fn fail(&mut self, call: &Call, arguments: &[Value<'a>], failure: Failure) -> Answer<'a> {
        self.meter.charge(call.units(arguments, &Value::Null)?)?;
        Err(failure.into())
    }
}
