//! `check` as users run it: the real binary on real files.

mod formats;
mod input;
mod problems;
mod unknown_fields;
mod updates;
mod verdicts;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The output and the exit code of a run of the program.
#[derive(Debug)]
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `check` in a folder with these files.
fn check(files: &[(&str, &str)], args: &[&str]) -> Run {
    check_with_stdin(files, args, "")
}

fn check_with_stdin(files: &[(&str, &str)], args: &[&str], stdin: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_sandbox-admission"))
        .arg("check")
        .args(args)
        .current_dir(folder.path())
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its flags does not read its input; the exit code shows that.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The verdicts, and below each its findings, from the JSON report of a run with more arguments.
fn verdicts(files: &[(&str, &str)], args: &[&str]) -> (i32, Vec<String>) {
    let run = check(files, &[args, &["--output", "json"]].concat());
    assert!(!run.stdout.is_empty(), "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |value: &Value, member: &str| value[member].as_str().unwrap().to_owned();
    let mut lines = Vec::new();
    for result in report["results"].as_array().unwrap() {
        lines.push(format!("{} {}", text(result, "verdict"), text(result, "name")));
        for (list, name) in [("violations", "error"), ("warnings", "warning")] {
            lines.extend(result[list].as_array().unwrap().iter().map(|finding| {
                format!("  {name} {} {}", text(finding, "rule"), text(finding, "field"))
            }));
        }
    }
    (run.code, lines)
}

/// Asserts the verdicts of a run on the objects in these files.
#[track_caller]
fn assert_verdicts(files: &[(&str, &str)], args: &[&str], code: i32, expected: &[&str]) {
    let (actual_code, lines) = verdicts(files, args);
    assert_eq!(lines, expected);
    assert_eq!(actual_code, code, "{lines:#?}");
}

const CLASS: &str = "\
apiVersion: agents.x-k8s.io/v1beta1
kind: SnapshotClass
metadata:
  name: std
provisioner: agents.x-k8s.io/gvisor
";

const CLAIM: &str = "\
apiVersion: agents.x-k8s.io/v1beta1
kind: SnapshotClaim
metadata:
  name: nightly
spec:
  snapshotClassName: std
";

/// Suspended with type Hibernate onto the claim `nightly`.
const SANDBOX: &str = "\
apiVersion: agents.x-k8s.io/v1beta1
kind: Sandbox
metadata:
  name: planner
spec:
  operatingMode: Suspended
  suspensionStrategy:
    type: Hibernate
    hibernate:
      snapshotClaimName: nightly
";

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n";

fn documents(texts: &[&str]) -> String {
    texts.join("---\n")
}
