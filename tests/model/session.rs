//! Writes made in a cluster, one after the other, each held to the oracle and to the invariants.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::actors::Actor;
use crate::door::{Answer, Door};
use crate::oracle::{self, Expected};
use crate::requests::{Prepared, Request, Subject, prepare};
use crate::verdict::{Disagreement, compare};
use crate::world::{Key, Kind, NAMESPACES, World, collection, field, is_terminating, text};
use crate::writes::{Verb, Write};
use crate::{invariants, kubectl};

/// The time in which our server hears of a write.
const SETTLED: Duration = Duration::from_millis(4);
/// The time in which it hears of the end of a world.
const WIPED: Duration = Duration::from_millis(60);

/// How often everything that is stored is looked at.
const LOOKS: usize = 8;

/// A connection to a cluster, and what is stored there.
pub struct Session {
    runtime: Runtime,
    door: Door,
    pub world: World,
    last_written: Option<Kind>,
    looks: usize,
}

/// What became of a write.
pub enum Outcome {
    /// It made no sense and was not sent.
    Skipped,
    Agreed,
    Disagreed(Disagreement),
}

impl Session {
    pub fn new(kubeconfig: &std::path::Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let door = runtime.block_on(Door::new(kubeconfig));
        Self { runtime, door, world: World::default(), last_written: None, looks: 0 }
    }

    pub fn send(&self, actor: Actor, request: &Request) -> Answer {
        self.runtime.block_on(self.door.send(actor, request))
    }

    /// Makes a write.
    pub fn perform(&mut self, write: &Write) -> Outcome {
        let Some(prepared) = prepare(write, &self.world) else { return Outcome::Skipped };
        if !write.at_once {
            if let Err(disagreement) = self.look_at_times() {
                return Outcome::Disagreed(disagreement);
            }
            self.wait(SETTLED);
        }
        let subjects: Vec<_> =
            prepared.subjects.iter().map(|subject| self.expect(write, subject.clone())).collect();
        let answer = self.send(write.actor, &prepared.request);
        self.last_written = Some(write.key.kind);
        let mut result = compare(write, &subjects, &answer);
        if answer.is_success() && !write.dry_run || write.verb == Verb::DeleteCollection {
            let before = self.world.clone();
            let stored = self.note(write, &subjects, &answer);
            let subjects: Vec<_> = subjects.into_iter().map(|(subject, _)| subject).collect();
            let kept = invariants::check(&before, &self.world, write, &subjects);
            result = result.and(stored).and(kept);
        }
        match result {
            Ok(()) => Outcome::Agreed,
            Err(disagreement) => Outcome::Disagreed(disagreement),
        }
    }

    /// The command of a write in the world as it is.
    pub fn command(&self, write: &Write) -> Option<String> {
        let prepared: Prepared = prepare(write, &self.world)?;
        Some(kubectl::command(write, &prepared, &self.world))
    }

    /// The object as it would be stored, and what the oracle says.
    fn expect(&self, write: &Write, mut subject: Subject) -> (Subject, Expected) {
        if matches!(write.verb, Verb::Status(_)) {
            // Not registered.
            return (subject, Expected::default());
        }
        if let Some(new) = subject.new.as_mut()
            && subject.key.kind == Kind::Sandbox
            && write.actor.is_judged()
            && !subject.old.as_ref().is_some_and(is_terminating)
        {
            fill_in_mode(new);
        }
        let expected = oracle::judge(&self.world, write.actor, &subject);
        (subject, expected)
    }

    /// Takes over what was stored, and compares it with what should have been.
    fn note(
        &mut self,
        write: &Write,
        subjects: &[(Subject, Expected)],
        answer: &Answer,
    ) -> Result<(), Disagreement> {
        if write.verb == Verb::DeleteCollection {
            return self.note_collection(write, subjects, answer);
        }
        let Some((subject, _)) = subjects.first() else { return Ok(()) };
        let is_object = answer.body["kind"] == subject.key.kind.name();
        let is_let_go = |object: &Value| {
            let finalizers = field(object, "/metadata/finalizers").as_array();
            is_terminating(object) && finalizers.is_none_or(Vec::is_empty)
        };
        let stored = is_object.then(|| answer.body.clone()).filter(|it| !is_let_go(it));
        self.world.note(&subject.key, stored.clone());
        match (stored, &subject.new) {
            (Some(stored), Some(new)) if comparable(&stored) != comparable(new) => {
                Err(Disagreement {
                    kind: format!("a {} is stored otherwise", subject.key.kind.name()),
                    details: format!("wanted {}\nstored {}", comparable(new), comparable(&stored)),
                })
            }
            _ => Ok(()),
        }
    }

