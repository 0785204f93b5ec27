//! The meaning of YAML scalars, by the rules of go-yaml v2, which `kubectl` uses.
//!
//! They are those of YAML 1.1 for booleans (`yes`, `off`, and even `y`), with YAML 1.2's `0o17`.

use serde_json::Number;

use super::Content;

/// The content of a scalar with a tag such as `!!int`, quoted or not; the error is the message for
/// a text that is not of that type.
pub(super) fn tagged(text: &str, tag: &str) -> Result<Content, String> {
    let content = match tag {
        "bool" | "int" | "float" | "null" => plain(text)?,
        "binary" => return Err("!!binary is not supported; quote the base64 text".to_owned()),
        // `!!timestamp` and unknown tags stay text.
        _ => return Ok(Content::String(text.to_owned())),
    };
    let fits = match &content {
        Content::Bool(_) => tag == "bool",
        Content::Null => tag == "null",
        Content::Number(number) => tag == "float" || tag == "int" && !number.is_f64(),
        _ => false,
    };
    if fits { Ok(content) } else { Err(format!("{text:?} is no !!{tag}")) }
}

/// The content of a plain scalar; the error is the message for a number that JSON does not have.
pub(super) fn plain(text: &str) -> Result<Content, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Content::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Content::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => {
            return Err(format!("JSON has no number {text}; quote it if it is text"));
        }
        _ => numeric(text).map_or_else(|| Content::String(text.to_owned()), Content::Number),
    })
}

fn numeric(text: &str) -> Option<Number> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return None;
    }
    let digits = text.replace('_', "");
    integer(&digits).or_else(|| decimal(&digits))
}

fn integer(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, radix) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (unsigned.get(2..)?, 16),
        [b'0', b'o' | b'O', ..] => (unsigned.get(2..)?, 8),
        [b'0', b'b' | b'B', ..] => (unsigned.get(2..)?, 2),
        [b'0', _, ..] => (unsigned.get(1..)?, 8),
        _ => (unsigned, 10),
    };
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    Number::from_i128(if text.starts_with('-') { -magnitude } else { magnitude })
}

fn decimal(text: &str) -> Option<Number> {
    let is_decimal = |part: char| part.is_ascii_digit() || ".eE+-".contains(part);
    text.chars().all(is_decimal).then(|| text.parse().ok()).flatten().and_then(float)
}

/// A float as JSON, `None` if not finite.
///
/// A whole one becomes an integer: Go writes it without a fraction, so the API server reads it as
/// an integer. Its digits are the shortest that mean the float, as in Go.
pub(super) fn float(value: f64) -> Option<Number> {
    let integer = value.to_string().parse::<i64>().ok();
    integer.map(Number::from).or_else(|| Number::from_f64(value))
}

/// A scalar as the key of a mapping; `None` for content that cannot be a key.
pub(super) fn key(content: &Content) -> Option<String> {
    match content {
        Content::String(text) => Some(text.clone()),
        Content::Bool(value) => Some(value.to_string()),
        Content::Number(number) => Some(number.to_string()),
        Content::Null | Content::Sequence(_) | Content::Mapping(_) => None,
    }
}
