//! Policies in each command that their authors and users run: `serve`, `check`, `review` and `policy`.

mod answers;
mod budget;
mod loading;
mod offline;
mod serving;

use std::fs;
use std::process::Command;

use crate::support::process::PROGRAM;

/// A policy about Sandboxes; `rest` is the text after `matchConstraints`.
fn policy(name: &str, rest: &str) -> String {
    format!(
        "apiVersion: policy.sandbox-admission.io/v1alpha1\nkind: AdmissionPolicy\n\
         metadata: {{name: {name}}}\nspec:\n  matchConstraints:\n    resourceRules:\n    \
         - apiGroups: [agents.x-k8s.io]\n      apiVersions: [v1beta1]\n      \
         operations: [CREATE, UPDATE]\n      resources: [sandboxes]\n{rest}"
    )
}

/// Denies a Sandbox that is called anything but this.
fn naming(name: &str) -> String {
    policy(
        "one-name",
        &format!(
            "  validations:\n  - expression: object.metadata.name == '{name}'\n    \
             message: call it {name}\n    fieldPath: metadata.name\n  validationActions: [Deny]\n"
        ),
    )
}

/// The output and the exit code of a run of the program.
#[derive(Debug)]
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the program in a folder with these files.
fn run(files: &[(&str, &str)], args: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let output = Command::new(PROGRAM).args(args).current_dir(folder.path()).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const SANDBOX: &str = "\
apiVersion: agents.x-k8s.io/v1beta1
kind: Sandbox
metadata:
  name: planner
  namespace: team-a
spec: {}
";
