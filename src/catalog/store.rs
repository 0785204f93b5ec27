//! The objects of one kind, whichever it is.

use super::digest::NameDigests;
use super::kept::Kept;
use super::shared_map::SharedMap;

/// The objects of a namespace by name.
type InNamespace = SharedMap<Box<str>, Kept>;

/// The objects of one kind.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub objects: ByName,
    /// The objects that are annotated as the default.
    pub defaults: ByName,
    /// Objects of which only the existence matters.
    others: NameDigests,
}

impl Store {
    /// Adds an object, in place of one of the same name; `None` where only its
    /// existence matters.
    pub fn insert(&mut self, namespace: &str, name: &str, object: Option<Kept>) {
        let default = object.as_ref().filter(|object| object.is_default()).cloned();
        self.defaults.set(namespace, name, default);
        match object {
            Some(_) => self.others.remove(namespace, name),
            None => self.others.insert(namespace, name),
        }
        self.objects.set(namespace, name, object);
    }

    /// Forgets an object.
    pub fn remove(&mut self, namespace: &str, name: &str) {
        self.objects.set(namespace, name, None);
        self.defaults.set(namespace, name, None);
        self.others.remove(namespace, name);
    }

    /// Forgets the objects that a complete listing did not name.
    pub fn keep(&mut self, listed: &NameDigests) {
        let gone = self.objects.iter().filter(|(at, name, _)| !listed.contains(at, name));
        let gone: Vec<_> = gone.map(|(at, name, _)| (at.to_owned(), name.to_owned())).collect();
        for (namespace, name) in gone {
            self.remove(&namespace, &name);
        }
        self.others.keep(listed);
    }

    /// The number of objects.
    pub fn len(&self) -> usize {
        self.objects.len + self.others.len()
    }
}

/// Objects by namespace, then by name; those of a cluster-scoped kind are in the empty namespace.
#[derive(Debug, Clone, Default)]
pub struct ByName {
    namespaces: SharedMap<Box<str>, InNamespace>,
    len: usize,
}

impl ByName {
    /// An object.
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Kept> {
        self.namespaces.get(namespace)?.get(name)
    }

    /// The namespaces of objects.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(|(namespace, _)| &**namespace)
    }

    /// The objects of a namespace sorted by name, each after namespace and name.
    pub fn in_namespace<'o>(
        &'o self,
        namespace: &'o str,
    ) -> impl Iterator<Item = (&'o str, &'o str, &'o Kept)> {
        let objects = self.namespaces.get(namespace);
        objects.into_iter().flat_map(move |it| named(namespace, it))
    }

    /// All objects, or those in a namespace that is not empty.
    pub fn within<'o>(
        &'o self,
        namespace: &'o str,
    ) -> impl Iterator<Item = (&'o str, &'o str, &'o Kept)> {
        let all = namespace.is_empty().then(|| self.iter());
        let some = (!namespace.is_empty()).then(|| self.in_namespace(namespace));
        all.into_iter().flatten().chain(some.into_iter().flatten())
    }

    /// All objects, each after namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Kept)> {
        self.namespaces.iter().flat_map(|(namespace, objects)| named(namespace, objects))
    }

    /// Puts an object in place of the one that has its name; with `None`, removes that one.
    fn set(&mut self, namespace: &str, name: &str, object: Option<Kept>) {
        let before = self.get(namespace, name).is_some();
        self.len = self.len + usize::from(object.is_some()) - usize::from(before);
        if !before && object.is_none() {
            return;
        }
        if self.namespaces.get(namespace).is_none() {
            self.namespaces.insert(namespace.into(), InNamespace::default());
        }
        let Some(objects) = self.namespaces.get_mut(namespace) else { return };
        match object {
            Some(object) => _ = objects.insert(name.into(), object),
            None => _ = objects.remove(name),
        }
        if objects.is_empty() {
            self.namespaces.remove(namespace);
        }
    }
}

fn named<'o>(
    namespace: &'o str,
    objects: &'o InNamespace,
) -> impl Iterator<Item = (&'o str, &'o str, &'o Kept)> {
    objects.iter().map(move |(name, object)| (namespace, &**name, object))
}
