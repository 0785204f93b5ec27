//! A kubectl, and what it prints.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The way to run kubectl.
#[derive(Clone)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    home: PathBuf,
    namespace: Option<String>,
    editor: Option<String>,
}

impl Kubectl {
    /// With its cache and temporary files in `home`, where it finds no settings of the user's.
    pub fn new(program: &Path, kubeconfig: &Path, home: &Path) -> Self {
        let [program, kubeconfig, home] = [program, kubeconfig, home].map(Path::to_owned);
        Self { program, kubeconfig, home, namespace: None, editor: None }
    }

    /// The same, in a namespace.
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..self.clone() }
    }

    /// The same, with a command in place of the user's editor.
    pub fn with_editor(&self, command: &str) -> Self {
        Self { editor: Some(command.to_owned()), ..self.clone() }
    }

    /// Runs it with arguments that are separated by blanks.
    pub fn run(&self, arguments: &str) -> Printed {
        self.pipe(arguments, "")
    }

    /// Runs it with something on its standard input.
    pub fn pipe(&self, arguments: &str, input: &str) -> Printed {
        let mut command = Command::new(&self.program);
        command.env("HOME", &self.home).env("TMPDIR", &self.home);
        command.env("KUBECONFIG", &self.kubeconfig);
        command.arg("--request-timeout=30s").args(arguments.split_whitespace());
        if let Some(namespace) = &self.namespace {
            command.args(["--namespace", namespace]);
        }
        if let Some(editor) = &self.editor {
            command.env("KUBE_EDITOR", editor);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may end without having read everything.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Printed {
            command: format!("kubectl {arguments}"),
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// What kubectl printed, and its exit code.
#[must_use]
pub struct Printed {
    pub command: String,
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Printed {
    /// Checks that it succeeded, whatever it printed.
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert!(
            self.code == 0,
            "$ {}\nexit code {}\n{}{}",
            self.command,
            self.code,
            self.stdout,
            self.stderr
        );
        self.stdout
    }

    /// Checks that it succeeded and printed exactly this, without a warning.
    #[track_caller]
    pub fn accepted(&self, stdout: &str) {
        self.is(0, stdout, "");
    }

    /// Checks that it succeeded, and printed exactly this and on standard error exactly these
    /// warnings.
    #[track_caller]
    pub fn accepted_with(&self, stdout: &str, stderr: &str) {
        self.is(0, stdout, stderr);
    }

    /// Checks that it failed with exactly this on standard error, and nothing else.
    #[track_caller]
    pub fn refused(&self, stderr: &str) {
        self.is(1, "", stderr);
    }

    /// Checks that it exited with this code and printed exactly this. A newline at the end may be
    /// left out.
    #[track_caller]
    pub fn is(&self, code: i32, stdout: &str, stderr: &str) {
        let wanted = transcript(code, stdout, stderr);
        let printed = transcript(self.code, &self.stdout, &self.stderr);
        assert!(wanted == printed, "$ {}\n{}", self.command, diff(&wanted, &printed));
    }
}

fn transcript(code: i32, stdout: &str, stderr: &str) -> String {
    let lines = |text: &str| text.strip_suffix('\n').unwrap_or(text).to_owned();
    format!("exit code {code}\nstdout:\n{}\nstderr:\n{}", lines(stdout), lines(stderr))
}

/// Both line by line: `-` was expected, `+` was printed.
fn diff(wanted: &str, printed: &str) -> String {
    let mut left: Vec<_> = wanted.lines().collect();
    let mut report = Vec::new();
    for line in printed.lines() {
        let Some(at) = left.iter().position(|it| *it == line) else {
            report.push(format!("+ {line}"));
            continue;
        };
        report.extend(left.drain(..at).map(|missing| format!("- {missing}")));
        left.remove(0);
        report.push(format!("  {line}"));
    }
    report.extend(left.iter().map(|missing| format!("- {missing}")));
    report.join("\n")
}
