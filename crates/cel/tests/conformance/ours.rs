//! The answers of our engine.

#[path = "../support/kubernetes.rs"]
mod kubernetes;

use std::sync::LazyLock;

use kubernetes_cel::{
    Activation, Budget, Environment, EvaluationError, Expression, Projection, Scope, Type,
    VARIABLES, decode,
};
use serde_json::Value;

use crate::answer::{Answer, Verdict, Wanted};
use crate::rendering::render;

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::new().unwrap());

/// The variables of the API server.
const GIVEN: [&str; 5] = ["object", "oldObject", "request", "namespaceObject", "params"];

/// Our engine, with what the expressions are about.
pub struct Ours {
    scope: Scope,
    /// The variables of the policy.
    definitions: Vec<(String, Expression)>,
    texts: Vec<(String, String)>,
}

impl Ours {
    /// With the JSON of some variables.
    pub fn about(bindings: impl IntoIterator<Item = (String, String)>) -> Self {
        let texts: Vec<_> = bindings.into_iter().collect();
        let scope = texts.iter().fold(Scope::new(), |scope, (name, _)| {
            let declared = match name.as_str() {
                "request" => kubernetes::request(),
                "namespaceObject" => kubernetes::namespace(),
                _ => Type::Dyn,
            };
            scope.with(name, declared)
        });
        Self { scope, definitions: Vec::new(), texts }
    }

    /// As policies have it.
    pub fn new(situation: &Value) -> Self {
        let mut situation = situation.clone();
        // The request has them in Kubernetes, but no expression can name them.
        for object in ["object", "oldObject"] {
            situation["request"][object] = Value::Null;
        }
        let given = GIVEN.into_iter().filter_map(|name| Some((name, situation.get(name)?)));
        let given = given.map(|(name, value)| (name.to_owned(), value.to_string()));
        let Self { mut scope, mut definitions, texts } = Self::about(given);
        for variable in situation["variables"].as_array().into_iter().flatten() {
            let text = |key: &str| variable[key].as_str().unwrap();
            let expression = Expression::compile(&ENVIRONMENT, text("expression"), &scope).unwrap();
            scope.define(text("name"), &expression);
            definitions.push((text("name").to_owned(), expression));
        }
        Self { scope, definitions, texts }
    }

    pub fn answer(&self, source: &str, wanted: Wanted) -> Answer {
        let compiled = Expression::compile(&ENVIRONMENT, source, &self.scope);
        // The same steps as when a policy is loaded.
        let compiled = match wanted {
            Wanted::Bool => compiled.and_then(|expression| expression.expect(&[Type::Bool])),
            Wanted::Any => compiled,
        };
        match compiled {
            Ok(expression) => self.evaluate(&expression),
            Err(error) => Answer::refused(error.to_string()),
        }
    }

    fn evaluate(&self, expression: &Expression) -> Answer {
        let mut reads = Projection::default();
        reads.merge(expression.reads());
        if reads.of(VARIABLES).is_some() {
            self.definitions.iter().for_each(|(_, it)| reads.merge(it.reads()));
        }
        let mut activation = Activation::new();
        for (name, text) in &self.texts {
            if let Some(fields) = reads.of(name) {
                activation.bind(name, decode(text, fields).unwrap());
            }
        }
        let definitions = self.definitions.iter().map(|(name, it)| (name.as_str(), it));
        let activation = activation.with_definitions(definitions);
        let mut budget = Budget::default();
        let before = budget.left();
        let evaluated = expression.evaluate(&activation, &mut budget).map(|it| render(&it));
        let answer = evaluated.unwrap_or_else(|error| Answer {
            over_budget: error == EvaluationError::BudgetExceeded,
            message: error.to_string(),
            ..Answer::of(Verdict::Error)
        });
        Answer { cost: Some(before - budget.left()), ..answer }
    }
}
