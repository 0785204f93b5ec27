//! Any text: it is read or refused, never a panic, and what was read can be written and read again.
//!
//! Any manifest is a seed: `cargo fuzz run parse corpus/parse -- -dict=parse.dict`.
#![no_main]

use kubernetes_manifest::{parse, to_yaml};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// The objects of a text, or the error.
fn values(file: &str, text: &str) -> Result<Vec<Value>, String> {
    let documents = parse(file, text).map_err(|error| error.to_string())?;
    let value = |root| serde_json::to_value(root).expect("a node is a value");
    Ok(documents.iter().map(|document| value(&document.root)).collect())
}

fuzz_target!(|text: &str| {
    for file in ["x.yaml", "x.json"] {
        match values(file, text) {
            Ok(objects) => {
                for object in objects {
                    let written = to_yaml(&object);
                    assert_eq!(values("y.yaml", &written), Ok(vec![object]), "{written}");
                }
            }
            Err(message) => assert!(message.starts_with(file), "{message}"),
        }
    }
});
