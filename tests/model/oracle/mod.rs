//! What `rules.md` says about a write: what must be denied and warned of, and what may be.
//!
//! It was written from the contract and without a look at the rules' code; keep it so. The contract is silent
//! in places. There the oracle is one-sided: it says *may*, and a comment says why.

mod claims;
mod classes;
mod in_use;
mod parameters;
mod providers;
mod references;
mod sandboxes;
mod templates;
mod well_typed;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::actors::Actor;
use crate::requests::Subject;
use crate::world::{Key, Kind, World, is_set, is_terminating, text};

pub use parameters::{CREDENTIALS, INNOCENT};
pub use well_typed::wrong;

pub type Ids = BTreeSet<&'static str>;

/// Stands for the denial of an object that does not decode: it has no rule.
pub const UNDECODABLE: &str = "(does not decode)";

/// The verdict on one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// The rules that must deny.
    pub deny: Ids,
    /// Those that may, too.
    pub may_deny: Ids,
    /// The rules that must warn if nothing denies.
    pub warn: Ids,
    pub may_warn: Ids,
    /// The codes that a denial may have.
    pub codes: BTreeSet<u16>,
    /// True if any other rule may deny or warn, too: fields have the wrong type, and what they mean is not said.
    pub is_odd: bool,
}

impl Expected {
    fn deny(&mut self, id: &'static str) {
        self.deny.insert(id);
    }

    fn may_deny(&mut self, id: &'static str) {
        self.may_deny.insert(id);
    }

    fn warn(&mut self, id: &'static str) {
        self.warn.insert(id);
    }

    fn may_warn(&mut self, id: &'static str) {
        self.may_warn.insert(id);
    }

    /// Notes a finding of a rule of which the write decides what it does.
    fn find(&mut self, id: &'static str, act: Act) {
        match act {
            Act::Deny => self.deny(id),
            Act::Warn => self.warn(id),
            Act::MayDeny => {
                self.may_deny(id);
                self.may_warn(id);
            }
            Act::MayWarn => self.may_warn(id),
        }
    }

    /// Nothing is certain but what protects checkpoints: the objects are odd.
    fn soften(&mut self) {
        let (certain, uncertain): (Ids, Ids) =
            std::mem::take(&mut self.deny).into_iter().partition(|id| id.ends_with("-in-use"));
        self.deny = certain;
        self.may_deny.extend(uncertain);
        self.may_warn.append(&mut self.warn);
        self.is_odd = true;
    }
}

/// What a finding does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Deny,
    Warn,
    /// Perhaps a denial, perhaps a warning, perhaps nothing.
    MayDeny,
    MayWarn,
}

impl Act {
    /// The same, if it is not certain that there is anything to find.
    fn perhaps(self) -> Self {
        match self {
            Self::Deny | Self::MayDeny => Self::MayDeny,
            Self::Warn | Self::MayWarn => Self::MayWarn,
        }
    }

    fn perhaps_unless(self, certain: bool) -> Self {
        if certain { self } else { self.perhaps() }
    }
}

/// Judges the write of one object by someone.
pub fn judge(world: &World, actor: Actor, subject: &Subject) -> Expected {
    let mut expected = Expected::default();
    if !actor.is_judged() {
        return expected;
    }
    let Subject { key, old, new } = subject;
    match (old, new) {
        (Some(old), None) => delete(&mut expected, world, actor, key, old),
        (old, Some(new)) => write(&mut expected, world, key, old.as_ref(), new),
        (None, None) => {}
    }
    expected
}

fn delete(expected: &mut Expected, world: &World, actor: Actor, key: &Key, old: &Value) {
    if actor.deletes_freely() {
        return;
    }
    expected.codes = [403].into();
    let mut found = Expected::default();
    match key.kind {
        Kind::Sandbox if is_set(old, "/status/snapshot") => found.warn("checkpoint-released"),
        Kind::Sandbox => {}
        Kind::Template => templates::delete(&mut found, world, key),
        Kind::Class => classes::disrupt(&mut found, world, key),
        Kind::Claim | Kind::Provider => in_use::protect(&mut found, world, key),
    }
    if is_terminating(old) {
        // Nobody may stand in the way of finishing a deletion; that it is said once more is no harm.
        found.may_warn.append(&mut found.warn);
        found.deny.clear();
        found.may_deny.clear();
    }
    found.codes = std::mem::take(&mut expected.codes);
    *expected = found;
}

