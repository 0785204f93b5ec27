//! The variables of an evaluation.

use std::sync::{Arc, OnceLock};

use super::machine::{Accumulator, Machine};
use super::{Answer, Meter, Stop};
use crate::compile::Expression;
use crate::error::Failure;
use crate::value::Value;

/// The variables of one evaluation, and the definitions: variables that are expressions themselves.
#[derive(Debug, Clone, Default)]
pub struct Activation<'a> {
    variables: Variables<'a>,
    definitions: Option<Arc<Definitions<'a>>>,
}

impl<'a> Activation<'a> {
    /// An activation without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a variable its value. Variables that no expression names need none.
    pub fn bind(&mut self, name: &'a str, value: Value<'a>) {
        self.variables.bind(name, value);
    }

    /// The same variables, and `variables.x` for each definition. A definition is evaluated when an
    /// expression first reads it, and at most once. That it failed is kept, too.
    #[must_use]
    pub fn with_definitions(
        &self,
        definitions: impl IntoIterator<Item = (&'a str, &'a Expression)>,
    ) -> Self {
        let definition =
            |(name, expression)| Definition { name, expression, value: OnceLock::new() };
        let definitions = Definitions {
            variables: self.variables.clone(),
            all: definitions.into_iter().map(definition).collect(),
        };
        Self { variables: self.variables.clone(), definitions: Some(Arc::new(definitions)) }
    }

    /// Evaluates an expression.
    pub(crate) fn run(
        &self,
        expression: &Expression,
        meter: &mut Meter,
    ) -> Result<Value<'a>, Stop> {
        run(expression, &self.variables, self.definitions.as_deref(), meter)
    }
}

/// The values of variables. There are few, so that looking through them is as fast as any look-up.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables<'a>(Vec<(&'a str, Value<'a>)>);

impl<'a> Variables<'a> {
    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    fn bind(&mut self, name: &'a str, value: Value<'a>) {
        match self.0.iter_mut().find(|(own, _)| *own == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
}

/// The definitions, and the variables that they read.
#[derive(Debug)]
pub(super) struct Definitions<'a> {
    variables: Variables<'a>,
    all: Vec<Definition<'a>>,
}

#[derive(Debug)]
struct Definition<'a> {
    name: &'a str,
    expression: &'a Expression,
    /// The value or the error, once it was asked for.
    value: OnceLock<Result<Value<'a>, Failure>>,
}

impl<'a> Definitions<'a> {
    /// The value of a definition, which is evaluated if it was not before.
    fn get(&self, name: &str, meter: &mut Meter) -> Result<&Value<'a>, Stop> {
        let definition = self.all.iter().find(|definition| definition.name == name);
        let definition = definition.ok_or_else(|| Failure::no_such_key(name))?;
        let value = if let Some(value) = definition.value.get() {
            value
        } else {
            let evaluate =
                |meter: &mut Meter| run(definition.expression, &self.variables, Some(self), meter);
            let value = match meter.variable(evaluate) {
                Ok(value) => Ok(value),
                Err(Stop::Failed(failure) | Stop::Aborted(failure)) => {
                    Err(Failure(format!("variables.{name}: {}", failure.0).into()))
                }
                // As in Kubernetes it failed, which others may absorb.
                Err(Stop::OverLimit) => {
                    let message = format!("variables.{name}: the cost limit is exceeded");
                    Err(Failure(message.into()))
                }
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
            };
            definition.value.get_or_init(|| value)
        };
        value.as_ref().map_err(|failure| failure.clone().into())
    }
}

impl<'e, 'a> Machine<'e, 'a> {
    /// The value of `variables.name`.
    pub(super) fn defined(&mut self, name: &str) -> Result<&'e Value<'a>, Stop> {
        match self.definitions {
            Some(definitions) => definitions.get(name, self.meter),
            None => Err(Failure::no_such_key(name).into()),
        }
    }
}

fn run<'a>(
    expression: &Expression,
    variables: &Variables<'a>,
    definitions: Option<&Definitions<'a>>,
    meter: &mut Meter,
) -> Answer<'a> {
    let program = &expression.program;
    let mut machine = Machine {
        program,
        variables,
        definitions,
        accumulators: vec![Accumulator::Unset; program.initials.len()],
        items: vec![Value::Null; program.items],
        meter,
    };
    machine.evaluate(&program.root)
}
