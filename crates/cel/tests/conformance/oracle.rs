//! The answers of Kubernetes' own library, from the program of `tests/envtest/cel`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Wanted};
use crate::numbers::Number;

/// The program, with what the questions are about.
pub struct Oracle {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// Where the program is. The error says what to do without one.
pub fn find() -> Result<PathBuf, String> {
    built("cel-oracle")
}

/// Where a file is that `tests/envtest/build` makes. The error says what to do without it.
pub fn built(name: &str) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/envtest");
    let path = folder.join(name);
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("there is no target/envtest/{name}: run tests/envtest/build"))
    }
}

/// What Kubernetes' policies know: its variables with these fields of a situation, and those of the policy.
const FIELDS: [&str; 6] =
    ["object", "oldObject", "request", "namespaceObject", "params", "variables"];

impl Oracle {
    /// Starts it.
    pub fn start(situation: &Value) -> Result<Self, String> {
        let mut child = Command::new(find()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut oracle = Self { child, questions, answers };
        let mut about = json!({"save": "it"});
        for field in FIELDS {
            about[field] = situation[field].clone();
        }
        oracle.reply(&about)?;
        Ok(oracle)
    }

    /// Its answers, in order.
    pub fn answers(
        &mut self,
        expressions: &[String],
        wanted: Wanted,
    ) -> Result<Vec<Answer>, String> {
        #[derive(Deserialize)]
        struct Reply {
            answers: Vec<Answer>,
        }
        let wanted = match wanted {
            Wanted::Bool => "bool",
            Wanted::Any => "any",
        };
        let question = json!({"with": "it", "type": wanted, "expressions": expressions});
        let reply: Reply =
            serde_json::from_value(self.reply(&question)?).map_err(|error| error.to_string())?;
        if reply.answers.len() == expressions.len() {
            Ok(reply.answers)
        } else {
            Err("the oracle does not answer all".to_owned())
        }
    }

    /// Its answer on an expression about an object.
    pub fn answer_on(&mut self, object: &Value, expression: &str) -> Result<Answer, String> {
        let question = json!({"object": object, "type": "any", "expressions": [expression]});
        let mut reply = self.reply(&question)?;
        serde_json::from_value(reply["answers"][0].take()).map_err(|error| error.to_string())
    }

    /// Numbers of JSON as it reads them.
    pub fn numbers(&mut self, texts: &[String]) -> Result<Vec<Number>, String> {
        let mut reply = self.reply(&json!({"numbers": texts}))?;
        serde_json::from_value(reply["numbers"].take()).map_err(|error| error.to_string())
    }

    fn reply(&mut self, question: &Value) -> Result<Value, String> {
        let Some(questions) = &mut self.questions else { return Err("it is stopped".to_owned()) };
        let failed = |error: std::io::Error| format!("the oracle: {error}");
        writeln!(questions, "{question}").map_err(failed)?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(failed)?;
        let reply: Value =
            serde_json::from_str(&line).map_err(|error| format!("the oracle: {error}: {line}"))?;
        match reply.get("error") {
            Some(error) => Err(format!("the oracle: {error}")),
            None => Ok(reply),
        }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // Without questions it ends.
        self.questions = None;
        _ = self.child.wait();
    }
}
