//! Names as eight bytes: enough to count them and to recognize them.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU64;
use std::sync::LazyLock;

use super::shared_map::SharedMap;

/// A key that no client knows, so that nobody can make two names look alike.
static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A name, hashed. It is never zero, so that an optional one takes no more room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(NonZeroU64);

impl Digest {
    /// The digest of a name, or of a namespace and a name.
    pub fn of(name: impl Hash) -> Self {
        Self(NonZeroU64::new(SECRET.hash_one(name)).unwrap_or(NonZeroU64::MAX))
    }
}

/// Objects of one kind, of which no more is known than that they exist.
#[derive(Debug, Clone, Default)]
pub struct NameDigests(SharedMap<Digest, ()>);

impl NameDigests {
    /// Notes an object; of a cluster-scoped kind the namespace is empty.
    pub fn insert(&mut self, namespace: &str, name: &str) {
        self.0.insert(Digest::of((namespace, name)), ());
    }

    pub(super) fn remove(&mut self, namespace: &str, name: &str) {
        self.0.remove(&Digest::of((namespace, name)));
    }

    pub(super) fn contains(&self, namespace: &str, name: &str) -> bool {
        self.0.get(&Digest::of((namespace, name))).is_some()
    }

    /// Removes those that are not among others.
    pub(super) fn keep(&mut self, others: &Self) {
        let known = self.0.iter().map(|(digest, ())| *digest);
        for gone in known.filter(|it| others.0.get(it).is_none()).collect::<Vec<_>>() {
            self.0.remove(&gone);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
