//! The expressions with their recorded verdicts, and the objects that they are about.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::{Answer, Verdict};

/// An expression and Kubernetes' verdict on it.
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
    because: String,
    /// Random expressions with one of these pieces may differ so as well.
    #[serde(default)]
    pieces: Vec<String>,
    /// And those where our message says this.
    says: Option<String>,
    /// And only if Kubernetes gives this verdict.
    kubernetes: Option<Verdict>,
    #[serde(default)]
    expressions: String,
}

/// All recorded expressions, verdicts and objects.
#[derive(Debug)]
pub struct Corpus {
    pub topics: Vec<Topic>,
    /// The objects by kind.
    objects: BTreeMap<String, Value>,
    differences: Vec<Difference>,
}

impl Corpus {
    /// Reads `expressions.yaml` and `objects.yaml`.
    pub fn load() -> Self {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
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
        let objects = read("objects.yaml")
            .into_iter()
            .map(|object: Value| (object["kind"].as_str().unwrap().to_owned(), object));
        Self { topics: topics.collect(), objects: objects.collect(), differences: file.differences }
    }

    /// Our verdicts that are not Kubernetes' on purpose, by expression.
    pub fn differences(&self) -> BTreeMap<&str, Verdict> {
        let differences = self.differences.iter();
        differences.flat_map(|it| lines(&it.expressions).map(|line| (line, it.ours))).collect()
    }

    /// The reason why two answers on an expression may differ.
    pub fn reason(&self, expression: &str, ours: &Answer, kubernetes: &Answer) -> Option<&str> {
        let applies = |it: &&Difference| {
            it.ours == ours.verdict
                && it.kubernetes.is_none_or(|verdict| verdict == kubernetes.verdict)
                && (it.pieces.iter().any(|piece| expression.contains(piece))
                    || it.says.as_ref().is_some_and(|text| ours.message.contains(text)))
        };
        self.differences.iter().find(applies).map(|it| it.because.as_str())
    }

    /// The creation of the object of a kind.
    pub fn situation(&self, kind: &str) -> Value {
        let object = &self.objects[kind];
        let (group, version) =
            object["apiVersion"].as_str().and_then(|it| it.split_once('/')).unwrap();
        let kind = json!({"group": group, "version": version, "kind": object["kind"]});
        let plural = object["kind"].as_str().unwrap().to_lowercase() + "es";
        let resource = json!({"group": group, "version": version, "resource": plural});
        let mut situation = json!({
            "object": object,
            "oldObject": null,
            "request": {
                "kind": kind,
                "requestKind": kind,
                "resource": resource,
                "requestResource": resource,
                "name": object["metadata"]["name"],
                "operation": "CREATE",
                "userInfo": {"username": "admin", "groups": ["system:authenticated"]},
                "dryRun": true,
            },
            "namespaceObject": null,
        });
        // What is scoped to the cluster has none.
        if let Some(namespace) = object["metadata"].get("namespace") {
            situation["request"]["namespace"] = namespace.clone();
            situation["namespaceObject"] = json!({"metadata": {"name": namespace}});
        }
        situation
    }
}

/// Reads the documents of a file.
fn read<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
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
