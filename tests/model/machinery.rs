//! Tests of the test's own machinery, which need no control plane.

use std::collections::BTreeSet;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::actors::Actor;
use crate::random::Random;
use crate::requests::prepare;
use crate::shrink::{shorten, simplify};
use crate::world::{Key, Kind, World, object};
use crate::writes::{Change, Form, Verb, Write};
use crate::{apply, kubectl};

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("shrinking_finds_the_shortest_sequence", shrinking_finds_the_shortest_sequence),
    ("shrinking_makes_writes_simpler", shrinking_makes_writes_simpler),
    ("the_same_seed_makes_the_same_choices", the_same_seed_makes_the_same_choices),
    ("printed_commands_are_read_by_a_shell_as_they_were_meant", commands_are_read_as_meant),
    ("every_form_of_an_update_says_the_same", every_form_of_an_update_says_the_same),
    ("an_apply_removes_what_its_manager_leaves_out", an_apply_removes_what_is_left_out),
];

pub fn trials() -> Vec<Trial> {
    let trial = |(name, test): &Test| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok::<(), Failed>(())
        })
    };
    TESTS.iter().map(trial).collect()
}

fn shrinking_finds_the_shortest_sequence() {
    for seed in 0..50 {
        let mut random = Random::new(seed, 0);
        let length = 1 + random.below(200);
        let number = 1 + random.below(4);
        let needed: BTreeSet<_> = (0..number).map(|_| random.below(length)).collect();
        let mut fails = |items: &[usize]| needed.iter().all(|it| items.contains(it));
        let shortest = shorten((0..length).collect(), &mut fails);
        assert_eq!(shortest, needed.into_iter().collect::<Vec<_>>());
    }
    assert!(shorten(vec![1, 2, 3], &mut |_: &[i32]| true).is_empty());
}

fn shrinking_makes_writes_simpler() {
    let changes = vec![Change::set("metadata/labels/color", "red"), suspend()];
    let mut write = write(Verb::Update { form: Form::Replace, changes });
    (write.actor, write.at_once) = (Actor::Tenant, true);
    let mut fails = |writes: &[Write]| {
        let Verb::Update { changes, .. } = &writes[0].verb else { return false };
        changes.contains(&suspend())
    };
    let simplest = simplify(vec![write], Write::simpler, &mut fails);
    let mut wanted = self::write(Verb::Update { form: Form::MergePatch, changes: vec![suspend()] });
    wanted.actor = Actor::Admin;
    assert_eq!(simplest, [wanted]);
}

fn the_same_seed_makes_the_same_choices() {
    let choices = |seed| {
        let mut random = Random::new(seed, 3);
        (0..100).map(|_| random.below(1000)).collect::<Vec<_>>()
    };
    assert_eq!(choices(7), choices(7));
    assert_ne!(choices(7), choices(8));
}

fn suspend() -> Change {
    Change::set("spec/operatingMode", "Suspended")
}

fn sandbox_key() -> Key {
    Key::new(Kind::Sandbox, "left", "s")
}

fn write(verb: Verb) -> Write {
    Write { actor: Actor::Admin, key: sandbox_key(), verb, dry_run: false, at_once: false }
}

/// A world with one Sandbox.
fn world() -> World {
    let mut world = World::default();
    let mut sandbox = object(
        &sandbox_key(),
        json!({"spec": {
            "operatingMode": "Running", "podTemplate": {"metadata": {"labels": {"it's": "a \"b\""}}},
            "suspensionStrategy": {"type": "Hibernate", "hibernate": {"snapshotClaimName": "main"}},
        }}),
    );
    sandbox["metadata"]["uid"] = "the-uid".into();
    sandbox["metadata"]["resourceVersion"] = "1".into();
    world.note(&sandbox_key(), Some(sandbox));
    world
}

fn updates() -> Vec<Write> {
    let mut updates = Vec::new();
    for form in [Form::MergePatch, Form::JsonPatch, Form::Replace] {
        let changes = vec![
            suspend(),
            Change::remove("spec/suspensionStrategy/hibernate/snapshotClaimName"),
            Change::set(
                "spec/podTemplate",
                json!({"metadata": {"annotations": {"it's": "$HOME"}}}),
            ),
            Change::set("metadata/labels/color", "red"),
            Change::annotation("example.com/a~b", Some("`date`")),
        ];
        updates.push(write(Verb::Update { form, changes }));
    }
    updates
}

