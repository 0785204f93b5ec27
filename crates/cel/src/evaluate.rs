//! Evaluation of expressions on the values of their variables.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use cel::common::traits::Indexer;
use cel::common::types::{CelBool, CelNull, CelString, MAP_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::{Context, ExecutionError};

use super::budget::{self, Budget, Exhausted};
use super::compile::Expression;
use super::error::{EvaluationError, explain};
use super::stack;
use super::value::Value;

/// The variables of one evaluation, and the definitions: variables that are expressions themselves.
#[derive(Debug, Clone, Default)]
pub struct Activation<'a> {
    bindings: BTreeMap<&'a str, Value<'a>>,
    variables: Option<Variables<'a>>,
}

impl<'a> Activation<'a> {
    /// An activation without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a variable its value. Variables that no expression names need none.
    pub fn bind(&mut self, name: &'a str, value: Value<'a>) {
        self.bindings.insert(name, value);
    }

    /// The same variables, and `variables.x` for each definition. A definition is evaluated when an
    /// expression first reads it, and at most once.
    #[must_use]
    pub fn with_definitions(
        &self,
        definitions: impl IntoIterator<Item = (&'a str, &'a Expression)>,
    ) -> Self {
        let bindings = self.bindings.clone();
        let cell =
            |(name, expression)| (name, LazyDefinition { expression, value: OnceLock::new() });
        let definitions = definitions.into_iter().map(cell).collect();
        let variables = Variables(Arc::new(Definitions { bindings, definitions }));
        Self { bindings: self.bindings.clone(), variables: Some(variables) }
    }
}

/// The value of `variables`.
#[derive(Debug, Clone)]
struct Variables<'a>(Arc<Definitions<'a>>);

#[derive(Debug)]
struct Definitions<'a> {
    bindings: BTreeMap<&'a str, Value<'a>>,
    definitions: BTreeMap<&'a str, LazyDefinition<'a>>,
}

#[derive(Debug)]
struct LazyDefinition<'a> {
    expression: &'a Expression,
    /// The value, once it was asked for; `None` where the budget was exhausted before it was known.
    value: OnceLock<Option<Result<Box<dyn Val + 'a>, ExecutionError>>>,
}

impl Val for Variables<'_> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }
}

impl<'a> Indexer for Variables<'a> {
    fn get<'b, 'v>(&'b self, name: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = name.downcast_ref::<CelString<'_>>().map_or("", CelString::inner);
        let definition = self.0.definitions.get(name);
        let definition = definition.ok_or_else(|| ExecutionError::no_such_key(name))?;
        let evaluate = || -> Option<Result<Box<dyn Val + 'a>, ExecutionError>> {
            let value = resolve(definition.expression, &self.0.bindings, Some(self));
            budget::lasts().then_some(value)
        };
        match definition.value.get_or_init(evaluate) {
            Some(Ok(value)) => Ok(CowVal::Borrowed(value.as_ref())),
            Some(Err(error)) => Err(error.clone()),
            // An expression that reads it later gets no value either, even if it has fuel left.
            None => Err(budget::exhaust()),
        }
    }

    fn steal<'v>(self: Box<Self>, name: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(name).map(CowVal::into_owned)
    }
}

fn resolve<'a>(
    expression: &Expression,
    bindings: &BTreeMap<&'a str, Value<'a>>,
    variables: Option<&Variables<'a>>,
) -> Result<Box<dyn Val + 'a>, ExecutionError> {
    expression.spend()?;
    let mut context: Context<'_, 'a> = Context::with_env(Arc::clone(&expression.env));
    for name in expression.reads().names() {
        if let Some(value) = bindings.get(name) {
            context.add_variable_as_val(name, value.to_val());
        } else if let Some(variables) = variables.filter(|_| name == VARIABLES) {
            context.add_variable_as_val(name, Box::new(variables.clone()));
        }
    }
    cel::Value::resolve_val(&expression.ast, &context).map(CowVal::into_owned)
}

/// The name of the variable that holds the definitions.
pub const VARIABLES: &str = "variables";

impl Expression {
    /// Evaluates the expression.
    ///
    /// # Errors
    ///
    /// See [`EvaluationError`]. An exhausted budget is always an error, also where `||` or the like
    /// would absorb it.
    pub fn evaluate<'a>(
        &self,
        activation: &Activation<'a>,
        budget: &mut Budget,
    ) -> Result<Box<dyn Val + 'a>, EvaluationError> {
        let resolve = || resolve(self, &activation.bindings, activation.variables.as_ref());
        let resolved = budget.run(|| catch_unwind(AssertUnwindSafe(|| stack::enough(resolve))));
        match resolved {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(error))) => Err(EvaluationError::Failed(explain(&error))),
            Ok(Err(_)) => Err(EvaluationError::Panicked),
            Err(Exhausted::Own) => Err(EvaluationError::BudgetExceeded),
            Err(Exhausted::All) => Err(EvaluationError::AllSpent),
        }
    }

    /// Evaluates an expression that must be true or false.
    ///
    /// # Errors
    ///
    /// See [`Self::evaluate`]; or the result is of another type.
    pub fn evaluate_bool(
        &self,
        activation: &Activation<'_>,
        budget: &mut Budget,
    ) -> Result<bool, EvaluationError> {
        let value = self.evaluate(activation, budget)?;
        let bool = value.downcast_ref::<CelBool>().map(|bool| *bool.inner());
        bool.ok_or_else(|| wrong_type("bool", &*value))
    }

    /// Evaluates an expression that must be text, or `null` for none.
    ///
    /// # Errors
    ///
    /// See [`Self::evaluate`]; or the result is of another type.
    pub fn evaluate_text(
        &self,
        activation: &Activation<'_>,
        budget: &mut Budget,
    ) -> Result<Option<String>, EvaluationError> {
        let value = self.evaluate(activation, budget)?;
        if value.downcast_ref::<CelNull>().is_some() {
            return Ok(None);
        }
        let text = value.downcast_ref::<CelString<'_>>().map(|text| text.inner().to_owned());
        text.map(Some).ok_or_else(|| wrong_type("string", &*value))
    }
}

fn wrong_type(want: &'static str, value: &dyn Val) -> EvaluationError {
    EvaluationError::WrongType { want, got: value.get_type().name().to_owned() }
}
