//! Kubernetes' named formats: `format.dns1123Label().validate(object.metadata.name)` returns the
//! mistakes, in Kubernetes' words, or nothing.

use std::borrow::Cow;

use super::arguments::{Answer, Arguments, no_overload, optional, texts};
use super::size::{CHARACTER, PATTERN_CHARACTER, size_of, times};
use super::url;
use crate::evaluate::Meter;
use crate::function::{Cost, Function};
use crate::names;
use crate::value::{Opaque, Value};

/// A named format. Some exist also for prefixes of names, which may end with a dash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Dns1123Label,
    Dns1123LabelPrefix,
    Dns1123Subdomain,
    Dns1123SubdomainPrefix,
    Dns1035Label,
    Dns1035LabelPrefix,
    QualifiedName,
    LabelValue,
    Uri,
    Uuid,
    Byte,
    Date,
    DateTime,
}

use Format::{
    Byte, Date, DateTime, Dns1035Label, Dns1035LabelPrefix, Dns1123Label, Dns1123LabelPrefix,
    Dns1123Subdomain, Dns1123SubdomainPrefix, LabelValue, QualifiedName, Uri, Uuid,
};

/// The function of each format, which has no arguments, and the formats by name.
macro_rules! formats {
    ($($name:literal = $format:ident,)*) => {
        pub(super) const FUNCTIONS: &[Function] = &[
            $(Function::new(
                concat!("format.", $name, "() -> kubernetes.NamedFormat"),
                |_, _| Ok(Value::Opaque(Opaque::Format($format))),
                Cost::One,
            ),)*
            Function::new(
                "format.named(string) -> optional_type(kubernetes.NamedFormat)",
                named,
                Cost::One,
            ),
            Function::new(
                "kubernetes.NamedFormat.validate(string) -> optional_type(list(string))",
                validate,
                Cost::By(validating),
            ),
        ];

        const NAMED: &[(&str, Format)] = &[$(($name, $format),)*];
    };
}

formats! {
    "dns1123Label" = Dns1123Label,
    "dns1123LabelPrefix" = Dns1123LabelPrefix,
    "dns1123Subdomain" = Dns1123Subdomain,
    "dns1123SubdomainPrefix" = Dns1123SubdomainPrefix,
    "dns1035Label" = Dns1035Label,
    "dns1035LabelPrefix" = Dns1035LabelPrefix,
    "qualifiedName" = QualifiedName,
    "labelValue" = LabelValue,
    "uri" = Uri,
    "uuid" = Uuid,
    "byte" = Byte,
    "date" = Date,
    "datetime" = DateTime,
}

fn named<'a>(arguments: &[Value<'a>], _: &mut Meter) -> Answer<'a> {
    let wanted = arguments.text(0)?;
    let found = NAMED.iter().find(|(name, _)| *name == wanted);
    Ok(optional(found.map(|(_, format)| Value::Opaque(Opaque::Format(*format)))))
}

fn validate<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let Opaque::Format(format) = arguments.opaque(0)? else { return no_overload() };
    let mistakes = format.mistakes(arguments.read(1, meter)?);
    if mistakes.is_empty() {
        return Ok(optional(None));
    }
    Ok(optional(Some(Value::List(texts(mistakes, meter)?))))
}

/// The units of a call of `validate`: those of matching a regular expression, whether or not there is
/// one.
fn validating(arguments: &[Value<'_>], _: &Value<'_>) -> u64 {
    let Some(Value::Opaque(Opaque::Format(format))) = arguments.first() else { return 1 };
    let text = times(size_of(arguments, 1).saturating_add(1), CHARACTER);
    text.saturating_mul(times(format.pattern_length(), PATTERN_CHARACTER))
}

impl Format {
    /// The length of the format's regular expression, as Kubernetes assumes it.
    fn pattern_length(self) -> u64 {
        match self {
            Dns1123Label | Dns1123LabelPrefix | Dns1035Label | Dns1035LabelPrefix => 30,
            Dns1123Subdomain | Dns1123SubdomainPrefix | QualifiedName => 60,
            LabelValue => 40,
            Uri => 1103,
            Uuid => 70,
            Date | DateTime => 71,
            Byte => 84,
        }
    }

    /// The mistakes in a text.
    fn mistakes(self, text: &str) -> Vec<String> {
        let unless = |is_valid: bool, mistake: &str| {
            if is_valid { Vec::new() } else { vec![mistake.to_owned()] }
        };
        match self {
            Dns1123Label => names::label_errors(text),
            Dns1123LabelPrefix => names::label_errors(&begun(text)),
            Dns1123Subdomain => names::subdomain_errors(text),
            Dns1123SubdomainPrefix => names::subdomain_errors(&begun(text)),
            Dns1035Label => names::dns_1035_label_errors(text),
            Dns1035LabelPrefix => names::dns_1035_label_errors(&begun(text)),
            QualifiedName => names::qualified_name_errors(text),
            LabelValue => names::label_value_errors(text),
            Uri => url::refusal(text).into_iter().collect(),
            Uuid => unless(is_uuid(text), "does not match the UUID format"),
            Byte => unless(is_base64(text), "invalid base64"),
            Date => unless(is_date(text), "invalid date"),
            DateTime => unless(is_date_time(text), "invalid datetime"),
        }
    }
}

/// The beginning of a name with a letter instead of a dash at its end, because more may follow the
/// dash.
fn begun(prefix: &str) -> Cow<'_, str> {
    let stem = prefix.strip_suffix('-').and_then(|stem| stem.get(..stem.len().checked_sub(1)?));
    stem.map_or(Cow::Borrowed(prefix), |stem| Cow::Owned(format!("{stem}a")))
}

