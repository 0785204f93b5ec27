//! The verdicts of our engine.

use std::sync::LazyLock;

use kubernetes_cel::{
    Activation, Budget, Environment, Expression, Projection, Scope, Type, decode,
};
use serde_json::{Value, json};

use crate::corpus::Verdict;

static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(|| Environment::new().unwrap());

/// The verdict on an expression, with the reason.
pub fn judge(expression: &str, object: &Value) -> (Verdict, String) {
    let namespace = &object["metadata"]["namespace"];
    let variables = [
        ("object", object.clone()),
        ("oldObject", Value::Null),
        ("request", request(object)),
        (
            "namespaceObject",
            namespace.as_str().map(|name| json!({"metadata": {"name": name}})).into(),
        ),
    ];
    let scope = variables.iter().fold(Scope::new(), |scope, (name, _)| scope.with(name, Type::Dyn));
    let expression = match Expression::compile(&ENVIRONMENT, expression, &scope) {
        // The same steps as when a policy is loaded.
        Ok(expression) if !expression.result().may_be(Type::Bool) => {
            return (
                Verdict::Refused,
                format!("must evaluate to bool, not to {}", expression.result()),
            );
        }
        Ok(expression) => expression,
        Err(error) => return (Verdict::Refused, error.to_string()),
    };
    let mut reads = Projection::default();
    reads.merge(expression.reads());
    let texts = variables.map(|(name, value)| (name, value.to_string()));
    let mut activation = Activation::new();
    for (name, text) in &texts {
        if let Some(fields) = reads.of(name) {
            activation.bind(name, decode(text, fields).unwrap());
        }
    }
    match expression.evaluate_bool(&activation, &mut Budget::default()) {
        Ok(true) => (Verdict::True, String::new()),
        Ok(false) => (Verdict::False, String::new()),
        Err(error) => (Verdict::Error, error.to_string()),
    }
}

/// The request as the API server sends it: a cluster-scoped object has no namespace.
fn request(object: &Value) -> Value {
    let mut request = json!({"operation": "CREATE", "kind": {"kind": object["kind"]}});
    if let Some(namespace) = object["metadata"].get("namespace") {
        request["namespace"] = namespace.clone();
    }
    request
}
