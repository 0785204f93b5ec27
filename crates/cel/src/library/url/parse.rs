//! URLs as Go's `net/url` reads and writes them. A library for the URLs of browsers (WHATWG) cannot
//! be used: it normalizes, and refuses and accepts other texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::arguments::Refusal;
use super::super::quoted;

/// The most parameters of a query; one with more counts as empty.
pub(super) const MAX_PARAMETERS: usize = 10_000;

/// A URL, or the path of one.
#[derive(Debug, Clone, Default)]
pub struct Url {
    /// The scheme in lower case; empty for a path.
    pub scheme: String,
    /// The unescaped host, which may be no UTF-8.
    host: Vec<u8>,
    /// The path as it is in the text where that is valid, and otherwise with the default escapes.
    pub escaped_path: String,
    raw_query: String,
    whole: String,
}

/// Equality of the text that Go writes for a URL.
impl PartialEq for Url {
    fn eq(&self, other: &Self) -> bool {
        self.whole == other.whole
    }
}

/// The parts of a URL, each with characters that need no escape.
#[derive(Clone, Copy, PartialEq)]
enum Component {
    Host,
    Zone,
    User,
    Path,
    Query,
    Fragment,
}

impl Component {
    fn allows(self, byte: u8) -> bool {
        let special: &[u8] = match self {
            Self::Host | Self::Zone => b"!\"$&'()*+,:;<=>[]",
            Self::User => b"$&+,;=",
            Self::Path => b"$&+,/:;=@",
            Self::Query => b"",
            Self::Fragment => b"!$&()*+,/:;=?@",
        };
        byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || special.contains(&byte)
    }
}

impl Url {
    /// Reads an absolute URL, or the absolute path of one.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::check(text)?;
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url = Self::read(text, false)?;
        if !fragment.is_empty() {
            url.whole.push('#');
            url.whole.push_str(&escaped_as_written(fragment, Component::Fragment)?);
        }
        Ok(url)
    }

    /// Checks whether a text is a URL of an HTTP request. Such a URL has no fragment, so a `#` is
    /// an ordinary character, which only some parts accept.
    pub fn check(text: &str) -> Result<(), Refusal> {
        Self::read(text, true).map(drop)
    }

    fn read(text: &str, of_request: bool) -> Result<Self, Refusal> {
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if text.is_empty() && of_request {
            return Err("empty url".to_owned());
        }
        if text == "*" {
            let whole = text.to_owned();
            return Ok(Self { escaped_path: whole.clone(), whole, ..Self::default() });
        }
        let (scheme, rest) = split_scheme(text)?;
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let mut url = Self { scheme: scheme.to_ascii_lowercase(), ..Self::default() };
        if !url.scheme.is_empty() {
            url.whole = format!("{}:", url.scheme);
        }
        if rest.starts_with('/') {
            url.read_hierarchy(rest, of_request)?;
        } else if !url.scheme.is_empty() {
            url.whole.push_str(rest);
        } else if of_request {
            return Err("invalid URI for request".to_owned());
        }
        if let Some(query) = query {
            query.clone_into(&mut url.raw_query);
            url.whole.push('?');
            url.whole.push_str(query);
        }
        Ok(url)
    }

    /// Reads `//user@host:1/path`, or the path alone.
    fn read_hierarchy(&mut self, rest: &str, of_request: bool) -> Result<(), Refusal> {
        let may_have_host = !self.scheme.is_empty() || !of_request && !rest.starts_with("///");
        let path = match rest.strip_prefix("//").filter(|_| may_have_host) {
            None => rest,
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                self.read_authority(authority, !path.is_empty())?;
                path
            }
        };
        self.escaped_path = escaped_as_written(path, Component::Path)?;
        self.whole.push_str(&self.escaped_path);
        Ok(())
    }

    fn read_authority(&mut self, authority: &str, has_path: bool) -> Result<(), Refusal> {
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        self.host = read_host(&self.scheme, host)?;
        if user.is_some() || !self.host.is_empty() || has_path {
            self.whole.push_str("//");
        }
        if let Some(user) = user {
            self.whole.push_str(&normal_user(user)?);
            self.whole.push('@');
        }
        self.whole.push_str(&escape(&self.host, Component::Host));
        Ok(())
    }

    /// The host with the port.
    pub fn host(&self) -> String {
        lossy(self.host.clone())
    }

    /// The host without the port and without the brackets of an IPv6 address.
    pub fn host_name(&self) -> String {
        let host = self.host();
        let name = split_port(&host).0;
        let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.unwrap_or(name).to_owned()
    }

    /// The port; empty where there is none.
    pub fn port(&self) -> String {
        split_port(&self.host()).1.to_owned()
    }

    /// The parameters of the query; malformed ones are left out.
    pub fn query(&self) -> BTreeMap<String, Vec<String>> {
        let mut parameters: BTreeMap<_, Vec<_>> = BTreeMap::new();
        if self.raw_query.matches('&').count() >= MAX_PARAMETERS {
            return parameters;
        }
        for parameter in self.raw_query.split('&').filter(|it| !it.is_empty() && !it.contains(';'))
        {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if let (Ok(key), Ok(value)) =
                (unescape(key, Component::Query), unescape(value, Component::Query))
            {
                parameters.entry(lossy(key)).or_default().push(lossy(value));
            }
        }
        parameters
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The scheme, empty if there is none, and the rest.
fn split_scheme(text: &str) -> Result<(&str, &str), Refusal> {
    let is_scheme = |at: char| at.is_ascii_alphanumeric() || "+-.".contains(at);
    match text.split_once(':') {
        Some(("", _)) => Err("missing protocol scheme".to_owned()),
        Some((scheme, rest))
            if scheme.chars().all(is_scheme)
                && scheme.starts_with(|first: char| first.is_ascii_alphabetic()) =>
        {
            Ok((scheme, rest))
        }
        _ => Ok(("", text)),
    }
}

fn normal_user(user: &str) -> Result<String, Refusal> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(is_valid) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let normal =
        |part: &str| Ok::<_, Refusal>(escape(&unescape(part, Component::User)?, Component::User));
    match user.split_once(':') {
        None => normal(user),
        Some((name, password)) => Ok(format!("{}:{}", normal(name)?, normal(password)?)),
    }
}