/// The rest after `count` bytes, which must all be of a kind.
fn after(text: &str, count: usize, kind: fn(&u8) -> bool) -> Option<&str> {
    let (head, rest) = text.split_at_checked(count)?;
    head.as_bytes().iter().all(kind).then_some(rest)
}

/// Returns whether a text is a UUID; the dashes between groups may be missing.
fn is_uuid(text: &str) -> bool {
    let mut rest = text;
    for digits in [8, 4, 4, 4] {
        let Some(group) = after(rest, digits, u8::is_ascii_hexdigit) else { return false };
        rest = group.strip_prefix('-').unwrap_or(group);
    }
    after(rest, 12, u8::is_ascii_hexdigit) == Some("")
}

fn is_base64(text: &str) -> bool {
    let digits = text.strip_suffix("==").or(text.strip_suffix('=')).unwrap_or(text);
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    !text.is_empty() && text.len().is_multiple_of(4) && digits.bytes().all(is_digit)
}

/// Returns whether a text is a date that exists: `2026-11-23`.
fn is_date(text: &str) -> bool {
    let number = |digits: &str| digits.parse::<u32>().unwrap_or_default();
    let parts = after(text, 4, u8::is_ascii_digit)
        .and_then(|rest| after(rest.strip_prefix('-')?, 2, u8::is_ascii_digit))
        .and_then(|rest| after(rest.strip_prefix('-')?, 2, u8::is_ascii_digit));
    let (Some(""), [year, month, day]) = (parts, [0..4, 5..7, 8..10].map(|at| text.get(at))) else {
        return false;
    };
    let [year, month, day] = [year, month, day].map(|part| number(part.unwrap_or_default()));
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Returns whether a text is a date and a time. As in Go's `strfmt`, text after a second `t` is
/// ignored.
fn is_date_time(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut parts = text.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    is_date(date) && is_time(time)
}

/// Returns whether a text is a time: `23:59:59.5z`, with any character before the fraction.
fn is_time(text: &str) -> bool {
    let rest = clock(text, "23")
        .and_then(|rest| clock(rest.strip_prefix(':')?, "59"))
        .and_then(|rest| clock(rest.strip_prefix(':')?, "59"));
    let Some(rest) = rest else { return false };
    let Some(fraction) = rest.strip_suffix('z').or_else(|| without_offset(rest)) else {
        return false;
    };
    let mut digits = fraction.chars();
    let is_mark = digits.next().is_none_or(|mark| mark != '\n');
    let digits = digits.as_str();
    is_mark
        && (fraction.is_empty() || !digits.is_empty())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The rest after two digits that are no more than `max`.
fn clock<'t>(text: &'t str, max: &str) -> Option<&'t str> {
    let rest = after(text, 2, u8::is_ascii_digit)?;
    (text.get(..2)? <= max).then_some(rest)
}

/// The text before an offset like `+01:00`.
fn without_offset(text: &str) -> Option<&str> {
    let (before, offset) = text.split_at_checked(text.len().checked_sub("+00:00".len())?)?;
    let rest = after(offset.strip_prefix(['+', '-'])?, 2, u8::is_ascii_digit)?;
    let rest = after(rest.strip_prefix(':')?, 2, u8::is_ascii_digit)?;
    rest.is_empty().then_some(before)
}
