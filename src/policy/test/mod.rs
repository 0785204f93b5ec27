//! Tests of policies: the cases are in the same folder as the policy.

mod cases;
mod report;

use std::collections::BTreeMap;
use std::path::Path;

use kubernetes_manifest::{Document, Node};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::documents::{API_VERSION, TEST};
use super::{PolicyRequest, PolicySet, PolicySubject, definitions};
use crate::admission::{self, JsonObjects};
use crate::api::{self, GROUP, VERSION};
use crate::rules::Finding;
use crate::strict::{Problem, Problems};

pub use cases::Case;
use cases::{CaseVerdict, Expected};
pub use report::{junit, table};

/// The results of the tests of some folders.
#[derive(Debug)]
pub struct TestReport {
    /// One per folder with policies.
    pub suites: Vec<Suite>,
}

/// The policies of a folder and the results of their cases.
#[derive(Debug)]
pub struct Suite {
    /// The folder.
    pub folder: String,
    /// None for policies without cases.
    pub results: Vec<TestResult>,
}

/// The result of a case.
#[derive(Debug)]
pub struct TestResult {
    /// `file:line`
    pub place: String,
    /// The property that it shows.
    pub title: String,
    /// The difference from the expected result.
    pub failure: Option<String>,
}

impl TestReport {
    /// Returns whether every case passed.
    pub fn is_good(&self) -> bool {
        self.results().all(|result| result.failure.is_none())
    }

    /// The result of each case.
    pub fn results(&self) -> impl Iterator<Item = &TestResult> {
        self.suites.iter().flat_map(|suite| &suite.results)
    }
}

/// Runs the tests among some documents, each on the policies of its own folder.
pub fn run(documents: &[Document]) -> Result<TestReport, Problems> {
    let mut folders = BTreeMap::<&Path, Vec<Document>>::new();
    for document in documents {
        let folder = Path::new(&*document.file).parent().unwrap_or(Path::new(""));
        folders.entry(folder).or_default().push(document.clone());
    }
    let mut problems = Vec::new();
    let mut suites = Vec::new();
    for (folder, documents) in folders {
        match suite(folder, &documents) {
            Ok(suite) => suites.push(suite),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(TestReport { suites }) } else { Err(Problems(problems)) }
}

fn suite(folder: &Path, documents: &[Document]) -> Result<Suite, Vec<Problem>> {
    let compiled = definitions(documents).and_then(PolicySet::compile);
    let policies = compiled.map_err(|problems| problems.0)?;
    let mut results = Vec::new();
    for document in documents.iter().filter(|document| is_test(&document.root)) {
        results.extend(cases::read(document)?.iter().map(|case| result(case, &policies)));
    }
    Ok(Suite { folder: folder.display().to_string(), results })
}

/// Returns whether a document is no policy but tests one.
pub fn is_test(root: &Node) -> bool {
    let is = |key, text| root.get(key).and_then(Node::as_str) == Some(text);
    is("apiVersion", API_VERSION) && is("kind", TEST)
}

fn result(case: &Case, policies: &PolicySet) -> TestResult {
    let failure = match actual(case, policies) {
        Ok(actual) => actual.differs_from(&case.expect),
        Err(problem) => Some(problem),
    };
    TestResult {
        place: format!("{}:{}", case.file, case.position.line),
        title: case.title.clone(),
        failure,
    }
}

/// The result of the policies.
struct Actual {
    verdict: CaseVerdict,
    /// All messages, for anyone who reads a failure.
    messages: Vec<String>,
}

fn actual(case: &Case, policies: &PolicySet) -> Result<Actual, String> {
    let sub_resource = case.sub_resource.as_deref();
    let Some(index) = policies.matching(case.kind, sub_resource, case.operation) else {
        return Ok(Actual { verdict: CaseVerdict::Allowed, messages: Vec::new() });
    };
    let subject = case.object.as_ref().or(case.old_object.as_ref());
    let text = |key: &str| {
        let metadata = subject.and_then(|object| object.get("metadata"));
        metadata.and_then(|it| it.get(key)).and_then(Value::as_str).unwrap_or_default()
    };
    let (name, namespace) = (text("name"), text("namespace"));
    let raw = |object: Option<&Value>| object.map(to_raw_value).transpose();
    let (object, old) = (raw(case.object.as_ref()), raw(case.old_object.as_ref()));
    let unlikely = |error: serde_json::Error| error.to_string();
    let (object, old) = (object.map_err(unlikely)?, old.map_err(unlikely)?);
    let review = admission::OfflineReview {
        group: GROUP,
        version: VERSION,
        kind: case.kind.name(),
        plural: case.kind.plural(),
        sub_resource,
        name,
        namespace,
        operation: case.operation,
        user: &case.user,
        object: object.as_deref(),
        old_object: old.as_deref(),
    };
    let body = review.to_json().map_err(unlikely)?;
    let new = object.as_deref().map(RawValue::get);
    let objects = JsonObjects { new, old: old.as_deref().map(RawValue::get) };
    let object = &api::Subject::from_json(case.kind, objects);
    let subject = PolicySubject { kind: case.kind, namespace, name, object };
    let request = PolicyRequest { index, subject, body: &body };
    let judgement = policies.judge(&request, &case.catalog).map_err(|it| it.0)?;

    let (denied, warned): (Vec<&Finding>, Vec<_>) =
        judgement.findings.iter().partition(|finding| finding.denies());
    let verdict = match () {
        () if !denied.is_empty() => CaseVerdict::Denied,
        () if !warned.is_empty() => CaseVerdict::Warned,
        () if !judgement.annotations.is_empty() => CaseVerdict::Audited,
        () => CaseVerdict::Allowed,
    };
    let findings = denied.iter().chain(&warned).map(|finding| match &*finding.error.field {
        "" => format!("{} [{}]", finding.error.advice(), finding.rule),
        field => format!("{field}: {} [{}]", finding.error.advice(), finding.rule),
    });
    let annotations = judgement.annotations.iter().map(|(key, value)| format!("{key}: {value}"));
    Ok(Actual { verdict, messages: findings.chain(annotations).collect() })
}

impl Actual {
    fn differs_from(&self, expected: &Expected) -> Option<String> {
        let all = match self.messages.as_slice() {
            [] => String::new(),
            messages => format!(": {}", messages.join("; ")),
        };
        let Expected { verdict, message } = expected;
        if *verdict != self.verdict {
            let (due, is) = (verdict.name(), self.verdict.name());
            return Some(format!("should be {due}, and is {is}{all}"));
        }
        let wanted = message.as_ref()?;
        let is_among = self.messages.iter().any(|message| message.contains(wanted));
        (!is_among)
            .then(|| format!("{} as it should be, but not with \"{wanted}\"{all}", verdict.name()))
    }
}
