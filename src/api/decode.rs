//! Decoding an object, with an error that says where it is wrong.

use partial_json::Object;
use serde::Deserialize;

use super::lenient;

/// A value that does not fit its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}")]
pub struct DecodeError {
    /// The path of the offending value; empty for the object as a whole.
    pub field: String,
    /// The mistake in it.
    pub what: String,
}

/// An object that a client sent, as far as it decodes.
#[derive(Debug)]
pub enum Decoded<T> {
    /// All values decode.
    Whole(Box<T>),
    /// Some values do not decode, but they are stored like this already. Nothing may be filled in
    /// there, because a member that a patch names may not exist.
    AsStored(Box<T>),
    /// Some values do not decode, and this request brings them. At least one mistake is listed, and
    /// at most the first 64.
    Faulty(Box<T>, Vec<DecodeError>),
}

impl<T> Decoded<T> {
    /// The object as far as it can be read.
    pub fn readable(&self) -> &T {
        match self {
            Self::Whole(object) | Self::AsStored(object) | Self::Faulty(object, _) => object,
        }
    }
}

/// Decodes an object from JSON.
pub fn decode<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, DecodeError> {
    let error = match partial_json::from_str(json) {
        Ok(Object(object)) => return Ok(object),
        Err(error) => error,
    };
    // Tracking the path costs as much as decoding, so it is done only when something is wrong.
    match lenient::read::<Object<T>>(json, None) {
        Ok((_, faults)) => Err(faults.into_iter().next().unwrap_or_else(|| whole(&error))),
        Err(error) => Err(whole(&error)),
    }
}

/// Decodes an object that a client sent. A value of a wrong type that `stored` has too is not a
/// mistake of this request: the object can be protected, and repaired value by value.
pub fn decode_update<'a, T>(json: &'a str, stored: Option<&'a str>) -> Decoded<T>
where
    T: Deserialize<'a> + Default,
{
    if let Ok(Object(object)) = partial_json::from_str(json) {
        return Decoded::Whole(object);
    }
    match lenient::read::<Object<Box<T>>>(json, stored) {
        Ok((Object(object), faults)) if faults.is_empty() => Decoded::AsStored(object),
        Ok((Object(object), faults)) => Decoded::Faulty(object, faults),
        Err(error) => Decoded::Faulty(Box::default(), vec![whole(&error)]),
    }
}

/// Decodes a stored object as far as it can be read: the rest is not a mistake of this request.
pub fn decode_stored<'a, T: Deserialize<'a> + Default>(json: &'a str) -> Box<T> {
    match decode_update(json, Some(json)) {
        Decoded::Whole(object) | Decoded::AsStored(object) | Decoded::Faulty(object, _) => object,
    }
}

/// The longest text of an error in bytes: some repeat the value that is wrong.
const MAX_MESSAGE: usize = 1024;

fn whole(error: &serde_json::Error) -> DecodeError {
    DecodeError { field: String::new(), what: message(error) }
}

