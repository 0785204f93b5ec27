//! The exact text of each format.

use std::process::Command;

use serde_json::{Value, json};

use super::{CLASS, CONFIG_MAP, check, documents};

/// A denied claim with a warning, a class with one, and a foreign object.
fn files() -> [(&'static str, String); 2] {
    let claim = "\
apiVersion: agents.x-k8s.io/v1beta1
kind: SnapshotClaim
metadata:
  name: nightly
  namespace: team-a
spec:
  snapshotClassName: sdt
  parameters:
    password: hunter2
";
    let class = CLASS.to_owned() + "parameters:\n  bucket: everyones\n";
    [("app/claim.yaml", claim.to_owned()), ("app/rest.yaml", documents(&[&class, CONFIG_MAP]))]
}

fn report(output: &str) -> String {
    let files = files();
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let run = check(&files, &["app", "--output", output]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    run.stdout
}

const NOT_FOUND: &str =
    "Not found: \"sdt\": there is no SnapshotClass of this name; did you mean \"std\"?";

/// The text of a rule's warning; that rule's own tests check its wording.
fn message(rule: &str) -> String {
    let report: Value = serde_json::from_str(&report("json")).unwrap();
    let results = report["results"].as_array().unwrap();
    let warnings = results.iter().flat_map(|result| result["warnings"].as_array().unwrap());
    let mut found = warnings.filter(|warning| warning["rule"] == rule);
    found.next().unwrap()["message"].as_str().unwrap().to_owned()
}

#[test]
fn text_has_no_colour_off_a_terminal() {
    let (secret, target) = (message("secret-in-parameters"), message("target-on-class"));
    assert_eq!(
        report("text"),
        format!(
            "\
app/claim.yaml:7:3: error: SnapshotClaim team-a/nightly [snapshot-class-exists]
    spec.snapshotClassName: {NOT_FOUND}
app/claim.yaml:9:5: warning: SnapshotClaim team-a/nightly [secret-in-parameters]
    spec.parameters[password]: {secret}

app/rest.yaml:7:3: warning: SnapshotClass std [target-on-class]
    parameters[bucket]: {target}

3 objects: 1 allowed, 1 denied, 1 skipped; 2 warnings
"
        )
    );
}

#[test]
fn colour_is_for_terminals_or_whoever_insists() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = CLASS.replace("gvisor", "");
    std::fs::write(folder.path().join("c.yaml"), wrong).unwrap();
    let coloured = |output: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_sandbox-admission"))
            .args(["check", "c.yaml", "--output", output])
            .current_dir(folder.path())
            .env("CLICOLOR_FORCE", "1")
            .env_remove("NO_COLOR")
            .output()
            .unwrap();
        output.stdout.contains(&b'\x1b')
    };
    assert!(coloured("text"));
    assert!(!coloured("github"));
}

#[test]
fn json_has_every_object_and_the_counts() {
    let object = |file: &str, line: u32, api: &str, kind: &str, namespace: &str, name: &str| {
        json!({
            "file": file, "line": line, "apiVersion": api, "kind": kind,
            "namespace": namespace, "name": name, "patch": [],
        })
    };
    let with = |mut object: Value, verdict: &str, violations: Value, warnings: Value| {
        object["verdict"] = json!(verdict);
        object["violations"] = violations;
        object["warnings"] = warnings;
        object
    };
    let (secret, target) = (message("secret-in-parameters"), message("target-on-class"));
    let api = "agents.x-k8s.io/v1beta1";
    let expected = json!({
        "results": [
            with(
                object("app/claim.yaml", 1, api, "SnapshotClaim", "team-a", "nightly"),
                "denied",
                json!([{
                    "rule": "snapshot-class-exists",
                    "field": "spec.snapshotClassName",
                    "message": NOT_FOUND,
                }]),
                json!([{
                    "rule": "secret-in-parameters",
                    "field": "spec.parameters[password]",
                    "message": secret,
                }]),
            ),
            with(
                object("app/rest.yaml", 1, api, "SnapshotClass", "", "std"),
                "allowed",
                json!([]),
                json!([{
                    "rule": "target-on-class",
                    "field": "parameters[bucket]",
                    "message": target,
                }]),
            ),
            with(
                object("app/rest.yaml", 9, "v1", "ConfigMap", "", "other"),
                "skipped",
                json!([]),
                json!([]),
            ),
        ],
        "summary": { "allowed": 1, "denied": 1, "skipped": 1 },
    });
    assert_eq!(serde_json::from_str::<Value>(&report("json")).unwrap(), expected);
}

