//! URLs: `url('https://example.com/')`.

mod parse;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::arguments::{Answer, Arguments, is_not, no_overload, text, texts};
use super::quoted;
use super::size;
use crate::evaluate::{Meter, Stop};
use crate::function::{Cost, Function};
use crate::value::{Map, Opaque, Value};
pub use parse::Url;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("url(string) -> kubernetes.URL", from_text, Cost::By(size::of_first)),
    Function::new("isURL(string) -> bool", is_url, Cost::One),
    Function::new("kubernetes.URL.getScheme() -> string", scheme, Cost::One),
    Function::new("kubernetes.URL.getHost() -> string", host, Cost::One),
    Function::new("kubernetes.URL.getHostname() -> string", host_name, Cost::One),
    Function::new("kubernetes.URL.getPort() -> string", port, Cost::One),
    Function::new("kubernetes.URL.getEscapedPath() -> string", escaped_path, Cost::One),
    Function::new("kubernetes.URL.getQuery() -> map(string, list(string))", query, Cost::One),
];

/// The mistake in a text that is no URL.
pub(super) fn refusal(text: &str) -> Option<String> {
    Url::check(text).err().map(|why| format!("parse {}: {why}", quoted::go(text)))
}

fn from_text<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let text = arguments.read(0, meter)?;
    let url = Url::parse(text).map_err(|why| is_not(text, "a URL", why))?;
    Ok(Value::Opaque(Opaque::Url(Arc::new(url))))
}

fn is_url<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    Ok(Url::check(arguments.read(0, meter)?).is_ok().into())
}

fn url<'s>(arguments: &'s [Value<'_>]) -> Result<&'s Url, Stop> {
    if let Opaque::Url(url) = arguments.opaque(0)? { Ok(url) } else { no_overload() }
}

fn scheme<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(&*url(arguments)?.scheme, meter)
}

fn host<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(url(arguments)?.host(), meter)
}

fn host_name<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(url(arguments)?.host_name(), meter)
}

fn port<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(url(arguments)?.port(), meter)
}

fn escaped_path<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    text(&*url(arguments)?.escaped_path, meter)
}

fn query<'a>(arguments: &[Value<'a>], meter: &mut Meter) -> Answer<'a> {
    let mut entries = Vec::new();
    for (name, values) in url(arguments)?.query() {
        meter.bytes(name.len())?;
        entries.push((Value::from(name), Value::List(texts(values, meter)?)));
    }
    Ok(Value::Map(entries.into_iter().collect::<Map<'_>>()))
}
