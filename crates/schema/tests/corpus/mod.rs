//! The corpus: definitions, and objects to be held against them. It is asked of this crate, and, from the
//! root of the repository, of a real API server.

use kubernetes_schema::Definition;
use serde_json::{Map, Value, json};

/// The definitions, as they are installed.
pub const DEFINITIONS: &str = include_str!("definitions.yaml");

const CREATE: &str = include_str!("create.yaml");
const UPDATE: &str = include_str!("update.yaml");

/// An object, and what is stored of it where it is updated.
pub struct Case {
    /// Its line in the corpus.
    pub text: String,
    pub old: Option<Value>,
    pub object: Value,
}

/// The definitions, read.
pub fn definitions() -> Vec<Definition> {
    documents(DEFINITIONS).iter().map(|it| Definition::read(it).unwrap()).collect()
}

/// The definition of an object's kind.
pub fn definition_of<'d>(definitions: &'d [Definition], object: &Value) -> &'d Definition {
    definitions.iter().find(|it| object["kind"] == it.kind()).unwrap()
}

/// What is created.
pub fn creates() -> Vec<Case> {
    let of_line = |(number, text): (usize, _)| {
        let case = read(text);
        let mut object = base(case.get("kind").and_then(Value::as_str).unwrap_or("Everything"));
        object["metadata"] = json!({"name": format!("created-{number}")});
        let more = case.get("more").and_then(Value::as_object).cloned().unwrap_or_default();
        let fields = case.into_iter().filter(|(name, _)| name == "spec" || name == "metadata");
        for (name, value) in more.into_iter().chain(fields) {
            object[name] = value;
        }
        Case { text: text.to_owned(), old: None, object }
    };
    lines(CREATE).enumerate().map(of_line).collect()
}

/// What is updated.
pub fn updates() -> Vec<Case> {
    let of_line = |(number, text): (usize, _)| {
        let case = read(text);
        let object = |key: &str| {
            let mut object = base("Everything");
            object["metadata"] = json!({"name": format!("updated-{number}")});
            object["spec"] = case[key].clone();
            object
        };
        Case { text: text.to_owned(), old: Some(object("old")), object: object("new") }
    };
    lines(UPDATE).enumerate().map(of_line).collect()
}

fn base(kind: &str) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": kind})
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter_map(|line| line.strip_prefix("- "))
}

fn read(text: &str) -> Map<String, Value> {
    let documents = documents(&format!("case: {text}"));
    documents[0]["case"].as_object().unwrap().clone()
}

fn documents(text: &str) -> Vec<Value> {
    let documents = kubernetes_manifest::parse("corpus", text).unwrap();
    documents.iter().map(|it| serde_json::to_value(&it.root).unwrap()).collect()
}