#[test]
fn github_gets_one_annotation_per_finding() {
    let (secret, target) = (message("secret-in-parameters"), message("target-on-class"));
    assert_eq!(
        report("github"),
        format!(
            "\
::error file=app/claim.yaml,line=7,col=3,title=snapshot-class-exists::\
SnapshotClaim team-a/nightly: spec.snapshotClassName: {NOT_FOUND}
::warning file=app/claim.yaml,line=9,col=5,title=secret-in-parameters::\
SnapshotClaim team-a/nightly: spec.parameters[password]: {secret}
::warning file=app/rest.yaml,line=7,col=3,title=target-on-class::\
SnapshotClass std: parameters[bucket]: {target}
3 objects: 1 allowed, 1 denied, 1 skipped; 2 warnings
"
        )
    );
}

#[test]
fn junit_has_a_suite_per_file_and_a_case_per_object() {
    let xml = report("junit");
    let document = roxmltree::Document::parse(&xml).unwrap();
    let root = document.root_element();
    let attributes = |node: roxmltree::Node<'_, '_>, names: &[&str]| -> Vec<String> {
        names.iter().map(|name| node.attribute(*name).unwrap().to_owned()).collect()
    };
    let count = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.children().filter(|child| child.has_tag_name(name)).count()
    };
    assert_eq!(attributes(root, &["tests", "failures", "errors", "skipped"]), ["3", "1", "0", "1"]);
    let suites: Vec<_> = root.children().filter(roxmltree::Node::is_element).collect();
    let counts = ["name", "tests", "failures", "skipped"];
    assert_eq!(attributes(suites[0], &counts), ["app/claim.yaml", "1", "1", "0"]);
    assert_eq!(attributes(suites[1], &counts), ["app/rest.yaml", "2", "0", "1"]);

    let cases: Vec<_> =
        document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let about = ["name", "file", "line"];
    assert_eq!(
        attributes(cases[0], &about),
        ["SnapshotClaim team-a/nightly", "app/claim.yaml", "1"]
    );
    assert_eq!(attributes(cases[1], &about), ["SnapshotClass std", "app/rest.yaml", "1"]);
    assert_eq!(attributes(cases[2], &about), ["ConfigMap other", "app/rest.yaml", "9"]);
    let shape = |case| ["failure", "system-out", "skipped"].map(|name| count(case, name));
    assert_eq!(shape(cases[0]), [1, 1, 0]);
    assert_eq!(shape(cases[1]), [0, 1, 0]);
    assert_eq!(shape(cases[2]), [0, 0, 1]);

    let failure = cases[0].children().find(|node| node.has_tag_name("failure")).unwrap();
    let line = format!(
        "app/claim.yaml:7:3: error: spec.snapshotClassName: {NOT_FOUND} [snapshot-class-exists]"
    );
    assert_eq!(failure.attribute("message"), Some(&*line));
    assert_eq!(failure.text(), Some(&*(line + "\n")));
}