fn write(expected: &mut Expected, world: &World, key: &Key, old: Option<&Value>, new: &Value) {
    if old.is_some_and(is_terminating) {
        if key.kind != Kind::Sandbox {
            // The contract frees terminating Sandboxes of all rules and is silent on the others.
            write_alive(expected, world, key, old, new);
            expected.may_deny.append(&mut expected.deny);
            expected.may_warn.append(&mut expected.warn);
        }
        return;
    }
    write_alive(expected, world, key, old, new);
}

fn write_alive(
    expected: &mut Expected,
    world: &World,
    key: &Key,
    old: Option<&Value>,
    new: &Value,
) {
    match key.kind {
        Kind::Sandbox => sandboxes::write(expected, world, key, old, new),
        Kind::Class => classes::write(expected, world, key, old, new),
        Kind::Claim => claims::write(expected, world, key, old, new),
        Kind::Template => templates::write(expected, world, key, old, new),
        Kind::Provider => providers::write(expected, key, old, new),
    }
    if old.is_some() && matches!(key.kind, Kind::Class | Kind::Claim | Kind::Provider) {
        in_use::protect_from_change(expected, world, key, old.unwrap_or(&Value::Null), new);
    }
    let odd_before = old.map(|old| wrong(key.kind, old)).unwrap_or_default();
    let odd_now = wrong(key.kind, new);
    if !odd_before.is_empty() || !odd_now.is_empty() {
        expected.soften();
    }
    if odd_now.iter().any(|path| !odd_before.contains(path)) {
        // That is the answer, whatever else is wrong.
        let others = std::mem::take(&mut expected.deny);
        expected.may_deny.extend(others);
        expected.deny(UNDECODABLE);
    } else if odd_now.iter().any(|path| {
        let pointer = format!("/{}", path.replace('.', "/"));
        old.and_then(|old| old.pointer(&pointer)) != new.pointer(&pointer)
    }) {
        // One wrong type in place of another.
        expected.may_deny(UNDECODABLE);
    }
    expected.codes = codes(expected, world, key, old);
}

/// The codes of a denial, as "Answers" has them.
fn codes(expected: &Expected, world: &World, key: &Key, old: Option<&Value>) -> BTreeSet<u16> {
    let Some(old) = old else { return [422].into() };
    let in_use = |ids: &Ids| ids.iter().any(|id| id.ends_with("-in-use"));
    if in_use(&expected.deny) {
        return [403].into();
    }
    let uncertain = in_use(&expected.may_deny);
    match key.kind {
        Kind::Sandbox if is_set(old, "/status/snapshot") => [403].into(),
        // The row speaks of checkpoints that are held. One that is being taken is as easily lost.
        Kind::Sandbox if in_use::is_being_hibernated(old) => [403, 422].into(),
        Kind::Claim | Kind::Class | Kind::Provider => {
            let users = in_use::users(world, key);
            if users.hold.is_empty() {
                let uncertain = uncertain || !users.is_empty();
                if uncertain { [403, 422].into() } else { [422].into() }
            } else if key.kind == Kind::Provider {
                // The row names claims and classes alone.
                [403, 422].into()
            } else {
                [403].into()
            }
        }
        _ => [422].into(),
    }
}

/// Returns whether a name is a DNS-1123 subdomain.
fn is_subdomain(name: &str) -> bool {
    let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(|it| is_alphanumeric(*it))
            && bytes.last().is_some_and(|it| is_alphanumeric(*it))
            && bytes.iter().all(|it| is_alphanumeric(*it) || *it == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// The objects of which an annotation says that they are the default. The newest wins; of several that are
/// equally new, nobody can say which.
fn defaults<'a>(
    objects: impl Iterator<Item = (&'a Key, &'a Value)>,
    annotation: &str,
) -> (Vec<Key>, bool) {
    let is_default = |object: &Value| object["metadata"]["annotations"][annotation] == "true";
    let all: Vec<_> = objects.filter(|(_, object)| is_default(object)).collect();
    let age = |object| text(object, "/metadata/creationTimestamp");
    let newest = all.iter().map(|(_, object)| age(object)).max().unwrap_or_default();
    let winners: Vec<_> = all.iter().filter(|(_, object)| age(object) == newest).collect();
    let is_certain = winners.len() == 1 && !all.iter().any(|(_, object)| is_terminating(object));
    if is_certain {
        (winners.iter().map(|(key, _)| (*key).clone()).collect(), true)
    } else {
        (all.iter().map(|(key, _)| (*key).clone()).collect(), all.is_empty())
    }
}
