//! The conformance tests of CEL's specification. `tests/envtest/build` writes them to `target/envtest/cel-spec.jsonl`,
//! from the module that holds them; they are not in this repository.
//!
//! Kubernetes does not have all of CEL: a test that its own library does not pass is none for us either.

use std::collections::BTreeMap;
use std::fs;

use libtest_mimic::Failed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Verdict, Wanted};
use crate::oracle::{Oracle, built};
use crate::ours::Ours;
use crate::tokens::tokens;

/// The least number of tests that must pass. Raise it when more do.
const FLOOR: usize = 1296;

/// A test of the specification, as the oracle prints it.
#[derive(Debug, Deserialize)]
struct Test {
    file: String,
    name: String,
    expression: String,
    /// Why it is not about Kubernetes' CEL.
    inapplicable: Option<String>,
    #[serde(default)]
    bindings: BTreeMap<String, Value>,
    /// The kind of the result; without one it is an error.
    kind: Option<String>,
    #[serde(default)]
    value: String,
}

/// What came of the tests of a file.
#[derive(Debug, Default)]
struct Tally {
    passed: usize,
    inapplicable: usize,
    failed: Vec<String>,
}

/// Runs the tests, prints what came of them, and fails if fewer pass than must.
pub fn run() -> Result<(), Failed> {
    let lines = fs::read_to_string(built("cel-spec.jsonl")?)?;
    let tests: Vec<Test> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let kubernetes = of_kubernetes(&tests)?;
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for (test, kubernetes) in tests.iter().zip(&kubernetes) {
        let tally = tallies.entry(&test.file).or_default();
        if test.inapplicable.is_some() || kubernetes.as_ref().is_some_and(|it| !test.is_met_by(it))
        {
            tally.inapplicable += 1;
            continue;
        }
        let bindings = test.bindings.iter().map(|(name, value)| (name.clone(), value.to_string()));
        let answer = Ours::about(bindings).answer(&test.expression, Wanted::Any);
        if test.is_met_by(&answer) {
            tally.passed += 1;
        } else {
            tally.failed.push(format!("    {}: {}\n        {answer}", test.name, test.expression));
        }
    }
    let failed: Vec<_> = tallies.values().flat_map(|it| it.failed.iter().cloned()).collect();
    println!("passed  not applicable  failed");
    for (file, tally) in &tallies {
        println!(
            "{:>6}  {:>14}  {:>6}  {file}",
            tally.passed,
            tally.inapplicable,
            tally.failed.len()
        );
    }
    let passed: usize = tallies.values().map(|it| it.passed).sum();
    let inapplicable: usize = tallies.values().map(|it| it.inapplicable).sum();
    println!("{passed:>6}  {inapplicable:>14}  {:>6}  together", failed.len());
    println!("{}", failed.join("\n"));
    if passed < FLOOR {
        return Err(format!("{passed} pass, and must be {FLOOR}:\n{}", failed.join("\n")).into());
    }
    Ok(())
}

/// The answers of Kubernetes. It knows no variables but those of policies, so others become fields of the object.
fn of_kubernetes(tests: &[Test]) -> Result<Vec<Option<Answer>>, String> {
    let mut oracle = Oracle::start(&json!({}))?;
    let mut answer = |test: &Test| {
        if test.inapplicable.is_some() {
            return Ok(None);
        }
        let mut expression = String::new();
        for token in tokens(&test.expression) {
            let is_variable = test.bindings.contains_key(token.trim_end());
            if is_variable && !expression.ends_with('.') {
                expression += "object.";
            }
            expression += token;
        }
        oracle.answer_on(&json!(test.bindings), &expression).map(Some)
    };
    tests.iter().map(&mut answer).collect()
}

impl Test {
    /// Whether an answer is what the specification wants. An error may be found when an expression is compiled.
    fn is_met_by(&self, answer: &Answer) -> bool {
        let Some(kind) = &self.kind else {
            return matches!(answer.verdict, Verdict::Error | Verdict::Refused);
        };
        let verdict = match self.value.as_str() {
            "true" if kind == "bool" => Verdict::True,
            "false" if kind == "bool" => Verdict::False,
            _ => Verdict::Value,
        };
        let wanted =
            Answer { kind: kind.clone(), value: Some(self.value.clone()), ..Answer::of(verdict) };
        wanted.agrees(answer)
    }
}