#[test]
fn sarif_points_at_lines_and_carries_the_rules_with_their_help() {
    let log: Value = serde_json::from_str(&report("sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let known = sandbox_admission::rules::RULES.iter().map(|rule| rule.id);
    assert_eq!(ids, known.chain(["schema", "unknown-field"]).collect::<Vec<_>>());
    for rule in rules {
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty(), "{rule}");
    }
    let found: Vec<_> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(result["ruleId"], rules[index]["id"]);
            let place = &result["locations"][0]["physicalLocation"];
            format!(
                "{}:{}:{} {} {}",
                place["artifactLocation"]["uri"].as_str().unwrap(),
                place["region"]["startLine"],
                place["region"]["startColumn"],
                result["level"].as_str().unwrap(),
                result["ruleId"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "app/claim.yaml:7:3 error snapshot-class-exists",
            "app/claim.yaml:9:5 warning secret-in-parameters",
            "app/rest.yaml:7:3 warning target-on-class",
        ]
    );
    let message = run["results"][0]["message"]["text"].as_str().unwrap();
    let expected = format!("SnapshotClaim team-a/nightly: spec.snapshotClassName: {NOT_FOUND}");
    assert_eq!(message, expected);
}

/// A report on a file name and a field with characters that are special in every format.
const HOSTILE_FILE: &str = "a,b:c%é <&>.yaml";

fn hostile(output: &str) -> String {
    let class = CLASS.to_owned() + "\"\\e[31m<&>%\\r\\n::error::\\0\\u202E\\u009b\": 1\n";
    let report = check(&[(HOSTILE_FILE, &class)], &[HOSTILE_FILE, "--output", output]).stdout;
    let raw = report.chars().find(|char| char.is_control() && *char != '\n' || *char == '\u{202e}');
    assert_eq!(raw, None, "{report}");
    report
}

#[test]
fn names_cannot_break_out_of_any_format() {
    let text = hostile("text");
    assert!(
        text.contains("\\x1b[31m<&>%\\r\\n::error::\\x00\\u202e\\u009b: unknown field"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 4, "{text}");

    let github = hostile("github");
    assert!(
        github
            .starts_with("::warning file=a%2Cb%3Ac%25é <&>.yaml,line=6,col=1,title=unknown-field")
    );
    assert!(github.contains(r"\x1b[31m<&>%25\r\n::error::\x00\u202e\u009b"), "{github}");
    assert_eq!(github.lines().count(), 2, "{github}");

    let junit = hostile("junit");
    let document = roxmltree::Document::parse(&junit).unwrap();
    let case = document.descendants().find(|node| node.has_tag_name("testcase")).unwrap();
    assert_eq!(case.attribute("file"), Some(HOSTILE_FILE));
    let warning = case.children().find(roxmltree::Node::is_element).unwrap().text().unwrap();
    assert!(
        warning.contains(": \\x1b[31m<&>%\r\n::error::\\x00\\u202e\\u009b: unknown"),
        "{warning:?}"
    );

    let sarif: Value = serde_json::from_str(&hostile("sarif")).unwrap();
    let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "a%2Cb%3Ac%25%C3%A9%20%3C%26%3E.yaml");

    let json: Value = serde_json::from_str(&hostile("json")).unwrap();
    let field = &json["results"][0]["warnings"][0]["field"];
    assert_eq!(field, "\u{1b}[31m<&>%\r\n::error::\u{0}\u{202e}\u{9b}");
}

#[test]
fn the_name_of_an_object_shows_what_is_hidden_in_every_format() {
    let class = CLASS.replace("name: std", "name: \"a\\e[2J\\n\\u202E\\u200B\"") + "unknown: 1\n";
    assert_ne!(class, CLASS.to_owned() + "unknown: 1\n");
    for (output, shown) in [
        ("text", r"a\x1b[2J\n\u202e\u200b"),
        ("github", r"a\x1b[2J\n\u202e\u200b"),
        ("junit", r"a\x1b[2J&#10;\u202e\u200b"),
        ("sarif", r"a\u001b[2J\n\u202e\u200b"),
        ("json", r"a\u001b[2J\n\u202e\u200b"),
    ] {
        let report = check(&[("c.yaml", &class)], &["c.yaml", "--output", output]).stdout;
        assert!(report.contains(shown), "{output}: {report}");
        assert!(!report.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{output}: {report}");
    }
}

#[test]
fn a_report_on_nothing_is_still_well_formed() {
    let run = |output| check(&[("c.yaml", "")], &["c.yaml", "--output", output]).stdout;
    let json: Value = serde_json::from_str(&run("json")).unwrap();
    let nothing = json!({ "allowed": 0, "denied": 0, "skipped": 0 });
    assert_eq!(json, json!({ "results": [], "summary": nothing }));
    assert!(roxmltree::Document::parse(&run("junit")).is_ok());
    let sarif: Value = serde_json::from_str(&run("sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"], json!([]));
}
