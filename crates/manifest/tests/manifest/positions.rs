//! The places of values and fields.

use super::{documents, refusal};

const YAML: &str = "\
# a comment with ä
apiVersion: v1
spec:
  parameters:
    foo.bar: ü
    \"a[0].b\": 1
  list:
  - name: one
  -   name: two
  flow: {é: ü, next: [1, 2]}
  text: |
    lines

  after:
";

const JSON: &str = "{
  \"apiVersion\": \"v1\",
  \"spec\": {
    \"parameters\": {\"é.é\": \"ü\", \"foo.bar\": 1},
    \"list\": [ {\"name\": 1},\r
      {\"name\": 2}]
  }
}
{\"second\": {\"a\": 1}}";

#[test]
fn fields_of_yaml_are_located() {
    let table = [
        ("", "2:1"),
        ("apiVersion", "2:1"),
        ("spec", "3:1"),
        ("spec.parameters", "4:3"),
        ("spec.parameters[foo.bar]", "5:5"),
        ("spec.parameters[a[0].b]", "6:5"),
        ("spec.parameters.foo.bar", "5:5"),
        ("spec.list", "7:3"),
        ("spec.list[0]", "8:5"),
        ("spec.list[1].name", "9:7"),
        ("spec.flow.next", "10:16"),
        ("spec.flow.next[1]", "10:26"),
        ("spec.after", "14:3"),
        (".spec.list[0].name", "8:5"),
    ];
    for (field, position) in table {
        assert_eq!(locate(YAML, 0, field), position, "{field}");
    }
}

#[test]
fn fields_of_json_are_located() {
    let table = [
        (0, "", "1:1"),
        (0, "spec.parameters[é.é]", "4:20"),
        (0, "spec.parameters[foo.bar]", "4:32"),
        (0, "spec.list[0].name", "5:16"),
        (0, "spec.list[1]", "6:7"),
        (1, "", "9:1"),
        (1, "second.a", "9:13"),
    ];
    for (document, field, position) in table {
        assert_eq!(locate(JSON, document, field), position, "{field}");
    }
}

#[test]
fn a_missing_field_is_located_at_its_nearest_parent() {
    let table = [
        ("missing", "2:1"),
        ("spec.missing.deeper", "3:1"),
        ("spec.list[7]", "7:3"),
        ("spec.list[x]", "7:3"),
        ("spec.list.name", "7:3"),
        ("apiVersion.deeper", "2:1"),
        ("spec.list]", "3:1"),
        ("spec..list", "3:1"),
    ];
    for (field, position) in table {
        assert_eq!(locate(YAML, 0, field), position, "{field}");
    }
}

#[test]
fn merged_fields_stand_at_their_anchor() {
    let text = "a: &a\n  b: {c: 1}\nd:\n  <<: *a\ne: *a\n";
    for (field, position) in [("d.b", "2:3"), ("e", "5:1"), ("e.b.c", "2:7")] {
        assert_eq!(locate(text, 0, field), position, "{field}");
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_shift_nothing() {
    for text in ["\u{feff}a: 1\r\nb: 2\r\n", "\u{feff}{\"a\": 1,\r\n\"b\": 2}\r\n"] {
        assert_eq!(locate(text, 0, "b"), "2:1", "{text:?}");
    }
    assert_eq!(locate("\u{feff}a: 1", 0, "a"), "1:1");
    assert_eq!(locate("\u{feff}{\"a\": 1}", 0, "a"), "1:2");
}

#[test]
fn errors_in_later_documents_count_from_the_top_of_the_file() {
    assert!(refusal("a: 1\n---\nb: 2\n---\nc: .nan\n").starts_with("x.yaml:5:4: "));
}

fn locate(text: &str, document: usize, field: &str) -> String {
    documents(text)[document].root.locate(field).to_string()
}
