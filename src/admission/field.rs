//! Errors about one field, in the API machinery's own wording
//! (`apimachinery/pkg/util/validation/field/errors.go`), so that `kubectl` prints our answers like
//! the API server's.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::visible::{is_hidden, write_escaped};

/// The longest key of labels and annotations: a prefix, a slash and a name. Other keys have no limit
/// of their own.
const MAX_KEY_BYTES: usize = 253 + 1 + 63;

/// The path of the value under a key, as in `spec.parameters[region]`.
pub fn at_key(map: &str, key: &str) -> String {
    format!("{map}[{}]", shown_key(key))
}

/// A key as messages show it: one that is longer than any key should be is cut.
pub fn shown_key(key: &str) -> Cow<'_, str> {
    if key.len() <= MAX_KEY_BYTES {
        return key.into();
    }
    let start = key.get(..key.floor_char_boundary(MAX_KEY_BYTES)).unwrap_or_default();
    format!("{start}...").into()
}

/// One thing that is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Its path, as in `spec.parameters[region]`.
    pub field: Cow<'static, str>,
    /// The sort of mistake.
    pub reason: Reason,
    /// The offending value, as printed.
    value: Option<String>,
    /// The exact mistake, and what to do about it.
    detail: String,
    /// True where it is only a warning, even if the rule denies.
    pub is_advisory: bool,
}

/// The sorts of mistakes, with the machine-readable names of `metav1.CauseType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A value is missing.
    Required,
    /// A value is malformed or contradicts another.
    Invalid,
    /// A value has the wrong JSON type.
    TypeInvalid,
    /// A value is not among the supported ones.
    NotSupported,
    /// The field may not be set, or not now.
    Forbidden,
    /// The value names something that does not exist.
    NotFound,
    /// A value is too long.
    TooLong,
    /// A list or map has too many entries.
    TooMany,
}

impl Reason {
    /// The name for machines, in `details.causes[].reason`.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::NotFound => "FieldValueNotFound",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "Not found",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
        }
    }
}

impl FieldError {
    fn new(
        field: impl Into<Cow<'static, str>>,
        reason: Reason,
        value: Option<String>,
        detail: &str,
    ) -> Self {
        Self { field: field.into(), reason, value, detail: detail.to_owned(), is_advisory: false }
    }

    /// The text of a denial without the path, as in `Required value: ...`.
    pub fn body(&self) -> impl fmt::Display {
        Body { reason: Some(self.reason), error: self }
    }

    /// The text of a warning without the path. What is allowed is not called forbidden or invalid.
    pub fn advice(&self) -> impl fmt::Display {
        let is_fault = matches!(self.reason, Reason::Forbidden | Reason::Invalid);
        let reason = Some(self.reason).filter(|_| !is_fault || self.value.is_some());
        Body { reason, error: self }
    }

    /// `Required value: <detail>`
    pub fn required(field: impl Into<Cow<'static, str>>, detail: &str) -> Self {
        Self::new(field, Reason::Required, None, detail)
    }

    /// `Invalid value: "<value>": <detail>`
    pub fn invalid(field: impl Into<Cow<'static, str>>, value: &str, detail: &str) -> Self {
        Self::new(field, Reason::Invalid, Some(Quoted(value).to_string()), detail)
    }

    /// `Invalid value: <detail>`, for a value that is too large to repeat or that is not a single
    /// text.
    pub fn invalid_as_a_whole(field: impl Into<Cow<'static, str>>, detail: &str) -> Self {
        Self::new(field, Reason::Invalid, None, detail)
    }

    /// `Invalid value: <detail>` for a value of the wrong JSON type.
    pub fn type_invalid(field: impl Into<Cow<'static, str>>, detail: &str) -> Self {
        Self::new(field, Reason::TypeInvalid, None, detail)
    }

