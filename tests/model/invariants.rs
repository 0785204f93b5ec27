//! What must hold of the stored state after each write, said once more and more simply than the oracle does.

use serde_json::Value;

use crate::oracle;
use crate::requests::Subject;
use crate::verdict::Disagreement;
use crate::world::{Key, Kind, World, field, is_set, is_terminating, text};
use crate::writes::{Verb, Write};

/// Compares the worlds before and after a write that was admitted.
pub fn check(
    before: &World,
    after: &World,
    write: &Write,
    subjects: &[Subject],
) -> Result<(), Disagreement> {
    if !write.actor.is_judged() {
        return Ok(());
    }
    if !write.actor.deletes_freely() {
        nothing_is_lost(before, after)?;
    }
    for Subject { key, .. } in subjects.iter().filter(|it| it.key.kind == Kind::Sandbox) {
        let Some(sandbox) = after.get(key) else { continue };
        if !matches!(write.verb, Verb::Create(_) | Verb::Update { .. } | Verb::Apply(_))
            || is_terminating(sandbox)
        {
            continue;
        }
        let decodes = oracle::wrong(Kind::Sandbox, sandbox).is_empty();
        if decodes && text(sandbox, "/spec/operatingMode").is_empty() {
            return violated("an admitted Sandbox has a mode", key, sandbox);
        }
        if !write.at_once && !references_exist(before, key, before.get(key), sandbox) {
            return violated("what a suspended Sandbox names exists", key, sandbox);
        }
    }
    Ok(())
}

/// A Sandbox that is there before and after still has the class and the claim of its record, and the claim
/// that it is being hibernated onto, as they were.
fn nothing_is_lost(before: &World, after: &World) -> Result<(), Disagreement> {
    for (sandbox, object) in before.all(Kind::Sandbox) {
        let is_alive = |object: &&Value| !is_terminating(object);
        let Some(now) = after.get(sandbox).filter(is_alive) else { continue };
        let class = text(now, "/status/snapshot/snapshotClassName");
        let claim = text(now, "/status/snapshot/snapshotClaimName");
        let named = text(now, "/spec/suspensionStrategy/hibernate/snapshotClaimName");
        let provider = text(now, "/spec/suspensionStrategy/hibernate/snapshotProviderRef/name");
        // Neither it nor its controller has said anything yet.
        let is_waiting = text(now, "/spec/operatingMode") == "Suspended"
            && text(now, "/spec/suspensionStrategy/type") == "Hibernate"
            && !is_set(now, "/status")
            && object["spec"] == now["spec"];
        let (named, provider) = if is_waiting && named.is_empty() != provider.is_empty() {
            (named, provider)
        } else {
            ("", "")
        };
        let needed = [
            (Kind::Class, class, ["/provisioner", "/parameters"].as_slice()),
            (Kind::Claim, claim, &["/spec/parameters"]),
            (Kind::Claim, named, &["/spec/parameters"]),
            (Kind::Provider, provider, &["/spec"]),
        ];
        for (kind, name, fields) in needed {
            let key = Key::new(kind, &sandbox.namespace, name);
            let Some(was) = before.get(&key).filter(is_alive) else { continue };
            let is_kept = after
                .get(&key)
                .filter(is_alive)
                .is_some_and(|is| fields.iter().all(|it| field(was, it) == field(is, it)));
            if !is_kept {
                return violated(
                    "what a checkpoint needs is neither deleted nor changed",
                    &key,
                    now,
                );
            }
        }
    }
    Ok(())
}

/// The claim that a Sandbox names when it suspends.
fn references_exist(world: &World, key: &Key, old: Option<&Value>, new: &Value) -> bool {
    let is_suspended = |sandbox: &Value| text(sandbox, "/spec/operatingMode") == "Suspended";
    if !is_suspended(new)
        || old.is_some_and(is_suspended)
        || text(new, "/spec/suspensionStrategy/type") != "Hibernate"
    {
        return true;
    }
    let claim = text(new, "/spec/suspensionStrategy/hibernate/snapshotClaimName");
    claim.is_empty() || world.exists(Kind::Claim, &key.namespace, claim)
}

fn violated(invariant: &str, key: &Key, object: &Value) -> Result<(), Disagreement> {
    Err(Disagreement {
        kind: format!("violated: {invariant} ({})", key.kind.name()),
        details: format!("{key}; {object}"),
    })
}
