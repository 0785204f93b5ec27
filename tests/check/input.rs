//! The sources of manifests, and the places that are reported for findings.

use super::{CLAIM, CLASS, CONFIG_MAP, SANDBOX, check, check_with_stdin, documents};

/// The first line of each finding, without the message.
fn places(stdout: &str) -> Vec<&str> {
    stdout.lines().filter(|line| line.contains(": error: ")).collect()
}

#[test]
fn places_count_from_the_top_of_the_file_whatever_the_document() {
    let wrong = CLASS.replace("agents.x-k8s.io/gvisor", "a/b/c");
    let text = documents(&[CONFIG_MAP, &wrong, "# nothing\n", &wrong.replace("std", "other")]);
    let run = check(&[("all.yaml", &text)], &["all.yaml"]);
    assert_eq!(
        places(&run.stdout),
        [
            "all.yaml:9:1: error: SnapshotClass std [provisioner-valid]",
            "all.yaml:17:1: error: SnapshotClass other [provisioner-valid]",
        ]
    );
}

#[test]
fn a_field_that_is_missing_is_placed_at_the_nearest_parent_that_is_there() {
    let text = SANDBOX.split("    hibernate:").next().unwrap();
    let run = check(&[("s.yaml", text)], &["s.yaml"]);
    assert_eq!(
        places(&run.stdout),
        ["s.yaml:7:3: error: Sandbox default/planner [hibernate-required]"]
    );
}

#[test]
fn json_is_read_as_well_as_yaml() {
    let text = r#"{
  "apiVersion": "agents.x-k8s.io/v1beta1",
  "kind": "SnapshotClass",
  "metadata": {"name": "std"},
  "provisioner": ""
}"#;
    let run = check(&[("c.json", text)], &["c.json"]);
    assert_eq!(places(&run.stdout), ["c.json:5:3: error: SnapshotClass std [provisioner-valid]"]);
}

#[test]
fn the_items_of_a_list_are_objects_of_their_own() {
    let indent = |text: &str| text.replace('\n', "\n  ").trim_end().to_owned() + "\n";
    let wrong = CLASS.replace("gvisor", "");
    let items = format!("- {}- {}", indent(CLAIM), indent(&wrong));
    for kind in ["List", "SandboxList"] {
        let list = format!("apiVersion: v1\nkind: {kind}\nitems:\n{items}");
        let run = check(&[("l.yaml", &list)], &["l.yaml"]);
        assert_eq!(
            places(&run.stdout),
            ["l.yaml:14:3: error: SnapshotClass std [provisioner-valid]"],
        );
        assert!(run.stdout.ends_with("2 objects: 1 allowed, 1 denied, 0 skipped\n"));
    }
}

#[test]
fn standard_input_can_stand_for_any_file() {
    let text = documents(&[CLASS, CLAIM]);
    let run = check_with_stdin(&[], &["-"], &text.replace("gvisor", ""));
    assert_eq!(places(&run.stdout), ["<stdin>:5:1: error: SnapshotClass std [provisioner-valid]"]);
    for flag in ["--catalog", "--old"] {
        let run = check_with_stdin(&[("s.yaml", SANDBOX)], &["s.yaml", flag, "-"], &text);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{flag}: {}", run.stdout);
    }
}

#[test]
fn folders_are_searched_for_manifests_and_files_are_taken_at_their_word() {
    let wrong = CLASS.replace("gvisor", "");
    let files = [
        ("app/a.yml", CLASS),
        ("app/deep/er/b.json", "{}"),
        ("app/README.md", "# not a manifest"),
        ("app/.hidden/c.yaml", &*wrong),
        ("manifest.txt", &*wrong),
    ];
    let run = check(&files, &["app"]);
    assert_eq!(run.stdout, "2 objects: 1 allowed, 0 denied, 1 skipped\n");
    let run = check(&files, &["app", "manifest.txt"]);
    assert_eq!(
        places(&run.stdout),
        ["manifest.txt:5:1: error: SnapshotClass std [provisioner-valid]"]
    );
}