fn read_host(scheme: &str, host: &str) -> Result<Vec<u8>, Refusal> {
    match host.rfind('[') {
        Some(0) => return read_address(host),
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    // Lists of hosts, each with a port, are usual with other schemes.
    let is_strict = matches!(scheme, "http" | "https");
    let colon = if is_strict { host.find(':') } else { host.rfind(':') };
    check_port(colon.map_or("", |colon| host.split_at(colon).1))?;
    unescape(host, Component::Host)
}

/// Reads an IPv6 address in brackets.
fn read_address(host: &str) -> Result<Vec<u8>, Refusal> {
    let (bracketed, port) = host.rsplit_once(']').ok_or("missing ']' in host")?;
    check_port(port)?;
    let inner = bracketed.strip_prefix('[').unwrap_or(bracketed);
    let (address, zone) = inner.split_at(inner.find("%25").unwrap_or(inner.len()));
    let mut address = unescape(address, Component::Host)?;
    address.extend(unescape(zone, Component::Zone)?);
    let text = String::from_utf8_lossy(&address);
    let (number, zone) = text.split_once('%').unwrap_or((&text, "none"));
    if number.parse::<Ipv4Addr>().is_ok() {
        return Err("invalid IP-literal".to_owned());
    }
    if number.parse::<Ipv6Addr>().is_err() || zone.is_empty() {
        // Go says more about some of these.
        let why =
            if zone.is_empty() { "zone must be a non-empty string" } else { "unable to parse IP" };
        return Err(format!("invalid host: ParseAddr({}): {why}", quoted::go(&text)));
    }
    Ok([b"[", address.as_slice(), b"]", port.as_bytes()].concat())
}

/// Returns whether a text is a colon with digits, or without.
fn is_port(port: &str) -> bool {
    let digits = port.strip_prefix(':').unwrap_or(port);
    digits.len() < port.len() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_port(port: &str) -> Result<(), Refusal> {
    if port.is_empty() || is_port(port) {
        return Ok(());
    }
    Err(format!("invalid port {} after host", quoted::go(port)))
}

fn split_port(host: &str) -> (&str, &str) {
    let (name, port) = host.split_at(host.rfind(':').unwrap_or(host.len()));
    if is_port(port) { (name, port.get(1..).unwrap_or_default()) } else { (host, "") }
}

fn escape(bytes: &[u8], part: Component) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if part.allows(*byte) {
            text.push(char::from(*byte));
        } else {
            _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The text with its own escapes if they are valid, and otherwise with the default ones.
fn escaped_as_written(text: &str, part: Component) -> Result<String, Refusal> {
    let bytes = unescape(text, part)?;
    let is_valid = |byte: u8| b"!$&'()*+,;=:@[]%".contains(&byte) || part.allows(byte);
    Ok(if text.bytes().all(is_valid) { text.to_owned() } else { escape(&bytes, part) })
}

fn unescape(text: &str, part: Component) -> Result<Vec<u8>, Refusal> {
    let is_host = matches!(part, Component::Host | Component::Zone);
    let mut unescaped = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        unescaped.push(match first {
            b'%' => {
                let (byte, tail) = escaped_byte(tail, part)?;
                rest = tail;
                byte
            }
            b'+' if part == Component::Query => b' ',
            byte if is_host && byte.is_ascii() && !part.allows(*byte) => {
                let character = char::from(*byte).to_string();
                return Err(format!("invalid character {} in host name", quoted::go(&character)));
            }
            byte => *byte,
        });
    }
    Ok(unescaped)
}

/// The byte that two digits after a `%` stand for, and what follows them.
fn escaped_byte(rest: &[u8], part: Component) -> Result<(u8, &[u8]), Refusal> {
    let refused = || {
        let shown = String::from_utf8_lossy(rest.get(..2).unwrap_or(rest));
        format!("invalid URL escape {}", quoted::go(&format!("%{shown}")))
    };
    let [high, low, tail @ ..] = rest else { return Err(refused()) };
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return Err(refused()) };
    let byte = high << 4 | low;
    // In a host only characters that are no ASCII may be escaped, and the percent sign before a
    // zone.
    let is_allowed = match part {
        Component::Host => !byte.is_ascii() || byte == b'%',
        Component::Zone => b"% ".contains(&byte) || Component::Host.allows(byte),
        _ => true,
    };
    if is_allowed { Ok((byte, tail)) } else { Err(refused()) }
}
