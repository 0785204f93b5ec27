//! Objects by their names.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

/// Objects of one kind, each as eight bytes: enough to count them and to recognize them.
#[derive(Debug, Default)]
pub struct NameDigests {
    hasher: RandomState,
    digests: HashSet<u64>,
}

impl NameDigests {
    /// Notes an object; of a cluster-scoped kind the namespace is empty.
    pub fn insert(&mut self, namespace: &str, name: &str) {
        self.digests.insert(self.hasher.hash_one((namespace, name)));
    }

    pub(super) fn remove(&mut self, namespace: &str, name: &str) {
        self.digests.remove(&self.hasher.hash_one((namespace, name)));
    }

    pub(super) fn contains(&self, namespace: &str, name: &str) -> bool {
        self.digests.contains(&self.hasher.hash_one((namespace, name)))
    }

    pub(super) fn len(&self) -> usize {
        self.digests.len()
    }
}

/// Objects by namespace and name.
#[derive(Debug)]
pub(super) struct Namespaced<T>(pub(super) HashMap<String, BTreeMap<String, Arc<T>>>);

impl<T> Default for Namespaced<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Namespaced<T> {
    pub(super) fn insert(&mut self, namespace: &str, name: &str, object: T) {
        let in_namespace = self.0.entry(namespace.to_owned()).or_default();
        in_namespace.insert(name.to_owned(), Arc::new(object));
    }

    pub(super) fn remove(&mut self, namespace: &str, name: &str) {
        if let Some(in_namespace) = self.0.get_mut(namespace) {
            in_namespace.remove(name);
            if in_namespace.is_empty() {
                self.0.remove(namespace);
            }
        }
    }

    pub(super) fn keep(&mut self, seen: &NameDigests) {
        self.0.retain(|namespace, objects| {
            objects.retain(|name, _| seen.contains(namespace, name));
            !objects.is_empty()
        });
    }

    pub(super) fn get(&self, namespace: &str, name: &str) -> Option<&Arc<T>> {
        self.0.get(namespace)?.get(name)
    }

    pub(super) fn names(&self, namespace: &str) -> impl Iterator<Item = &str> {
        self.0.get(namespace).into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str, &T)> {
        self.0.iter().flat_map(|(namespace, objects)| {
            objects.iter().map(move |(name, object)| (&**namespace, &**name, &**object))
        })
    }

    pub(super) fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }
}