    /// `Unsupported value: "<value>": supported values: "A", "B"`, then the hint.
    pub fn not_supported(
        field: impl Into<Cow<'static, str>>,
        value: &str,
        supported: &[&str],
        hint: &str,
    ) -> Self {
        let mut detail = String::from("supported values: ");
        for (index, value) in supported.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(detail, "{comma}{}", Quoted(value));
        }
        detail.push_str(hint);
        Self::new(field, Reason::NotSupported, Some(Quoted(value).to_string()), &detail)
    }

    /// `Forbidden: <detail>`
    pub fn forbidden(field: impl Into<Cow<'static, str>>, detail: &str) -> Self {
        Self::new(field, Reason::Forbidden, None, detail)
    }

    /// `Not found: "<value>": <detail>`
    pub fn not_found(field: impl Into<Cow<'static, str>>, value: &str, detail: &str) -> Self {
        Self::new(field, Reason::NotFound, Some(Quoted(value).to_string()), detail)
    }

    /// `Too long: may not be more than <max> bytes`
    pub fn too_long(field: impl Into<Cow<'static, str>>, max: usize, hint: &str) -> Self {
        let detail = format!("may not be more than {max} bytes{hint}");
        Self::new(field, Reason::TooLong, None, &detail)
    }

    /// `Too many: <actual>: must have at most <max> items`
    pub fn too_many(field: impl Into<Cow<'static, str>>, actual: usize, max: usize) -> Self {
        let detail = format!("must have at most {max} items");
        Self::new(field, Reason::TooMany, Some(actual.to_string()), &detail)
    }

    /// The same with more to do about it, if there is more.
    #[must_use]
    pub fn with_more(mut self, more: &str) -> Self {
        if !more.is_empty() {
            self.detail.extend(["; ", more]);
        }
        self
    }

    /// The same, as a warning even where the rule denies.
    #[must_use]
    pub fn advisory(self) -> Self {
        Self { is_advisory: true, ..self }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.field {
            "" => write!(f, "{}", self.body()),
            field => write!(f, "{field}: {}", self.body()),
        }
    }
}

/// The text of an error without its path.
struct Body<'e> {
    reason: Option<Reason>,
    error: &'e FieldError,
}

impl fmt::Display for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FieldError { value, detail, .. } = self.error;
        let parts = [self.reason.map(Reason::text), value.as_deref(), Some(detail)];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        for (index, part) in parts.enumerate() {
            if index > 0 {
                f.write_str(": ")?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

/// A string as Go's `%q` prints it; Rust's `{:?}` escapes differently.
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str);

impl Quoted<'_> {
    /// The length at which values are cut: an error is read by people.
    const MAX_CHARS: usize = 128;
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nearly all quoted values are names.
        let is_plain = |byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
        if self.0.len() <= Self::MAX_CHARS && self.0.bytes().all(is_plain) {
            return write!(f, "\"{}\"", self.0);
        }
        f.write_char('"')?;
        for (index, char) in self.0.chars().enumerate() {
            if index == Self::MAX_CHARS {
                f.write_str("...")?;
                break;
            }
            match char {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                hidden if is_hidden(hidden) => write_escaped(f, hidden)?,
                other => f.write_char(other)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_worded_as_the_api_machinery_words_them() {
        let cases = [
            (FieldError::required("spec.a", ""), "spec.a: Required value"),
            (FieldError::required("spec.a", "name one"), "spec.a: Required value: name one"),
            (FieldError::invalid("spec.a", "x\"y", "no"), r#"spec.a: Invalid value: "x\"y": no"#),
            (
                FieldError::not_supported("m", "b", &["A", "B"], ""),
                r#"m: Unsupported value: "b": supported values: "A", "B""#,
            ),
            (FieldError::forbidden("m", "cannot be set"), "m: Forbidden: cannot be set"),
            (FieldError::not_found("m", "x", ""), r#"m: Not found: "x""#),
            (FieldError::too_long("p", 9, ""), "p: Too long: may not be more than 9 bytes"),
            (FieldError::too_many("p", 9, 8), "p: Too many: 9: must have at most 8 items"),
        ];
        for (error, text) in cases {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn values_are_quoted_as_go_quotes_them_and_long_ones_are_cut() {
        assert_eq!(Quoted("a\n\u{1}\u{85}'é").to_string(), "\"a\\n\\x01\\u0085'é\"");
        assert_eq!(Quoted("\u{202e}a\u{200b}").to_string(), r#""\u202ea\u200b""#);
        assert_eq!(Quoted(&"x".repeat(200)).to_string().len(), 128 + 5);
    }
}
