//! Findings: what the API server would refuse an object for, in its own words.

use std::fmt;

use kubernetes_cel::go;
use serde_json::Value;

use crate::path::{FieldPath, Place};

/// One thing that is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it is.
    pub path: FieldPath,
    /// The sort of fault.
    pub fault: Fault,
    /// The API server's message without the path: `Unsupported value: "b": supported values: "A"`.
    pub message: String,
    /// A word more for the person who must mend it, where there is one.
    pub hint: Option<String>,
    /// Returns whether the API server only warns.
    pub is_warning: bool,
    /// The field that the API server names, where it is less exact.
    named: Option<Box<str>>,
}

/// The sorts of faults. Those of a schema have the name of its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// `apiVersion` or `kind` is missing, or of no version that is served.
    Version,
    /// A field that the schema does not have.
    UnknownField,
    /// A field of `metadata` that has another type than it must, or `apiVersion` or `kind` of an embedded
    /// resource.
    MetadataType,
    /// A name, label, annotation, owner or the like that Kubernetes does not take.
    Metadata,
    /// `apiVersion`, `kind` or `metadata` of an embedded resource.
    EmbeddedResource,
    /// `type`, or `null` where the field is not `nullable`.
    Type,
    /// `required`
    Required,
    /// `enum`
    Enum,
    /// `pattern`
    Pattern,
    /// `format`
    Format,
    /// `minLength`
    MinLength,
    /// `maxLength`
    MaxLength,
    /// `minimum`
    Minimum,
    /// `maximum`
    Maximum,
    /// `multipleOf`
    MultipleOf,
    /// A number that its type or format cannot hold.
    NumberRange,
    /// `minItems`
    MinItems,
    /// `maxItems`
    MaxItems,
    /// `uniqueItems`
    UniqueItems,
    /// `minProperties`
    MinProperties,
    /// `maxProperties`
    MaxProperties,
    /// `additionalProperties: false`
    AdditionalProperties,
    /// `allOf`
    AllOf,
    /// `anyOf`
    AnyOf,
    /// `oneOf`
    OneOf,
    /// `not`
    Not,
    /// An item that a list of type `set` or `map` has twice.
    Duplicate,
    /// An item of a list of type `map` that is no object.
    ListType,
    /// A rule of `x-kubernetes-validations` that is not met or fails.
    Rule,
    /// The fields that the subresource `scale` uses.
    Scale,
}

impl Fault {
    /// Returns whether the API server refuses the object before it looks at anything else, with a 400.
    pub const fn prevents_decoding(self) -> bool {
        matches!(self, Self::Version | Self::UnknownField | Self::MetadataType)
    }

    /// Returns whether rules are not evaluated where there is one.
    pub(crate) const fn hides_rules(self) -> bool {
        matches!(
            self,
            Self::Type
                | Self::Format
                | Self::Required
                | Self::Enum
                | Self::MaxLength
                | Self::MaxItems
                | Self::MaxProperties
        )
    }

    /// Returns whether the API server names no field, though there is one.
    const fn is_told_without_field(self) -> bool {
        matches!(self, Self::AllOf | Self::AnyOf | Self::OneOf | Self::Not | Self::NumberRange)
    }
}

impl Finding {
    pub(crate) fn new(fault: Fault, place: &Place<'_>, message: impl Into<String>) -> Self {
        Self::at(fault, place.path(), message)
    }

    pub(crate) fn at(fault: Fault, path: FieldPath, message: impl Into<String>) -> Self {
        Self { path, fault, message: message.into(), hint: None, is_warning: false, named: None }
    }

    /// `Invalid value: <value>: <detail>`
    pub(crate) fn invalid(fault: Fault, place: &Place<'_>, value: &Value, detail: &str) -> Self {
        Self::new(fault, place, invalid(&shown(value), detail))
    }

    /// The same with a hint, if there is one.
    #[must_use]
    pub(crate) fn hinting(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// The same, where the API server names another field.
    #[must_use]
    pub(crate) fn named(mut self, place: &Place<'_>) -> Self {
        self.named = Some(place.path().to_string().into());
        self
    }

    /// The same, where the API server writes the path in another way.
    #[must_use]
    pub(crate) fn named_as(mut self, field: &str) -> Self {
        self.named = Some(field.into());
        self
    }

    /// The same as a warning.
    #[must_use]
    pub(crate) fn warning(mut self) -> Self {
        self.is_warning = true;
        self
    }

    /// The field that the API server names in its answer. It may be less exact than the path.
    pub fn field(&self) -> String {
        if let Some(named) = &self.named {
            return named.to_string();
        }
        if self.path.is_root() || self.fault.is_told_without_field() {
            return "<nil>".to_owned();
        }
        self.path.to_string()
    }
}

impl fmt::Display for Finding {
    /// Writes it as the API server does, and then the hint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() && self.fault != Fault::UnknownField {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// `Invalid value: <shown>: <detail>`
pub(crate) fn invalid(shown: &str, detail: &str) -> String {
    format!("Invalid value: {shown}: {detail}")
}

/// The most bytes of a value that a message repeats: it is read by people.
const MAX_SHOWN: usize = 1024;

/// A value as the API server writes it in its errors.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Number(number) => match number.as_i64() {
            Some(int) => int.to_string(),
            None => go::double(number.as_f64().unwrap_or_default()),
        },
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => cut(&escaped(&value.to_string())),
    }
}

/// A text in quotes; a long one is cut.
pub(crate) fn quoted(text: &str) -> String {
    go::quote(&cut(text))
}

/// JSON as Go writes it: safe in HTML.
pub(crate) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn cut(text: &str) -> String {
    match text.get(..text.floor_char_boundary(MAX_SHOWN)) {
        Some(start) if start.len() < text.len() => format!("{start}..."),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MAX_SHOWN, shown};

    #[test]
    fn values_are_shown_as_go_writes_them_and_long_ones_are_cut() {
        for (value, text) in [
            (json!(3), "3"),
            (json!(1.5), "1.5"),
            (json!(18_446_744_073_709_551_615_u64), "1.8446744073709552e+19"),
            (json!(null), "null"),
            (json!("a\"b\n"), r#""a\"b\n""#),
            (json!({"b": "<a>", "a": [1]}), r#"{"a":[1],"b":"\u003ca\u003e"}"#),
        ] {
            assert_eq!(shown(&value), text);
        }
        assert_eq!(shown(&json!("é".repeat(MAX_SHOWN))).len(), MAX_SHOWN + "\"...\"".len());
    }
}
