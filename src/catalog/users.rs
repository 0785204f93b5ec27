//! The users of an object, as a message names them.

use std::fmt;
use std::iter;

/// The users of an object: the first few by name, and the number of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    /// The first by name, sorted.
    first: Vec<String>,
    total: usize,
}

impl Users {
    /// The number of users that are named.
    pub const NAMED: usize = 3;

    /// Adds a user.
    fn add(&mut self, namespace: &str, name: &str) {
        self.total += 1;
        let user = || namespace.bytes().chain(iter::once(b'/')).chain(name.bytes());
        let at = self.first.partition_point(|known| known.bytes().lt(user()));
        if at < Self::NAMED {
            self.first.insert(at, format!("{namespace}/{name}"));
            self.first.truncate(Self::NAMED);
        }
    }

    /// Adds users none of which is among these.
    pub fn add_all(&mut self, others: &Self) {
        self.total += others.total;
        self.first.extend_from_slice(&others.first);
        self.first.sort_unstable();
        self.first.truncate(Self::NAMED);
    }

    /// These users as a message tells them, with at most so many names.
    pub fn naming(&self, most: usize) -> impl fmt::Display {
        let names = self.first.get(..most).unwrap_or(&self.first);
        Naming { names, more: self.total.saturating_sub(names.len()) }
    }

    /// The first few, as `namespace/name`.
    pub fn first(&self) -> &[String] {
        &self.first
    }

    /// The number of all users.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Returns whether nobody uses it.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

impl<'n> Extend<(&'n str, &'n str)> for Users {
    /// Adds users by namespaces and names.
    fn extend<I: IntoIterator<Item = (&'n str, &'n str)>>(&mut self, users: I) {
        for (namespace, name) in users {
            self.add(namespace, name);
        }
    }
}

impl<'n> FromIterator<(&'n str, &'n str)> for Users {
    /// Makes users from namespaces and names.
    fn from_iter<I: IntoIterator<Item = (&'n str, &'n str)>>(users: I) -> Self {
        let mut found = Self::default();
        found.extend(users);
        found
    }
}

impl fmt::Display for Users {
    /// `team-a/x, team-a/y, team-b/z and 4 more`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.naming(Self::NAMED).fmt(f)
    }
}

/// Some users by name, and how many more.
struct Naming<'u> {
    names: &'u [String],
    more: usize,
}

impl fmt::Display for Naming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join(", "))?;
        match (self.more, self.names) {
            (0, _) => Ok(()),
            (more, []) => write!(f, "{more} more"),
            (more, _) => write!(f, " and {more} more"),
        }
    }
}
