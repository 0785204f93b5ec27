//! Random objects: those of the corpus, changed here and there. `APPLY_SEED` and `APPLY_CASES` choose others
//! and more.

use kubernetes_schema::{Fault, Finding};
use serde_json::{Map, Value, json};

use crate::corpus::{self, Case};
use crate::random::Random;

/// So many objects, and half as many updates.
const CASES: usize = 600;

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn random(part: u64) -> Random {
    Random::new(u64::try_from(number("APPLY_SEED", 1)).unwrap(), part)
}

/// What is created.
pub fn creates() -> Vec<Case> {
    let mut random = random(0);
    let seeds: Vec<Value> = corpus::creates().into_iter().map(|case| case.object).collect();
    let make = |_| {
        let mut object = random.one(&seeds);
        for _ in 0..=random.below(3) {
            mingle(&mut random, &seeds, &mut object);
        }
        case(None, object)
    };
    (0..number("APPLY_CASES", CASES)).map(make).collect()
}

/// What is updated.
pub fn updates() -> Vec<Case> {
    let mut random = random(1);
    let of_corpus = corpus::updates().into_iter();
    let olds = of_corpus.flat_map(|case| [case.old.unwrap(), case.object]);
    let creates = corpus::creates().into_iter().map(|case| case.object);
    let creates = creates.filter(|it| it["kind"] == "Everything" && it["spec"].is_object());
    let seeds: Vec<Value> = olds.chain(creates).collect();
    let make = |number: usize| {
        let metadata = json!({"name": format!("random-{number}")});
        let mut old = random.one(&seeds);
        for _ in 0..random.below(3) {
            mingle(&mut random, &seeds, &mut old);
        }
        old["metadata"] = metadata.clone();
        // It is stored while anything is allowed in an object, but it must be one.
        if !old["spec"].is_object() {
            old["spec"] = json!({});
        }
        // A creation cannot set it.
        old.as_object_mut().unwrap().remove("status");
        // One that is wrong inside cannot be read any more.
        for embedded in ["closed", "embedded"] {
            old["spec"].as_object_mut().unwrap().remove(embedded);
        }
        store(&mut old);
        forget_wrong_types(&mut old);
        let mut new = old.clone();
        for _ in 0..=random.below(3) {
            mingle(&mut random, &seeds, &mut new);
        }
        new["metadata"] = metadata;
        case(Some(old), new)
    };
    (0..number("APPLY_CASES", CASES) / 2).map(make).collect()
}

/// Leaves out what has a wrong type and is the concern of rules. To the API server each look at such a value
/// is an error, also by `has()`; to our engine it is a value of another type.
fn forget_wrong_types(old: &mut Value) {
    let definitions = corpus::definitions();
    let report = corpus::definition_of(&definitions, old).create(old);
    let is_wrong = |finding: &Finding| matches!(finding.fault, Fault::Type | Fault::Format);
    for finding in report.findings.iter().filter(|finding| is_wrong(finding)) {
        for part in ["rules", "changes"] {
            if finding.path.to_string().starts_with(&format!("spec.{part}")) {
                old["spec"].as_object_mut().unwrap().remove(part);
            }
        }
    }
}

/// Makes numbers what they are once stored: without `.0`.
fn store(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(store),
        Value::Array(items) => items.iter_mut().for_each(store),
        Value::Number(number) => {
            if let Ok(whole) = number.to_string().trim_end_matches(".0").parse::<i64>() {
                *value = whole.into();
            }
        }
        _ => {}
    }
}

fn case(old: Option<Value>, object: Value) -> Case {
    let text = match &old {
        Some(old) => format!("{} -> {}", old["spec"], object["spec"]),
        None => object.to_string(),
    };
    Case { text, old, object }
}

/// Changes something in an object, or adds what another one has.
fn mingle(random: &mut Random, seeds: &[Value], object: &mut Value) {
    if random.percent(30) {
        let other = random.one(seeds)["spec"].clone();
        if let (Some(own), Value::Object(other)) = (object["spec"].as_object_mut(), other) {
            own.extend(other);
            return;
        }
    }
    for part in ["spec", "metadata"] {
        let often = if part == "spec" { 90 } else { 10 };
        if object.get(part).is_some() && random.percent(often) {
            let part = &mut object[part];
            change(random, part, 0);
        }
    }
}

/// Changes a value somewhere below.
fn change(random: &mut Random, value: &mut Value, depth: usize) {
    match value {
        Value::Object(members) if !members.is_empty() && (depth == 0 || random.percent(80)) => {
            let names: Vec<_> = members.keys().cloned().collect();
            let name = random.one(&names);
            match random.below(12) {
                0 => _ = members.remove(&name),
                1 => rename(random, members, &name),
                2 => _ = members.insert(some_name(random), some_value(random)),
                _ => change(random, &mut members[&name], depth + 1),
            }
        }
        Value::Array(items) if !items.is_empty() && random.percent(80) => {
            let index = random.below(items.len());
            match random.below(8) {
                0 => _ = items.remove(index),
                1 | 2 => items.push(items[index].clone()),
                3 => items.push(some_value(random)),
                4 => items.reverse(),
                _ => change(random, &mut items[index], depth + 1),
            }
        }
        // What is changed at the top is the whole object, of which nothing is left.
        _ if depth == 0 => {}
        other => *other = some_value(random),
    }
}

fn rename(random: &mut Random, members: &mut Map<String, Value>, name: &str) {
    if let Some(value) = members.remove(name) {
        let new = match random.below(3) {
            0 => name.to_uppercase(),
            1 => format!("{name}s"),
            _ => name.chars().skip(1).collect(),
        };
        members.insert(new, value);
    }
}

fn some_name(random: &mut Random) -> String {
    const NAMES: &[&str] = &["a", "b", "c", "name", "value", "size", "x.y/z", "A b", "", "labels"];
    random.one(NAMES).to_owned()
}

fn some_value(random: &mut Random) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-7),
        json!(5),
        json!(12),
        json!(0.5),
        json!(1.5),
        json!(1e20),
        json!(4_294_967_296_i64),
        json!(""),
        json!("a"),
        json!("x"),
        json!("abc"),
        json!("abcdefgh"),
        json!("Ä ö"),
        json!("10Ki"),
        json!("1h"),
        json!("2024-01-01T00:00:00Z"),
        json!("2024-01-01"),
        json!("10.0.0.1"),
        json!("Small"),
        json!([]),
        json!(["a"]),
        json!(["a", "a"]),
        json!([1, null]),
        json!({}),
        json!({"a": "x"}),
        json!({"name": "a"}),
        json!({"a": null, "b": 1}),
        json!([{"name": "a"}, {"name": "a", "size": 9}]),
    ];
    random.one(&values)
}