    fn note_collection(
        &mut self,
        write: &Write,
        subjects: &[(Subject, Expected)],
        answer: &Answer,
    ) -> Result<(), Disagreement> {
        let listed: BTreeMap<_, _> = self.list(write.key.kind);
        let mut wrong = None;
        for (subject, expected) in subjects {
            let now = listed.get(&subject.key);
            let is_untouched = now == self.world.get(&subject.key);
            let is_gone = now.is_none_or(is_terminating);
            let must_stay = !expected.deny.is_empty() || write.dry_run;
            let must_go = answer.is_success() && !write.dry_run;
            if must_stay && !is_untouched || must_go && !is_gone {
                wrong = Some(subject.key.clone());
            }
            self.world.note(&subject.key, now.cloned());
        }
        match wrong {
            None => Ok(()),
            Some(key) => Err(Disagreement {
                kind: format!("deletion of all {}s is not as it was answered", key.kind.name()),
                details: format!("{key}: {} {}", answer.code, answer.message()),
            }),
        }
    }

    /// Looks at what is stored of the kind that was written last, and now and then at everything.
    fn look_at_times(&mut self) -> Result<(), Disagreement> {
        self.looks += 1;
        match self.last_written {
            Some(kind) if !self.looks.is_multiple_of(LOOKS) => self.look(&[kind]),
            _ => self.look(&Kind::ALL),
        }
    }

    /// Looks at all that is stored of some kinds: it must be what we know of.
    fn look(&mut self, kinds: &[Kind]) -> Result<(), Disagreement> {
        let stored: BTreeMap<_, _> = kinds.iter().flat_map(|kind| self.list(*kind)).collect();
        let known = self.world.objects().iter().filter(|(key, _)| kinds.contains(&key.kind));
        let known: BTreeMap<_, _> = known.map(|(key, it)| (key.clone(), it.clone())).collect();
        if stored == known {
            return Ok(());
        }
        let differs = |key: &&Key| known.get(*key) != stored.get(*key);
        let keys: Vec<_> = known.keys().chain(stored.keys()).filter(differs).cloned().collect();
        let describe =
            |key: &Key| format!("{key}:\n  {:?}\n  {:?}", known.get(key), stored.get(key));
        let details = keys.iter().map(describe).collect::<Vec<_>>().join("\n");
        for key in &keys {
            self.world.note(key, stored.get(key).cloned());
        }
        Err(Disagreement { kind: "what is stored changed by itself".to_owned(), details })
    }

    fn list(&self, kind: Kind) -> BTreeMap<Key, Value> {
        let listed = self.runtime.block_on(self.door.list(kind));
        let with_kind = |(key, mut object): (Key, Value)| {
            // Items of a list may come without.
            object["apiVersion"] = crate::world::API_VERSION.into();
            object["kind"] = kind.name().into();
            (key, object)
        };
        listed.into_iter().map(with_kind).collect()
    }

    fn wait(&self, time: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }

    /// Removes all objects; nobody judges that.
    pub fn wipe(&mut self) {
        for kind in Kind::ALL {
            for (key, object) in self.list(kind) {
                if !text(&object, "/metadata/finalizers/0").is_empty() {
                    let body = serde_json::json!({"metadata": {"finalizers": null}});
                    let media_type = "application/merge-patch+json";
                    self.unjudged("PATCH", key.path(), media_type, body);
                }
            }
            let namespaces = if kind.is_namespaced() { NAMESPACES } else { &[""] };
            for namespace in namespaces {
                let path = collection(kind, namespace);
                self.unjudged("DELETE", path, "application/json", serde_json::json!({}));
            }
        }
        self.world = World::default();
        self.wait(WIPED);
    }

    fn unjudged(&self, method: &'static str, path: String, media_type: &'static str, body: Value) {
        let request = Request { method, path, query: String::new(), media_type, body };
        let answer = self.send(Actor::Earlier, &request);
        assert!(answer.is_success(), "{request:?}: {answer:?}");
    }
}

/// The default of `default-operating-mode`.
fn fill_in_mode(sandbox: &mut Value) {
    let mode = field(sandbox, "/spec/operatingMode");
    // What does not decode gets no patch.
    if (mode.is_null() || mode == "") && oracle::wrong(Kind::Sandbox, sandbox).is_empty() {
        sandbox["spec"]["operatingMode"] = "Running".into();
    }
}

/// What of an object is the writer's business.
fn comparable(object: &Value) -> Value {
    let mut object = without_nulls(object);
    let metadata = object["metadata"].take();
    if object["status"].as_object().is_none_or(Map::is_empty) {
        object.as_object_mut().map(|it| it.remove("status"));
    }
    let mut kept = Map::new();
    for field in ["annotations", "finalizers", "labels", "name", "ownerReferences"] {
        let value = &metadata[field];
        let is_empty = value.as_object().is_some_and(Map::is_empty)
            || value.as_array().is_some_and(Vec::is_empty)
            || value.is_null();
        if !is_empty {
            kept.insert(field.to_owned(), value.clone());
        }
    }
    object["metadata"] = kept.into();
    object
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}
