//! Addresses and names of the internet, as Go reads them.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use kubernetes_cel::go::Pattern;

use super::{Lazy, matches};

/// Four numbers, which may begin with zeros.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = text.split('.');
    let mut bytes = [0; 4];
    for byte in &mut bytes {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        *byte = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    }
    parts.next().is_none().then(|| bytes.into())
}

pub(super) fn is_ipv4(text: &str) -> bool {
    // That an IPv6 address with dots is one, too, is how the API server has it.
    ipv4(text).is_some() || (text.contains('.') && ipv6(text).is_some())
}

fn ipv6(text: &str) -> Option<Ipv6Addr> {
    text.parse().ok()
}

pub(super) fn is_ipv6(text: &str) -> bool {
    ipv6(text).is_some()
}

pub(super) fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let max = match (ipv4(address), ipv6(address)) {
        (Some(_), _) => 32,
        (_, Some(_)) => 128,
        _ => return false,
    };
    bits.bytes().all(|it| it.is_ascii_digit()) && bits.parse::<u32>().is_ok_and(|it| it <= max)
}

/// Six, eight or twenty bytes in hexadecimal, with colons or dashes between, or with dots after each second one.
pub(super) fn is_mac(text: &str) -> bool {
    let separator = if text.contains('.') { '.' } else { text.chars().nth(2).unwrap_or(':') };
    let (digits, sizes): (_, &[usize]) = match separator {
        ':' | '-' => (2, &[6, 8, 20]),
        '.' => (4, &[3, 4, 10]),
        _ => return false,
    };
    let is_group =
        |group: &str| group.len() == digits && group.bytes().all(|it| it.is_ascii_hexdigit());
    let groups = || text.split(separator);
    groups().all(is_group) && sizes.contains(&groups().count())
}

/// The characters of host names: of words of any language, and symbols.
static WORD: Lazy = LazyLock::new(|| Pattern::new(r"^[a-zA-Z0-9\p{S}\p{L}]*$").ok());
static LETTERS: Lazy = LazyLock::new(|| Pattern::new(r"^[a-zA-Z\p{L}]*$").ok());

/// One label, or several of which the last has letters only.
pub(super) fn is_host_name(text: &str) -> bool {
    let is_word = |label: &str| matches(&WORD, label);
    let has = |label: &str, min, max| (min..=max).contains(&label.chars().count());
    let is_label = |label: &str| {
        let inner = label.trim_matches('-');
        inner.len() == label.len() && has(label, 1, 63) && is_word(&label.replace('-', ""))
    };
    if text.len() > 255 || text.split('.').any(|label| label.len() > 63) {
        return false;
    }
    if let Some((labels, last)) = text.rsplit_once('.') {
        return has(last, 2, 63) && matches(&LETTERS, last) && labels.split('.').all(is_label);
    }
    // A dash may be the second character alone.
    let first = text.chars().next().map_or(0, char::len_utf8);
    let (first, rest) = text.split_at(first);
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    !first.is_empty() && is_word(first) && is_word(rest) && has(rest, 0, 62)
}

/// An absolute URI or path.
pub(super) fn is_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let Some((scheme, rest)) = split_scheme(text) else { return false };
    let rest = rest.split('?').next().unwrap_or_default();
    if !rest.starts_with('/') {
        return !scheme.is_empty();
    }
    match rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
        None => has_right_escapes(rest),
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            is_authority(authority) && has_right_escapes(path)
        }
    }
}

/// The scheme before a colon, which may be missing, and the rest.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return None,
            b':' => return text.split_once(':'),
            _ => break,
        }
    }
    Some(("", text))
}

fn has_right_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        after.get(..2).is_some_and(|digits| digits.bytes().all(|it| it.is_ascii_hexdigit()))
    })
}

fn is_authority(text: &str) -> bool {
    let (user, host) = match text.rsplit_once('@') {
        Some((user, host)) => (user, host),
        None => ("", text),
    };
    let is_user = |it: char| it.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(it);
    if !user.chars().all(is_user) || !has_right_escapes(user) {
        return false;
    }
    let (host, port) = if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.rsplit_once(']') else { return false };
        (address, port)
    } else {
        host.split_at(host.rfind(':').unwrap_or(host.len()))
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|it| it.is_ascii_digit()),
        None => port.is_empty(),
    };
    let is_host = |it: char| {
        !it.is_ascii() || it.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:[]<>\"%".contains(it)
    };
    is_port && host.chars().all(is_host) && !host.contains('%')
}

/// A mail address, with a name before it or without.
pub(super) fn is_email(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t']);
    let address = match text.strip_suffix('>') {
        None => text,
        Some(text) => {
            let Some((name, address)) = text.rsplit_once('<') else { return false };
            if !is_display_name(name.trim_matches([' ', '\t'])) {
                return false;
            }
            address
        }
    };
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    (is_quoted || is_dotted(local)) && is_dotted(domain)
}

/// Words, or something in quotes.
fn is_display_name(name: &str) -> bool {
    let is_quoted = name.len() > 1 && name.starts_with('"') && name.ends_with('"');
    is_quoted
        || name.split([' ', '\t']).all(|word| word.is_empty() || word.chars().all(is_atom_or_dot))
}

fn is_atom_or_dot(it: char) -> bool {
    it == '.' || is_atom(it)
}

fn is_dotted(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

fn is_atom(it: char) -> bool {
    !it.is_ascii() || it.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(it)
}
