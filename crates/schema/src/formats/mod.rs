//! The formats of strings that the API server checks. It passes over others.

mod internet;
mod numbers;
mod time;

use std::sync::LazyLock;

use kubernetes_cel::go::Pattern;

use crate::schema::{Kind, Schema};

pub(crate) use time::{duration, moment};

/// The format of a schema, if it is one for values of its type.
pub(crate) fn of_any(schema: &Schema) -> Option<&str> {
    let format = &*schema.format;
    let is_known = match schema.kind {
        _ if schema.is_int_or_string => find(format).is_some(),
        Kind::Any | Kind::String => find(format).is_some(),
        Kind::Integer => ["int32", "int64"].contains(&format),
        Kind::Number => ["float", "double"].contains(&format),
        Kind::Array | Kind::Boolean | Kind::Object => false,
    };
    is_known.then_some(format)
}

/// The format of strings of a schema.
pub(crate) fn of_text(schema: &Schema) -> Option<Format> {
    find(of_any(schema)?)
}

/// Returns whether a text has a format.
pub(crate) fn is_valid(format: Format, text: &str) -> bool {
    format(text)
}

/// A format: it says which texts have it.
pub(crate) type Format = fn(&str) -> bool;

/// A format by its name, in which dashes do not count.
fn find(name: &str) -> Option<Format> {
    Some(match &*name.replace('-', "") {
        "bsonobjectid" => |text| matches(&OBJECT_ID, text),
        "byte" => |text| matches(&BASE64, text),
        "cidr" => internet::is_cidr,
        "creditcard" => numbers::is_credit_card,
        "date" => time::is_date,
        "datetime" => time::is_date_time,
        "duration" => |text| duration(text).is_some(),
        "email" => internet::is_email,
        "hexcolor" => |text| matches(&HEX_COLOR, text),
        "hostname" => internet::is_host_name,
        "ipv4" => internet::is_ipv4,
        "ipv6" => internet::is_ipv6,
        "isbn" => |text| numbers::is_isbn10(text) || numbers::is_isbn13(text),
        "isbn10" => numbers::is_isbn10,
        "isbn13" => numbers::is_isbn13,
        "k8slongname" => |text| kubernetes_cel::names::subdomain_errors(text).is_empty(),
        "k8sshortname" => |text| kubernetes_cel::names::label_errors(text).is_empty(),
        "mac" => internet::is_mac,
        "password" => |_| true,
        "rgbcolor" => |text| matches(&RGB_COLOR, text),
        "ssn" => |text| text.len() == 11 && matches(&SSN, text),
        "uri" => internet::is_uri,
        "uuid" => |text| is_uuid(text, None, false),
        "uuid3" => |text| is_uuid(text, Some('3'), false),
        "uuid4" => |text| is_uuid(text, Some('4'), true),
        "uuid5" => |text| is_uuid(text, Some('5'), true),
        _ => return None,
    })
}

/// A pattern that is compiled when it is first used.
type Lazy = LazyLock<Option<Pattern>>;

static OBJECT_ID: Lazy = LazyLock::new(|| Pattern::new("^[0-9a-fA-F]{24}$").ok());
static BASE64: Lazy = LazyLock::new(|| {
    let (one, end) = ("[A-Za-z0-9+/]", "{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4}");
    Pattern::new(&format!("^(?:{one}{{4}})*(?:{one}{end})$")).ok()
});
static HEX_COLOR: Lazy = LazyLock::new(|| Pattern::new("^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$").ok());
static RGB_COLOR: Lazy = LazyLock::new(|| {
    let one = r"\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*";
    Pattern::new(&format!(r"^rgb\({one},{one},{one}\)$")).ok()
});
static SSN: Lazy = LazyLock::new(|| Pattern::new(r"^\d{3}[- ]?\d{2}[- ]?\d{4}$").ok());

fn matches(pattern: &Lazy, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// A UUID, with or without dashes in the usual places.
fn is_uuid(text: &str, version: Option<char>, has_variant: bool) -> bool {
    let mut rest = text;
    for (group, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if group > 0 {
            rest = rest.strip_prefix('-').unwrap_or(rest);
        }
        let Some((digits, after)) = rest.split_at_checked(length) else { return false };
        let first = digits.chars().next();
        let is_wrong = !digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            || (group == 2 && version.is_some() && first != version)
            || (group == 3 && has_variant && !first.is_some_and(|it| "89abAB".contains(it)));
        if is_wrong {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests;
