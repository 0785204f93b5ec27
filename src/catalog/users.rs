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
    const NAMED: usize = 3;

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
        f.write_str(&self.first.join(", "))?;
        match self.total.saturating_sub(self.first.len()) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
