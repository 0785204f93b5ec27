//! Any text: what the reader takes, `serde_json` reads as the same value.
//!
//! Any JSON is a seed: `cargo fuzz run json corpus/json -- -dict=json.dict`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use partial_json::{Raw, ordinary};
use serde::de::IgnoredAny;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let theirs = serde_json::from_str::<Value>(text);
    if let Some(value) = ordinary::<Value>(text) {
        assert_eq!(value, theirs.expect("the reader took it"));
    }
    // What is skipped may be more than a tree can hold: a lone surrogate, a number out of range.
    if ordinary::<IgnoredAny>(text).is_some() {
        serde_json::from_str::<IgnoredAny>(text).expect("the reader skipped it");
    }
    if let Some(raw) = ordinary::<Raw>(text) {
        assert_eq!(raw.get(), text.trim_matches([' ', '\n', '\t', '\r']));
    }
});
