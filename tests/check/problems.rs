//! Runs that fail: they print nothing to standard output that looks like a report.

use super::{CLASS, SANDBOX, check, check_with_stdin};

#[track_caller]
fn assert_refused(files: &[(&str, &str)], args: &[&str], expected: &str) {
    let run = check(files, args);
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
}

#[test]
fn what_cannot_be_read_fails_the_run_in_every_format_whatever_else_is_in_order() {
    let files = [("good.yaml", CLASS), ("bad/b.yaml", "kind: [\n")];
    for output in ["text", "json", "junit", "sarif", "github"] {
        assert_refused(&files, &["good.yaml", "bad", "-o", output], "bad/b.yaml:2:1: ");
        assert_refused(
            &files,
            &["good.yaml", "gone", "-o", output],
            "gone: no such file or folder",
        );
        assert_refused(&files, &["good.yaml", "--old", "bad", "-o", output], "bad/b.yaml:2:1: ");
    }
}

#[test]
fn everything_that_cannot_be_read_is_named_at_once() {
    let run = check(&[("a.yaml", "a: 'x\n"), ("b.json", "{")], &["a.yaml", "gone", "b.json"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    for name in ["a.yaml:1:4: ", "gone: ", "b.json:1:1: "] {
        assert!(run.stderr.contains(name), "{name}\n{}", run.stderr);
    }
}

#[test]
fn an_object_beside_that_does_not_decode_is_named_with_its_field() {
    let class = CLASS.to_owned() + "parameters:\n  level: 5\n";
    let files = [("s.yaml", SANDBOX), ("c.yaml", &*class)];
    for flag in ["--catalog", "--old"] {
        let expected = "c.yaml:7:3: SnapshotClass: parameters.level: ";
        assert_refused(&files, &["s.yaml", flag, "c.yaml"], expected);
    }
}

#[test]
fn wrong_flags_are_refused() {
    assert_refused(&[], &[], "<PATH>");
    assert_refused(&[("c.yaml", CLASS)], &["c.yaml", "--output", "xml"], "junit");
    assert_refused(&[("c.yaml", CLASS)], &["c.yaml", "--no-such-flag"], "--no-such-flag");
    let run = check_with_stdin(&[], &["-", "--catalog", "-"], CLASS);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("standard input can be read once only"), "{}", run.stderr);
}
