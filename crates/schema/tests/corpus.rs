//! What is told of each case of the corpus. The expected text is in `corpus/*.txt`; with `REWRITE=1` it
//! is written anew. That the API server says the same is for `tests/apply` of the repository's root.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, missing_docs)]

#[path = "corpus/mod.rs"]
mod corpus;

use std::fmt::Write;
use std::path::Path;

use corpus::Case;

/// Holds each case against the text of its findings.
fn compare(name: &str, cases: &[Case]) {
    let definitions = corpus::definitions();
    let mut told = String::new();
    for case in cases {
        let definition = corpus::definition_of(&definitions, &case.object);
        let report = match &case.old {
            None => definition.create(&case.object),
            Some(old) => definition.update(old, &case.object),
        };
        writeln!(told, "- {}", case.text).unwrap();
        for finding in &report.findings {
            let warning = if finding.is_warning { "warning: " } else { "" };
            writeln!(told, "    {warning}{finding}").unwrap();
        }
        if report.are_rules_unchecked {
            writeln!(told, "    ... rules are unchecked").unwrap();
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(&file, &told).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    for (told, expected) in told.lines().zip(expected.lines()) {
        assert_eq!(told, expected, "{name}");
    }
    assert_eq!(told.len(), expected.len(), "{name}");
}

#[test]
fn what_is_created_is_told_about_as_the_corpus_says() {
    compare("create.txt", &corpus::creates());
}

#[test]
fn what_is_updated_is_told_about_as_the_corpus_says() {
    compare("update.txt", &corpus::updates());
}
