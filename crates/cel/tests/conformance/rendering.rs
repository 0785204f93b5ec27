//! Values in the oracle's notation (see `tests/envtest/cel/value.go`).

use kubernetes_cel::Value;

use crate::answer::{Answer, Verdict};

/// The answer with a value.
pub fn render(value: &Value<'_>) -> Answer {
    let kind = value.type_of().runtime_name().to_owned();
    if let Value::Bool(bool) = value {
        let verdict = if *bool { Verdict::True } else { Verdict::False };
        return Answer { kind, ..Answer::of(verdict) };
    }
    let text = match value {
        Value::String(text) => text.to_string(),
        value => notation(value),
    };
    Answer { kind, value: Some(text), ..Answer::of(Verdict::Value) }
}

fn notation(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Uint(uint) => format!("{uint}u"),
        Value::Double(double) => write_double(*double),
        Value::String(text) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
        Value::Bytes(bytes) => {
            let hex = bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            format!("b\"{hex}\"")
        }
        Value::Timestamp(time) => format!("timestamp({}.{:09})", time.seconds, time.nanoseconds),
        Value::Duration(duration) => format!("duration({})", duration.0),
        Value::Optional(None) => "optional()".to_owned(),
        Value::Optional(Some(value)) => format!("optional({})", notation(value)),
        Value::Type(of) => format!("type({})", of.runtime_name()),
        Value::List(list) => {
            let items: Vec<_> = list.items().iter().map(notation).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entry = |(key, value): &(_, _)| format!("{}: {}", notation(key), notation(value));
            let mut entries: Vec<_> = map.entries().iter().map(entry).collect();
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        other => format!("{}(...)", other.type_of().runtime_name()),
    }
}

fn write_double(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        format!("{value:e}")
    }
}
