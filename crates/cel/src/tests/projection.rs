//! The parts that no expression reads are not decoded, and no result shows that.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{compile, result, show};
use crate::{Activation, Budget, Fields, decode};

/// Expressions for each way to read, on objects with fields `a`, `b`, `items` and `x-y`.
const EXPRESSIONS: &[&str] = &[
    "object",
    "object.a",
    "object.a.b",
    "object.a == object.b",
    "object.a == null",
    "object.a == 'a'",
    "object.a == {'b': 1}",
    "object.a != [object.b]",
    "has(object.a)",
    "has(object.a.b)",
    "has(object.a) && object.a.b == 1",
    "type(object.a) == map",
    "type(object.a) == list ? object.a[0] : object.b",
    "size(object.a)",
    "object.a.size()",
    "object.items[0]",
    "object.items[0].a",
    "object.items[object.b]",
    "object['a']",
    "object['a']['b']",
    "object[object.a]",
    "object.a[object.b].a",
    "'a' in object",
    "'a' in object.items",
    "object.a in object.items",
    "[1] in object.items",
    "object['x-y'].a",
    "object.all(k, k != '')",
    "object.all(k, object[k] != 1)",
    "object.a.all(k, object.a[k].b == 1)",
    "object.items.all(i, i.a == 1)",
    "object.items.exists(i, has(i.b))",
    "object.items.map(i, i.a)",
    "object.items.map(i, i)",
    "object.items.filter(i, i.a == i.b)",
    "object.items.filter(i, true).size()",
    "object.items.map(i, i.items.all(j, j.a == i.a))",
    "object.items.exists_one(i, i.b == 1)",
    "object.items.all(n, i, i.a == n)",
    "object.a.transformMap(k, v, v.b)",
    "object.a.transformList(k, v, k)",
    "object.a.exists(k, v, v == 1)",
    "cel.bind(a, object.a, a.b == 1 && has(a.a))",
    "cel.bind(a, object.a, a)",
    "object.?a.?b",
    "object.?a.b",
    "object.a.?b.orValue(object.b)",
    "object.?a.or(object.?b).hasValue()",
    "object.?a.optMap(a, a.b)",
    "object.items[?0].a",
    "optional.of(object.a).value().b",
    "optional.ofNonZeroValue(object.a).hasValue()",
    "[?object.?a]",
    "{'a': object.a, 'b': dyn([object.b])}",
    "object.a + object.b",
    "object.items + [object.a]",
    "dyn(object.a).b",
    "string(object.a).startsWith('a')",
    "(object.a == 1 ? object.a : object.b).a",
    "object.items.map(i, object.a).size()",
    "object.a < object.b",
];

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        (-1_i64..3).prop_map(Json::from),
        Just(json!(0.5)),
        prop_oneof!["a", "b", "items", "", "\u{e4}\\n"].prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let name = prop_oneof!["a", "b", "items", "x-y"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(name, inner, 0..4)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn expressions_cannot_tell_what_was_left_out(
        a in json(), b in json(), items in json(), xy in json(), has_a in any::<bool>()
    ) {
        let mut object = json!({"b": b, "items": items, "x-y": xy, "left out": [{"a": 1}]});
        if has_a {
            object["a"] = a;
        }
        let text = object.to_string();
        for source in EXPRESSIONS {
            let expression = compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
            let says = |fields: &Fields| {
                let mut activation = Activation::new();
                activation.bind("object", decode(&text, fields).unwrap());
                let mut budget = Budget::default();
                let result = result(&expression, &activation, &mut budget);
                (result, budget.left())
            };
            let projected = says(expression.reads().of("object").unwrap());
            prop_assert_eq!(projected, says(Fields::whole()), "{} on {}", source, text);
        }
    }
}

#[test]
fn only_what_is_read_is_decoded() {
    const OBJECT: &str = r#"{
        "kind": "K",
        "metadata": {"name": "n", "labels": {"a": "1", "b-c": "2"}},
        "list": [{"a": 1, "b": {"c": 2, "d": 3}}, {"a": 4}]
    }"#;
    for (source, left) in [
        ("object.kind == 'K'", "{'kind': 'K'}"),
        ("object.metadata.labels['b-c']", "{'metadata': {'labels': {'b-c': '2'}}}"),
        ("object.metadata.labels['a']", "{'metadata': {'labels': {'a': '1'}}}"),
        ("has(object.metadata.labels)", "{'metadata': {'labels': {}}}"),
        ("object.metadata == null", "{'metadata': {'labels': {}, 'name': 'n'}}"),
        ("size(object.list)", "{'list': [{}, {}]}"),
        ("object.list.all(i, i.a > 0)", "{'list': [{'a': 1}, {'a': 4}]}"),
        ("object.list.map(i, i.?b.?c)", "{'list': [{'b': {'c': 2}}, {}]}"),
        ("object.list[0].b.d", "{'list': [{'b': {'d': 3}}, {}]}"),
        ("object.list.all(n, i, i.a > n)", "{'list': [{'a': 1}, {'a': 4}]}"),
        ("'list' in object", "{'kind': 'K', 'list': [], 'metadata': {}}"),
        ("cel.bind(m, object.metadata, m.name)", "{'metadata': {'name': 'n'}}"),
        ("object.missing", "{}"),
    ] {
        let expression = compile(source).unwrap();
        let object = decode(OBJECT, expression.reads().of("object").unwrap()).unwrap();
        assert_eq!(show(&object), left, "{source}");
    }
}
