//! Values in the oracle's notation (see `tests/envtest/cel/value.go`).

use std::fmt::Write;

use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelDuration, CelInt, CelNull, CelString, CelTimestamp, CelUInt,
};
use cel::common::value::Val;

use crate::answer::{Answer, Verdict};

/// The answer with a value. Lists, maps and other composed values are not written out: only their kind counts.
pub fn render(value: &dyn Val) -> Answer {
    if let Some(bool) = value.downcast_ref::<CelBool>() {
        let verdict = if *bool.inner() { Verdict::True } else { Verdict::False };
        return Answer { kind: "bool".to_owned(), ..Answer::of(verdict) };
    }
    let (kind, text) = scalar(value).unwrap_or_else(|| (value.get_type().name(), None));
    Answer { kind: kind.to_owned(), value: text, ..Answer::of(Verdict::Value) }
}

fn scalar(value: &dyn Val) -> Option<(&'static str, Option<String>)> {
    let (kind, text) = if let Some(int) = value.downcast_ref::<CelInt>() {
        ("int", int.inner().to_string())
    } else if let Some(uint) = value.downcast_ref::<CelUInt>() {
        ("uint", format!("{}u", uint.inner()))
    } else if let Some(double) = value.downcast_ref::<CelDouble>() {
        ("double", write_double(*double.inner()))
    } else if let Some(string) = value.downcast_ref::<CelString<'_>>() {
        ("string", string.inner().to_owned())
    } else if let Some(bytes) = value.downcast_ref::<CelBytes<'_>>() {
        let hex = bytes.inner().iter().fold(String::new(), |mut hex, byte| {
            _ = write!(hex, "{byte:02x}");
            hex
        });
        ("bytes", format!("b\"{hex}\""))
    } else if value.downcast_ref::<CelNull>().is_some() {
        ("null_type", "null".to_owned())
    } else if let Some(timestamp) = value.downcast_ref::<CelTimestamp>() {
        let time = timestamp.inner();
        let text = format!("timestamp({}.{:09})", time.timestamp(), time.timestamp_subsec_nanos());
        ("google.protobuf.Timestamp", text)
    } else if let Some(duration) = value.downcast_ref::<CelDuration>() {
        let nanoseconds = duration.inner().num_nanoseconds()?;
        ("google.protobuf.Duration", format!("duration({nanoseconds})"))
    } else {
        return None;
    };
    Some((kind, Some(text)))
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