/// The text of an error without the line and the column: a position within one object's JSON means
/// nothing to the author of a manifest.
pub(super) fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    text.get(..text.floor_char_boundary(MAX_MESSAGE)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::api::{Sandbox, SnapshotClaim, SnapshotClaimTemplate, SnapshotClass};

    /// The first mistake, as `serde_path_to_error` reports it.
    fn first_mistake<'a, T: Deserialize<'a>>(json: &'a str) -> Option<DecodeError> {
        let mut from = serde_json::Deserializer::from_str(json);
        let error = serde_path_to_error::deserialize::<_, Object<T>>(&mut from).err()?;
        let field = error.path().to_string();
        let field = if field == "." { String::new() } else { field };
        Some(DecodeError { field, what: message(error.inner()) })
    }

    /// Objects in which any value may have any type.
    fn object() -> impl Strategy<Value = Value> {
        let value = prop_oneof![
            Just(json!(null)),
            Just(json!(true)),
            Just(json!(-7)),
            Just(json!(1.5)),
            Just(json!(u64::MAX)),
            Just(json!("x")),
            Just(json!(" at line 1 column 2")),
            Just(json!([])),
            Just(json!([{"kind": 7, "name": "x"}, "y"])),
            Just(json!({"a": "x", "b": 7})),
            Just(json!({"name": "x", "annotations": {"a.agents.x-k8s.io/b": false}})),
            Just(
                json!({"snapshotClassName": [], "parameters": {"b": 7}, "spec": {"parameters": 7}})
            ),
            Just(
                json!({"snapshot": {"sizeBytes": "7", "snapshotUID": 7, "driverMetadata": {"a": []}}})
            ),
            Just(json!({"type": 7, "hibernate": {"snapshotProviderRef": "x"}})),
        ];
        let keys = [
            "metadata",
            "spec",
            "status",
            "parameters",
            "provisioner",
            "name",
            "ownerReferences",
            "operatingMode",
            "suspensionStrategy",
            "snapshot",
            "conditions",
            "snapshotClassName",
        ];
        let flat = prop::collection::hash_map(prop::sample::select(keys.to_vec()), value, 0..5);
        let flat = flat.prop_map(|members| json!(members));
        let nested =
            prop::collection::hash_map(prop::sample::select(keys.to_vec()), flat.clone(), 0..4);
        prop_oneof![flat, nested.prop_map(|members| json!(members))]
    }

    fn is_reported_alike<'a, T: Deserialize<'a> + Default>(
        json: &'a str,
    ) -> Result<(), TestCaseError> {
        let reported = decode::<T>(json).err();
        // The values of parameters are not repeated.
        let without_secrets = |error: Option<DecodeError>| {
            error.map(|DecodeError { field, what }| {
                let is_secret = field.split('.').any(|it| it == "parameters");
                DecodeError { field, what: if is_secret { String::new() } else { what } }
            })
        };
        let expected = without_secrets(first_mistake::<T>(json));
        prop_assert_eq!(without_secrets(reported.clone()), expected);
        prop_assert_eq!(
            matches!(decode_update::<T>(json, None), Decoded::Whole(_)),
            reported.is_none()
        );
        // A value that is stored like this is no mistake now.
        let is_a_mistake = matches!(decode_update::<T>(json, Some(json)), Decoded::Faulty(..));
        prop_assert!(!is_a_mistake);
        Ok(())
    }

    proptest! {
        #[test]
        fn a_mistake_is_reported_as_serde_reports_it(object in object()) {
            let json = object.to_string();
            is_reported_alike::<Sandbox<'_>>(&json)?;
            is_reported_alike::<SnapshotClass<'_>>(&json)?;
            is_reported_alike::<SnapshotClaim<'_>>(&json)?;
            is_reported_alike::<SnapshotClaimTemplate<'_>>(&json)?;
        }
    }

    #[test]
    fn what_is_stored_wrong_is_read_as_far_as_it_can_be() {
        let json = r#"{"metadata": {"name": "c", "labels": 7, "ownerReferences": "x"},
            "provisioner": 7, "parameters": {"a": 1, "b": [1], "c": "fine", "d": true}}"#;
        let class: Box<SnapshotClass<'_>> = decode_stored(json);
        assert_eq!(class.metadata.name.as_deref(), Some("c"));
        assert_eq!(class.provisioner.as_deref(), Some("7"));
        let parameters: Vec<_> = class.parameters.iter().collect();
        assert_eq!(parameters, [("a", "1"), ("b", ""), ("c", "fine"), ("d", "true")]);
    }

    #[test]
    fn what_is_no_object_at_all_is_read_as_an_empty_one() {
        for json in ["[]", "7", "\"x\"", r#"{"metadata": {"name": "a", "name": "b"}}"#] {
            assert_eq!(
                *decode_stored::<SnapshotClass<'_>>(json),
                SnapshotClass::default(),
                "{json}"
            );
        }
    }

    #[test]
    fn only_the_wrong_values_that_an_update_brings_are_its_mistakes() {
        let stored = r#"{"parameters": {"a": 1, "b": 2, "c": "x"}}"#;
        let sent = r#"{"parameters": {"a": 1, "b": 3, "c": true}, "provisioner": []}"#;
        let Decoded::Faulty(_, faults) = decode_update::<SnapshotClass<'_>>(sent, Some(stored))
        else {
            panic!("it has mistakes");
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["parameters.b", "parameters.c", "provisioner"]);
    }

    #[test]
    fn an_object_with_very_many_mistakes_names_the_first_of_them() {
        let many: Vec<_> = (0..10_000).map(|index| format!("\"k{index}\":{index}")).collect();
        let sent = format!("{{\"parameters\":{{{}}}}}", many.join(","));
        let Decoded::Faulty(_, faults) = decode_update::<SnapshotClass<'_>>(&sent, None) else {
            panic!("it has mistakes");
        };
        assert_eq!(faults.len(), 64);
    }

    #[test]
    fn the_values_of_parameters_are_not_repeated() {
        for (value, found) in [("123456", "number"), ("[\"hunter2\"]", "sequence")] {
            let json = format!("{{\"parameters\": {{\"password\": {value}}}}}");
            let error = decode::<SnapshotClass<'_>>(&json).unwrap_err().to_string();
            let due = format!("parameters.password: invalid type: {found}, expected a string");
            assert_eq!(error, due);
        }
        let claim = r#"{"spec": {"parameters": "password=hunter2"}}"#;
        assert_eq!(
            decode::<SnapshotClaim<'_>>(claim).unwrap_err().to_string(),
            "spec.parameters: invalid type: string, expected an object whose values are strings"
        );
    }

    #[test]
    fn a_users_text_that_looks_like_a_place_is_reported_whole() {
        let error = decode::<SnapshotClass<'_>>(r#"{"parameters": {"a": 1, "b at line 1": 2}}"#);
        assert_eq!(error.unwrap_err().field, "parameters.a");
        let error = decode::<Sandbox<'_>>(r#"{"metadata": " at line 3 column 4"}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "metadata: invalid type: string \" at line 3 column 4\", expected an object"
        );
    }
}
