//! The question whether a Pod template still makes the same Pod, as far as a checkpoint cares.
//!
//! Compared is the template's `spec`. Not its metadata: clients pin restores and keep sync labels
//! there. Not the values of environment variables: clients rotate tokens in them on every wake.
//!
//! Templates come from clients: they may be large, and nested deeper than a tree of `serde_json`. So
//! each is read once, token by token, into one number. The order of an object's members does not
//! count in it.

use std::hash::{BuildHasher, RandomState};

use partial_json::{Brackets, Raw, Token};

/// Returns whether two templates make the same Pod. An API server writes equal values equally, so
/// nearly all templates are found equal by their text.
pub fn is_same_pod(a: Option<Raw<'_>>, b: Option<Raw<'_>>) -> bool {
    if a == b {
        return true;
    }
    // Its keys are secret: nobody can make two templates that look like one.
    let hasher = RandomState::new();
    digest(a, &hasher) == digest(b, &hasher)
}

/// The digest of the part of a template that counts; 0 where there is none.
fn digest(template: Option<Raw<'_>>, hasher: &RandomState) -> u64 {
    let mut levels: Vec<Level> = Vec::new();
    for token in template.into_iter().flat_map(Raw::tokens) {
        let value = match &token {
            Token::Key(key) => {
                if let Some(level) = levels.last_mut() {
                    level.key = hasher.hash_one(key.as_str());
                    level.next = level.place.member(key);
                }
                continue;
            }
            Token::Open(brackets) => {
                let place = levels.last().map_or(Place::Template, |level| level.next);
                levels.push(Level::new(*brackets, place));
                continue;
            }
            Token::Close => {
                let Some(level) = levels.pop() else { break };
                if levels.is_empty() {
                    return level.digest;
                }
                if level.says_nothing() && levels.last().is_some_and(Level::is_object) {
                    continue;
                }
                hasher.hash_one((level.is_object(), level.digest))
            }
            Token::String(text) => hasher.hash_one(("string", text.as_str())),
            Token::Literal(text) => hasher.hash_one(("literal", canonical(text))),
        };
        if let Some(level) = levels.last_mut().filter(|level| level.next != Place::Ignored) {
            level.add(value, hasher);
        }
    }
    0
}

/// A number as it is written without a point or an exponent where it can be: `1.0` and `1` are one.
fn canonical(literal: &str) -> String {
    match literal.parse::<f64>() {
        Ok(number) if literal.contains(['.', 'e', 'E']) => number.to_string(),
        _ => literal.to_owned(),
    }
}

/// An object or a list that is being read.
struct Level {
    brackets: Brackets,
    place: Place,
    /// The key of the member that is being read, as a number.
    key: u64,
    /// The place of the value that is being read.
    next: Place,
    /// The values so far.
    digest: u64,
}

impl Level {
    fn new(brackets: Brackets, place: Place) -> Self {
        Self { brackets, place, key: 0, next: place.item(), digest: 0 }
    }

    fn is_object(&self) -> bool {
        self.brackets == Brackets::Object
    }

    /// Returns whether it is an object without members. Clients in Go write `resources: {}` into every
    /// container, where before there was nothing.
    fn says_nothing(&self) -> bool {
        self.is_object() && self.place == Place::Inside && self.digest == 0
    }

    fn add(&mut self, value: u64, hasher: &RandomState) {
        self.digest = match self.brackets {
            Brackets::Object => self.digest.wrapping_add(hasher.hash_one((self.key, value))),
            Brackets::List => hasher.hash_one((self.digest, value)),
        };
    }
}

/// The meaning of a value for the comparison, by where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Template,
    Spec,
    /// A list of containers.
    Containers,
    Container,
    /// A container's `env`.
    Variables,
    Variable,
    /// Somewhere else in the spec.
    Inside,
    /// Nothing in it counts.
    Ignored,
}

impl Place {
    /// The place of a member of an object that is here.
    fn member(self, key: &str) -> Self {
        match (self, key) {
            (Self::Template, "spec") => Self::Spec,
            (Self::Template | Self::Ignored, _) | (Self::Variable, "value") => Self::Ignored,
            (Self::Spec, "containers" | "initContainers" | "ephemeralContainers") => {
                Self::Containers
            }
            (Self::Container, "env") => Self::Variables,
            _ => Self::Inside,
        }
    }

