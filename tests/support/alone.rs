//! A test in a process of its own.

use std::env;
use std::process::Command;

/// Set in the process that runs one test alone.
const ALONE: &str = "SANDBOX_ADMISSION_TEST_ALONE";

/// Runs a test, named by its whole path, in a new process, and returns false; in that process returns true.
///
/// For tests of what a process has once. The log is such a thing: the thread that reaches a log line first
/// decides for all threads whether anyone listens to it, and it knows its own listener only.
///
/// ```ignore
/// if !alone::in_own_process("topic::the_test") {
///     return;
/// }
/// ```
pub fn in_own_process(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let run = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env(ALONE, "yes")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "there is no test {test}: {said}");
    false
}