/// Runs the commands in a shell whose kubectl prints what it was given.
fn commands_are_read_as_meant() {
    const KUBECTL: &str = r#"kubectl() {
        case "$*" in *"-f -"*) input=$(cat);; *) input=;; esac
        printf '%s\0' "$@" "$input"; printf 'end\0'
    }
    "#;
    let world = world();
    let owned = json!([{"kind": "Sandbox", "uid": "$uid/s"}]);
    let claim = Write {
        key: Key::new(Kind::Claim, "left", "s-t-a1"),
        ..write(Verb::Create(json!({"metadata": {"ownerReferences": owned}, "spec": {}})))
    };
    let mut deletion = write(Verb::Delete);
    (deletion.actor, deletion.dry_run) = (Actor::GarbageCollector, true);
    let all = [updates(), vec![claim, deletion, write(Verb::DeleteCollection)]].concat();
    for write in all {
        let prepared = prepare(&write, &world).unwrap();
        let command = kubectl::command(&write, &prepared, &world);
        let mut shell = Command::new("sh");
        let output = shell.arg("-euc").arg(format!("{KUBECTL}{command}")).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{command}\n{output:?}");
        let output = String::from_utf8(output.stdout).unwrap();
        let arguments: Vec<_> = output.split('\0').collect();
        let json = arguments.iter().rev().find(|it| it.starts_with(['{', '[']));
        match (&write.verb, json) {
            (Verb::Delete | Verb::DeleteCollection, None) => {}
            // The shell has asked for the uid.
            (Verb::Create(_), Some(json)) => assert!(json.contains("get"), "{json}"),
            (_, Some(json)) => {
                let mut sent: Value = prepared.request.body.clone();
                let metadata = sent.get_mut("metadata").and_then(Value::as_object_mut);
                if let Some(metadata) = metadata {
                    metadata.retain(|key, _| key != "uid" && key != "resourceVersion");
                }
                assert_eq!(serde_json::from_str::<Value>(json).unwrap(), sent);
            }
            (_, None) => panic!("no JSON in {command}"),
        }
        if write.dry_run {
            assert!(arguments.contains(&"--dry-run=server"), "{arguments:?}");
        }
    }
}

fn every_form_of_an_update_says_the_same() {
    let world = world();
    let old = world.get(&sandbox_key()).unwrap();
    for write in updates() {
        let prepared = prepare(&write, &world).unwrap();
        let body = prepared.request.body;
        let mut result = old.clone();
        match prepared.request.media_type {
            "application/merge-patch+json" => json_patch::merge(&mut result, &body),
            "application/json-patch+json" => {
                let patch: json_patch::Patch = serde_json::from_value(body).unwrap();
                json_patch::patch(&mut result, &patch).unwrap();
            }
            _ => result = body,
        }
        assert_eq!(Some(result), prepared.subjects[0].new);
    }
}

fn an_apply_removes_what_is_left_out() {
    let fields = json!({"f:spec": {
        "f:podTemplate": {},
        "f:suspensionStrategy": {"f:type": {}, "f:hibernate": {"f:snapshotClaimName": {}}},
    }});
    let others = json!({"f:spec": {"f:operatingMode": {}}});
    let mut old = world().get(&sandbox_key()).unwrap().clone();
    old["metadata"]["managedFields"] = json!([
        {"manager": "gitops", "operation": "Apply", "fieldsV1": fields},
        {"manager": "kubectl", "operation": "Update", "fieldsV1": others},
    ]);
    let config = json!({"spec": {"podTemplate": {}}});
    let new = apply::result(&old, &config, "gitops").unwrap();
    let template = &old["spec"]["podTemplate"];
    assert_eq!(new["spec"], json!({"operatingMode": "Running", "podTemplate": template}));
    // Somebody else's field, and a part of the strategy.
    let config = json!({"spec": {"suspensionStrategy": {"type": "Hibernate", "hibernate": {}}}});
    assert_eq!(apply::result(&old, &config, "gitops"), None);
}
