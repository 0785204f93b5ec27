//! The expressions with their recorded verdicts, and the objects that they are about.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The verdict of a ValidatingAdmissionPolicy with one expression on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    True,
    False,
    /// The expression cannot be evaluated.
    Error,
    /// A policy with this expression cannot be created.
    Refused,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::True => "true",
            Self::False => "false",
            Self::Error => "error",
            Self::Refused => "refused",
        })
    }
}

/// An expression and kube-apiserver's verdict on it.
#[derive(Debug)]
pub struct Case {
    pub expression: String,
    pub verdict: Verdict,
}

/// Expressions about one topic, for objects of one kind.
#[derive(Debug)]
pub struct Topic {
    pub name: String,
    pub kind: String,
    pub cases: Vec<Case>,
}

/// Expressions for which our engine gives another verdict, on purpose.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    ours: Verdict,
    /// The reason, for readers of the file.
    #[serde(rename = "because")]
    _because: String,
    expressions: String,
}

/// All recorded expressions, verdicts and objects.
#[derive(Debug)]
pub struct Corpus {
    /// The version of the kube-apiserver that gave the verdicts.
    pub version: String,
    pub topics: Vec<Topic>,
    /// The objects by kind.
    pub objects: BTreeMap<String, Value>,
    /// Our verdicts by expression.
    pub differences: BTreeMap<String, Verdict>,
}

/// The namespace of the objects.
pub const NAMESPACE: &str = "conformance";

impl Corpus {
    /// Reads `tests/conformance/*.yaml`.
    pub fn load() -> Self {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            kubernetes: String,
            topics: Vec<RawTopic>,
            differences: Vec<Difference>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct RawTopic {
            topic: String,
            kind: Option<String>,
            expressions: String,
        }
        let [file] = <[File; 1]>::try_from(read("expressions.yaml")).ok().unwrap();
        let topics = file.topics.into_iter().map(|raw| Topic {
            kind: raw.kind.unwrap_or_else(|| "Sandbox".to_owned()),
            cases: lines(&raw.expressions).map(case).collect(),
            name: raw.topic,
        });
        let differences = file.differences.iter().flat_map(|it| {
            lines(&it.expressions).map(|expression| (expression.to_owned(), it.ours))
        });
        let objects = read("objects.yaml")
            .into_iter()
            .map(|object: Value| (object["kind"].as_str().unwrap().to_owned(), object));
        Self {
            version: file.kubernetes,
            topics: topics.collect(),
            objects: objects.collect(),
            differences: differences.collect(),
        }
    }
}

fn read<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let path = Path::new("tests/conformance").join(name);
    let text = fs::read_to_string(&path).unwrap();
    let documents =
        kubernetes_manifest::parse(name, &text).unwrap_or_else(|error| panic!("{error}"));
    let values = documents.iter().map(|document| serde_json::to_value(&document.root).unwrap());
    values
        .map(|value| {
            serde_json::from_value(value).unwrap_or_else(|error| panic!("{name}: {error}"))
        })
        .collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty())
}

/// `true     1 == 1`
fn case(line: &str) -> Case {
    let (verdict, expression) = line.split_once(' ').unwrap();
    let verdict = serde_json::from_value(verdict.into())
        .unwrap_or_else(|error| panic!("expressions.yaml: {line}: {error}"));
    Case { verdict, expression: expression.trim_start().to_owned() }
}
