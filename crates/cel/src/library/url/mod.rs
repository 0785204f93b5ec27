//! URLs: `url('https://example.com/')`.

mod parse;
#[cfg(test)]
mod tests;

use cel::common::types::Type as CelType;
use cel::common::value::CowVal;

use super::arguments::{Answer, Arguments, bool, no, strings, text};
use super::opaque::{Opaque, OpaqueValue};
use crate::budget::spend_bytes;
use crate::function::Function;
use crate::types::Type;
use crate::value::{Map, Value};
use parse::Url;

const URL: Type = OpaqueValue::<Url>::TYPE;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::global("url", &[Type::String], URL, from_text),
    Function::global("isURL", &[Type::String], Type::Bool, is_url),
    Function::member("getScheme", URL, &[], Type::String, scheme),
    Function::member("getHost", URL, &[], Type::String, host),
    Function::member("getHostname", URL, &[], Type::String, host_name),
    Function::member("getPort", URL, &[], Type::String, port),
    Function::member("getEscapedPath", URL, &[], Type::String, escaped_path),
    Function::member("getQuery", URL, &[], Type::Map(&Type::Dyn), query),
];

impl Opaque for Url {
    const TYPE: &'static CelType = &CelType::new_unspecified_type("kubernetes.URL");
}

/// The mistake in a text that is no URL.
pub(super) fn refusal(text: &str) -> Option<String> {
    Url::check(text).err().map(|why| format!("parse {text:?}: {why}"))
}

fn from_text<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let text = Arguments(&arguments).text(0)?;
    spend_bytes(text.len())?;
    Url::parse(text).map(OpaqueValue::cow).map_err(|why| no("a URL", "url", text, why))
}

fn is_url<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    bool(Url::check(Arguments(&arguments).text(0)?).is_ok())
}

fn scheme<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(&*Arguments(&arguments).own::<Url>(0)?.scheme)
}

fn host<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(Arguments(&arguments).own::<Url>(0)?.host())
}

fn host_name<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(Arguments(&arguments).own::<Url>(0)?.host_name())
}

fn port<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(Arguments(&arguments).own::<Url>(0)?.port())
}

fn escaped_path<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    text(&*Arguments(&arguments).own::<Url>(0)?.escaped_path)
}

fn query<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let parameters = Arguments(&arguments).own::<Url>(0)?.query();
    let mut entries = Vec::with_capacity(parameters.len());
    for (name, values) in parameters {
        spend_bytes(name.len())?;
        entries.push((name.into(), Value::List(strings(values)?)));
    }
    Ok(CowVal::owned(entries.into_iter().collect::<Map<'_>>()))
}
