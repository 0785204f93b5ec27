//! The objects of a request, in the type of their kind.

use partial_json::Object;
use serde::de::{Deserialize, Deserializer, IgnoredAny};

use super::{
    Decoded, GROUP, Kind, ObjectMeta, Sandbox, SnapshotClaim, SnapshotClaimTemplate, SnapshotClass,
    SnapshotProvider, VERSION, decode_stored, decode_update,
};
use crate::admission::{GroupVersionKind, JsonObjects, RequestObjects, Version};

/// The object that a request is about: the new one and the stored one.
#[derive(Debug)]
pub enum Subject<'a> {
    /// A Sandbox.
    Sandbox(Versions<Sandbox<'a>>),
    /// A SnapshotClass.
    SnapshotClass(Versions<SnapshotClass<'a>>),
    /// A SnapshotClaim.
    SnapshotClaim(Versions<SnapshotClaim<'a>>),
    /// A SnapshotClaimTemplate.
    SnapshotClaimTemplate(Versions<SnapshotClaimTemplate<'a>>),
    /// A SnapshotProvider.
    SnapshotProvider(Versions<SnapshotProvider<'a>>),
    /// An object of a kind that this project does not admit; it is not read.
    Foreign {
        /// True where there is a new object.
        new: bool,
        /// True where there is a stored one.
        old: bool,
    },
}

/// The new and the stored version of an object.
#[derive(Debug)]
pub struct Versions<T> {
    /// The new one; `None` on DELETE.
    pub new: Option<Decoded<T>>,
    /// The stored one; `None` on CREATE. A value that does not decode counts as empty: this request
    /// did not write it.
    pub old: Option<Box<T>>,
}

impl<T> Default for Versions<T> {
    fn default() -> Self {
        Self { new: None, old: None }
    }
}

impl<T> Versions<T> {
    /// The new object, as far as it can be read; on DELETE the stored one.
    pub fn latest(&self) -> Option<&T> {
        self.new.as_ref().map(Decoded::readable).or(self.old.as_deref())
    }

    fn read<'a, D: Deserializer<'a>>(&mut self, version: Version, from: D) -> Result<(), D::Error>
    where
        T: Deserialize<'a>,
    {
        let object = Option::<Object<Box<T>>>::deserialize(from)?.map(|Object(object)| object);
        match version {
            Version::New => self.new = object.map(Decoded::Whole),
            Version::Old => self.old = object,
        }
        Ok(())
    }

    fn has(&self, version: Version) -> bool {
        match version {
            Version::New => self.new.is_some(),
            Version::Old => self.old.is_some(),
        }
    }

    fn from_json<'a>(JsonObjects { new, old }: JsonObjects<'a>) -> Self
    where
        T: Deserialize<'a> + Default,
    {
        Self { new: new.map(|new| decode_update(new, old)), old: old.map(decode_stored) }
    }
}

/// Runs the same code for the versions of any kind.
macro_rules! of_any_kind {
    ($subject:expr, $versions:ident => $code:expr, ($new:ident, $old:ident) => $foreign:expr) => {
        match $subject {
            Subject::Sandbox($versions) => $code,
            Subject::SnapshotClass($versions) => $code,
            Subject::SnapshotClaim($versions) => $code,
            Subject::SnapshotClaimTemplate($versions) => $code,
            Subject::SnapshotProvider($versions) => $code,
            Subject::Foreign { new: $new, old: $old } => $foreign,
        }
    };
}

impl<'a> Subject<'a> {
    /// An object of a kind from its JSON.
    pub fn from_json(kind: Kind, objects: JsonObjects<'a>) -> Self {
        match kind {
            Kind::Sandbox => Self::Sandbox(Versions::from_json(objects)),
            Kind::SnapshotClass => Self::SnapshotClass(Versions::from_json(objects)),
            Kind::SnapshotClaim => Self::SnapshotClaim(Versions::from_json(objects)),
            Kind::SnapshotClaimTemplate => {
                Self::SnapshotClaimTemplate(Versions::from_json(objects))
            }
            Kind::SnapshotProvider => Self::SnapshotProvider(Versions::from_json(objects)),
        }
    }

    fn empty(kind: &GroupVersionKind<'_>) -> Self {
        match kind_of(kind) {
            Some(Kind::Sandbox) => Self::Sandbox(Versions::default()),
            Some(Kind::SnapshotClass) => Self::SnapshotClass(Versions::default()),
            Some(Kind::SnapshotClaim) => Self::SnapshotClaim(Versions::default()),
            Some(Kind::SnapshotClaimTemplate) => Self::SnapshotClaimTemplate(Versions::default()),
            Some(Kind::SnapshotProvider) => Self::SnapshotProvider(Versions::default()),
            None => Self::Foreign { new: false, old: false },
        }
    }

    /// The kind; `None` for one that is not ours.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::Sandbox(_) => Kind::Sandbox,
            Self::SnapshotClass(_) => Kind::SnapshotClass,
            Self::SnapshotClaim(_) => Kind::SnapshotClaim,
            Self::SnapshotClaimTemplate(_) => Kind::SnapshotClaimTemplate,
            Self::SnapshotProvider(_) => Kind::SnapshotProvider,
            Self::Foreign { .. } => return None,
        })
    }

    /// The metadata of the new object; on DELETE of the stored one.
    pub fn metadata(&self) -> Option<&ObjectMeta<'a>> {
        of_any_kind!(self, versions => versions.latest().map(|it| &it.metadata), (_new, _old) => None)
    }
}

fn kind_of(kind: &GroupVersionKind<'_>) -> Option<Kind> {
    let is_ours = kind.group.as_str() == GROUP && kind.version.as_str() == VERSION;
    is_ours.then(|| Kind::from_name(&kind.kind)).flatten()
}

impl<'a> RequestObjects<'a> for Subject<'a> {
    fn begin(kind: Option<&GroupVersionKind<'_>>) -> Option<Self> {
        kind.map(Self::empty)
    }

    fn read<D: Deserializer<'a>>(&mut self, version: Version, from: D) -> Result<(), D::Error> {
        of_any_kind!(self, versions => versions.read(version, from), (new, old) => {
            let is_there = Option::<IgnoredAny>::deserialize(from)?.is_some();
            match version {
                Version::New => *new = is_there,
                Version::Old => *old = is_there,
            }
            Ok(())
        })
    }

    fn has(&self, version: Version) -> bool {
        of_any_kind!(self, versions => versions.has(version), (new, old) => match version {
            Version::New => *new,
            Version::Old => *old,
        })
    }

    fn from_json(kind: &GroupVersionKind<'_>, objects: JsonObjects<'a>) -> Self {
        match kind_of(kind) {
            Some(kind) => Self::from_json(kind, objects),
            None => Self::Foreign { new: objects.new.is_some(), old: objects.old.is_some() },
        }
    }
}
