//! The right to `use` a class or provider. No object says who has it: only an API server can tell.

use std::fmt;

use super::{ObjectName, ObjectRef, Unavailable};
use crate::admission::UserInfo;
use crate::admission::field::Quoted;

/// The name that stands for every class or provider. No object can have it.
pub const ANY_NAME: &str = "*";

/// The right of a user to `use` a class or provider.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UseRight {
    /// The class or provider.
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

impl UseRight {
    /// The longest user that is asked about. An API server gets no longer one out of a token or a
    /// certificate; anyone else who reaches our port may send megabytes.
    const MAX_BYTES: usize = 64 << 10;

    /// Names the right of a request's user.
    pub fn new(user: &UserInfo<'_>, target: ObjectName<'_>) -> Result<Self, Unavailable> {
        let right = Self {
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
        let Self { target, user, uid, groups, extra } = self;
        let groups: usize = groups.iter().map(String::len).sum();
        target.name.len() + user.len() + uid.len() + groups + extra.as_ref().map_or(0, String::len)
    }
}

impl fmt::Display for UseRight {
    /// `user "dev" may use SnapshotClass fast`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user {} may use {}", Quoted(&self.user), self.target)
    }
}
