//! The rights of users. No object says who has them: only an API server can tell.

use std::fmt;

use super::{ObjectName, ObjectRef, Unavailable};
use crate::admission::UserInfo;
use crate::admission::field::Quoted;
use crate::api::Kind;

/// The name that stands for every class or provider. No object can have it.
pub const ANY_NAME: &str = "*";

/// What a right allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// To `use` a class or provider. Like `use` of a `PodSecurityPolicy` once, it is a verb of
    /// authorizers alone: no request has it.
    Use,
    /// To list the objects of a kind in all namespaces.
    List,
}

impl Verb {
    /// The verb as authorizers spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::List => "list",
        }
    }
}

/// A right of a user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Right {
    /// What it allows.
    pub verb: Verb,
    /// With what: a class or provider, or without a name all objects of a kind.
    pub target: ObjectRef,
    /// The user's name.
    pub user: String,
    /// The user's uid; may be empty.
    pub uid: String,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The rest of what the API server knows of the user, as JSON. The same user may have it in many
    /// forms (the id of a token, the name of a Pod), and authorizers may ask for it.
    pub extra: Option<String>,
}

impl Right {
    /// The longest user that is asked about. An API server gets no longer one out of a token or a
    /// certificate; anyone else who reaches our port may send megabytes.
    const MAX_BYTES: usize = 64 << 10;

    /// Names the right of a request's user to use a class or provider.
    pub fn to_use(user: &UserInfo<'_>, target: ObjectName<'_>) -> Result<Self, Unavailable> {
        Self::new(user, Verb::Use, target)
    }

    /// Names the right of a request's user to list the objects of a kind in all namespaces.
    pub fn to_list(user: &UserInfo<'_>, kind: Kind) -> Result<Self, Unavailable> {
        Self::new(user, Verb::List, ObjectName::new(kind, "", ""))
    }

    fn new(user: &UserInfo<'_>, verb: Verb, target: ObjectName<'_>) -> Result<Self, Unavailable> {
        let right = Self {
            verb,
            target: target.into(),
            user: user.username.to_string(),
            uid: user.uid.to_string(),
            groups: user.groups.iter().map(ToString::to_string).collect(),
            extra: user.extra.map(|extra| extra.get().to_owned()),
        };
        if right.bytes() > Self::MAX_BYTES {
            let reason = format!("cannot tell whether {right}: its name and groups are too long");
            return Err(Unavailable(reason));
        }
        Ok(right)
    }

    /// The length of its texts.
    pub fn bytes(&self) -> usize {
        let Self { target, user, uid, groups, extra, .. } = self;
        let groups: usize = groups.iter().map(String::len).sum();
        target.name.len() + user.len() + uid.len() + groups + extra.as_ref().map_or(0, String::len)
    }
}

impl fmt::Display for Right {
    /// `user "dev" may use SnapshotClass fast`, `user "dev" may list sandboxes in all namespaces`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = Quoted(&self.user);
        match self.verb {
            Verb::Use => write!(f, "user {user} may use {}", self.target),
            Verb::List => {
                write!(f, "user {user} may list {} in all namespaces", self.target.kind.plural())
            }
        }
    }
}
