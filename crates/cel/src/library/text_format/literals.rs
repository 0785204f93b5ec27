//! Values as `%s` writes them: at the top as `string()` does, in lists and maps as they are written in
//! CEL.

use crate::evaluate::{Meter, Stop};
use crate::library::arguments::failed;
use crate::library::{numbers, quoted};
use crate::value::{Map, Value};

use super::clauses::Conversion;

/// Writes a value of the top.
pub(super) fn write_plain(
    value: &Value<'_>,
    to: &mut String,
    meter: &mut Meter,
) -> Result<(), Stop> {
    match value {
        Value::String(text) => push(text, to, meter),
        Value::Bytes(bytes) => push(utf8(bytes)?, to, meter),
        Value::Double(double) => push(&numbers::shortest(*double), to, meter),
        Value::Timestamp(at) => push(&at.to_string(), to, meter),
        Value::Duration(duration) => push(&duration.to_string(), to, meter),
        _ => write(value, to, meter),
    }
}

fn write(value: &Value<'_>, to: &mut String, meter: &mut Meter) -> Result<(), Stop> {
    let text = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Uint(uint) => uint.to_string(),
        Value::Double(double) if double.is_finite() => format!("{double:.6}"),
        Value::Double(double) => quoted::go(&numbers::shortest(*double)),
        Value::String(text) => {
            meter.bytes(text.len())?;
            quoted::go(text)
        }
        Value::Bytes(bytes) => {
            meter.bytes(bytes.len())?;
            format!("b{}", quoted::go(utf8(bytes)?))
        }
        Value::Timestamp(at) => format!("timestamp(\"{at}\")"),
        Value::Duration(duration) => format!("duration(\"{duration}\")"),
        Value::Type(of) => of.runtime_name().to_owned(),
        Value::List(list) => {
            to.push('[');
            for (index, item) in list.items().iter().enumerate() {
                to.push_str(if index == 0 { "" } else { ", " });
                write(item, to, meter)?;
            }
            to.push(']');
            return meter.work(1);
        }
        Value::Map(map) => return write_map(map, to, meter),
        Value::Optional(_) | Value::Opaque(_) => {
            let takes = Conversion::Text.takes();
            return Err(failed(format!("{takes}, not {}", value.type_name())));
        }
    };
    push(&text, to, meter)
}

/// Writes the entries in the order of the written keys.
fn write_map(map: &Map<'_>, to: &mut String, meter: &mut Meter) -> Result<(), Stop> {
    let mut entries = Vec::new();
    for (key, value) in map.entries() {
        let (mut written_key, mut written) = (String::new(), String::new());
        write(key, &mut written_key, meter)?;
        write(value, &mut written, meter)?;
        entries.push((written_key, written));
    }
    entries.sort();
    to.push('{');
    for (index, (key, value)) in entries.iter().enumerate() {
        to.push_str(if index == 0 { "" } else { ", " });
        push(key, to, meter)?;
        to.push(':');
        push(value, to, meter)?;
    }
    to.push('}');
    meter.work(1)
}

fn push(text: &str, to: &mut String, meter: &mut Meter) -> Result<(), Stop> {
    meter.bytes(text.len())?;
    to.push_str(text);
    Ok(())
}

fn utf8(bytes: &[u8]) -> Result<&str, Stop> {
    std::str::from_utf8(bytes).map_err(|_| failed("the bytes are not UTF-8"))
}