    /// The place of an item of a list that is here.
    fn item(self) -> Self {
        match self {
            Self::Containers => Self::Container,
            Self::Variables => Self::Variable,
            Self::Template | Self::Ignored => Self::Ignored,
            _ => Self::Inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn same(a: &str, b: &str) -> bool {
        let raw = |text| Some(partial_json::from_str(text).unwrap());
        is_same_pod(raw(a), raw(b))
    }

    fn same_spec(a: &str, b: &str) -> bool {
        same(&format!(r#"{{"spec":{a}}}"#), &format!(r#"{{"spec": {b} }}"#))
    }

    #[test]
    fn the_order_of_keys_and_the_spelling_do_not_count() {
        for (a, b) in [
            (r#"{"a":1,"b":[{"c":2,"d":{}}]}"#, r#"{ "b": [{"d": {}, "c": 2}], "a": 1 }"#),
            (r#"{"a":"A/"}"#, r#"{"\u0061":"\u0041\/"}"#),
            (r#"{"a":[1,100,0.5]}"#, r#"{"a":[1.0,1e2,5e-1]}"#),
        ] {
            assert!(same_spec(a, b), "{a} {b}");
        }
    }

    #[test]
    fn all_else_in_the_spec_counts() {
        let texts = [
            "{}",
            "[]",
            "null",
            "0",
            "\"\"",
            r#"{"a":null}"#,
            r#"{"a":[]}"#,
            r#"{"a":[{}]}"#,
            r#"{"a":[[]]}"#,
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":9007199254740993}"#,
            r#"{"a":9007199254740992}"#,
            r#"{"a":true}"#,
            r#"{"a":"true"}"#,
            r#"{"a":[1,2]}"#,
            r#"{"a":[2,1]}"#,
            r#"{"a":1,"b":2}"#,
            r#"{"a":2,"b":1}"#,
            r#"{"a":{"b":2}}"#,
            r#"{"value":"x"}"#,
            r#"{"value":"y"}"#,
            r#"{"env":[{"value":"x"}]}"#,
            r#"{"env":[{"value":"y"}]}"#,
        ];
        for (at, a) in texts.iter().enumerate() {
            for b in &texts[at + 1..] {
                assert!(!same_spec(a, b), "{a} {b}");
            }
            assert!(!same(&format!(r#"{{"spec":{a}}}"#), "{}"), "{a}");
        }
    }

    #[test]
    fn empty_objects_do_not_count() {
        let without = r#"{"containers":[{"name":"c"}]}"#;
        assert!(same_spec(without, r#"{"containers":[{"name":"c","resources":{}}]}"#));
        assert!(same_spec("{}", r#"{"a":{"b":{}}}"#));
        assert!(!same_spec(without, r#"{"containers":[{"name":"c"},{}]}"#));
    }

    #[test]
    fn the_values_of_environment_variables_do_not_count() {
        for containers in ["containers", "initContainers", "ephemeralContainers"] {
            let with = |env: Value| json!({ containers: [{"name": "c", "env": env}] }).to_string();
            let plain = with(json!([{"name": "A", "value": "x"}]));
            assert!(same_spec(&plain, &with(json!([{"name": "A", "value": "y"}]))));
            assert!(same_spec(&plain, &with(json!([{"value": {"deep": [7]}, "name": "A"}]))));
            assert!(same_spec(&plain, &with(json!([{"name": "A"}]))));
            assert!(!same_spec(&plain, &with(json!([{"name": "B", "value": "x"}]))));
            assert!(!same_spec(&plain, &with(json!([]))));
            let from_a_secret = json!({"secretKeyRef": {"name": "s", "key": "k"}});
            let from_a_secret = with(json!([{"name": "A", "valueFrom": from_a_secret}]));
            assert!(!same_spec(&plain, &from_a_secret));
        }
    }

    #[test]
    fn what_is_beside_the_spec_does_not_count() {
        let pinned = r#"{"metadata":{"annotations":{"a":"b"}},"spec":{"a":1}}"#;
        assert!(same(r#"{"spec":{"a":1}}"#, pinned));
        assert!(!same(r#"{"spec":{"a":2}}"#, pinned));
        for without in ["{}", "null", "7", "[]", r#"[{"spec":{"a":1}}]"#, r#"{"x":{"spec":1}}"#] {
            assert!(is_same_pod(None, Some(partial_json::from_str(without).unwrap())), "{without}");
        }
    }

    #[test]
    fn templates_may_be_nested_deeper_than_any_tree() {
        let nested =
            |inner: &str| r#"{"b":0,"a":["#.repeat(100_000) + inner + &"]}".repeat(100_000);
        let deep = nested("1");
        let turned = r#"{"a":["#.repeat(100_000) + "1" + &r#"],"b":0}"#.repeat(100_000);
        assert!(same_spec(&deep, &turned));
        assert!(!same_spec(&deep, &nested("2")));
    }

    /// The tree of a template as far as it counts.
    fn counted(template: &Value) -> Value {
        let mut spec = template["spec"].clone();
        for name in ["containers", "initContainers"] {
            let containers = spec.get_mut(name).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                let variables = container.get_mut("env").and_then(Value::as_array_mut);
                for variable in variables.into_iter().flatten().filter_map(Value::as_object_mut) {
                    variable.remove("value");
                }
            }
        }
        spec
    }

    fn template() -> impl Strategy<Value = Value> {
        let name = prop::sample::select(vec!["a", "b"]);
        let variable = (name.clone(), name).prop_map(|(a, b)| json!({"name": a, "value": b}));
        let env = prop::collection::vec(variable, 0..3);
        let container = (env, 0..2).prop_map(|(env, image)| json!({"env": env, "image": image}));
        let containers = prop::collection::vec(container, 0..3);
        (containers.clone(), containers, 0..2).prop_map(
            |(a, b, c)| json!({"metadata": c, "spec": {"containers": a, "initContainers": b}}),
        )
    }

    proptest! {
        #[test]
        fn templates_are_the_same_where_what_counts_of_their_trees_is(a in template(), b in template()) {
            let is_same = counted(&a) == counted(&b);
            prop_assert_eq!(same(&a.to_string(), &b.to_string()), is_same, "{} {}", a, b);
        }
    }
}
