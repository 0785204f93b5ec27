//! The question: an `AdmissionReview` as kube-apiserver sends it.

use std::fmt;
use std::marker::PhantomData;

use partial_json::{Object, Raw, Text, few, null_as_default};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

/// The operation of the client on the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// POST, or server-side apply of a missing object.
    Create,
    /// PUT, PATCH, or apply of an existing object.
    Update,
    /// DELETE, one call per object for collections.
    Delete,
    /// Only for subresources such as `pods/exec`; none of our kinds has one.
    Connect,
}

impl Operation {
    /// The operation as the API server spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// The part of `request` that admission reads.
#[derive(Debug)]
pub struct Request<'a, O> {
    /// Fresh for each call; the answer must repeat it.
    pub uid: Text<'a>,
    /// The kind that the webhook's rule matched, after conversion to its version.
    pub kind: GroupVersionKind<'a>,
    /// `status`, `scale`...; absent for the object itself.
    pub sub_resource: Option<Text<'a>>,
    /// Absent for a `generateName` that is not resolved yet, and in deletions of collections.
    pub name: Option<Text<'a>>,
    /// Absent for cluster-scoped objects.
    pub namespace: Option<Text<'a>>,
    /// The client's operation.
    pub operation: Operation,
    /// The client's user.
    pub user_info: UserInfo<'a>,
    /// `object` and `oldObject`.
    pub objects: O,
}

impl<O> Request<'_, O> {
    /// The object's name; `None` where the API server leaves it out or empty.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| !name.is_empty())
    }

    /// The subresource; `None` for the object itself.
    pub fn sub_resource(&self) -> Option<&str> {
        self.sub_resource.as_deref().filter(|name| !name.is_empty())
    }
}

/// The two objects of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `object`, the new one; null on DELETE.
    New,
    /// `oldObject`, the stored one; null on CREATE.
    Old,
}

/// The objects of a request, in the caller's types. The protocol knows no kind: it names the kind
/// and hands over the bytes.
pub trait RequestObjects<'a>: Sized {
    /// An empty value, for a request about this kind. `None` where it cannot be made before the
    /// kind is known.
    fn begin(kind: Option<&GroupVersionKind<'_>>) -> Option<Self>;
    /// Reads one of the objects, in the pass that reads the review.
    fn read<D: Deserializer<'a>>(&mut self, version: Version, from: D) -> Result<(), D::Error>;
    /// Returns whether an object was given.
    fn has(&self, version: Version) -> bool;
    /// The objects from their JSON, where they cannot be read in one pass. This finds out what is
    /// wrong.
    fn from_json(kind: &GroupVersionKind<'_>, objects: JsonObjects<'a>) -> Self;
}

/// The objects of a request as JSON.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonObjects<'a> {
    /// The new object.
    pub new: Option<&'a str>,
    /// The stored object.
    pub old: Option<&'a str>,
}

impl<'a> RequestObjects<'a> for JsonObjects<'a> {
    fn begin(_: Option<&GroupVersionKind<'_>>) -> Option<Self> {
        Some(Self::default())
    }

    fn read<D: Deserializer<'a>>(&mut self, version: Version, from: D) -> Result<(), D::Error> {
        let object = Option::<Raw<'a>>::deserialize(from)?.map(Raw::get);
        match version {
            Version::New => self.new = object,
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

    fn from_json(_: &GroupVersionKind<'_>, objects: Self) -> Self {
        objects
    }
}

/// `request.kind`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
pub struct GroupVersionKind<'a> {
    /// The API group; empty for core.
    #[serde(borrow, default)]
    pub group: Text<'a>,
    /// The version of the webhook's rule.
    #[serde(borrow)]
    pub version: Text<'a>,
    /// The kind.
    #[serde(borrow)]
    pub kind: Text<'a>,
}

impl fmt::Display for GroupVersionKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}, Kind={}", self.group, self.version, self.kind)
    }
}

/// The user who sends the request.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct UserInfo<'a> {
    /// `system:serviceaccount:<namespace>:<name>` for controllers.
    #[serde(borrow, default)]
    pub username: Text<'a>,
    /// The user's identity over time; empty where the API server knows none.
    #[serde(borrow, default, deserialize_with = "null_as_default")]
    pub uid: Text<'a>,
    /// The groups that the API server found for the user.
    #[serde(borrow, default, deserialize_with = "few")]
    pub groups: Vec<Text<'a>>,
    /// Anything else that authorizers may want to know of the user, undecoded: it is only passed on
    /// to them.
    #[serde(borrow, default)]
    pub extra: Option<Raw<'a>>,
}

#[derive(Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "an object",
    bound(deserialize = "'de: 'a, O: RequestObjects<'de>")
)]
struct Review<'a, O> {
    #[serde(borrow, default)]
    api_version: Text<'a>,
    #[serde(borrow, default)]
    kind: Text<'a>,
    #[serde(default = "Option::default")]
    request: Option<Request<'a, O>>,
}

impl<'de: 'a, 'a, O: RequestObjects<'de>> Deserialize<'de> for Request<'a, O> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RequestVisitor(PhantomData))
    }
}

struct RequestVisitor<O>(PhantomData<O>);

impl<'de, O: RequestObjects<'de>> Visitor<'de> for RequestVisitor<O> {
    type Value = Request<'de, O>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut uid, mut kind, mut operation, mut user_info) = (None, None, None, None);
        let (mut sub_resource, mut name, mut namespace) = (None, None, None);
        let mut objects: Option<O> = None;
        while let Some(field) = map.next_key::<Field>()? {
            match field {
                Field::Uid => once(&mut uid, "uid", &mut map)?,
                Field::Kind => once(&mut kind, "kind", &mut map)?,
                Field::SubResource => once(&mut sub_resource, "subResource", &mut map)?,
                Field::Name => once(&mut name, "name", &mut map)?,
                Field::Namespace => once(&mut namespace, "namespace", &mut map)?,
                Field::Operation => once(&mut operation, "operation", &mut map)?,
                Field::UserInfo => once(&mut user_info, "userInfo", &mut map)?,
                Field::Object => read(&mut objects, kind.as_ref(), Version::New, &mut map)?,
                Field::OldObject => read(&mut objects, kind.as_ref(), Version::Old, &mut map)?,
                Field::Other => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        let missing = A::Error::missing_field;
        let uid = uid.ok_or_else(|| missing("uid"))?;
        let kind: GroupVersionKind<'de> = kind.ok_or_else(|| missing("kind"))?;
        let objects = objects.or_else(|| O::begin(Some(&kind)));
        let user_info: Option<Option<UserInfo<'de>>> = user_info;
        Ok(Request {
            uid,
            operation: operation.ok_or_else(|| missing("operation"))?,
            objects: objects.ok_or_else(|| missing("object"))?,
            sub_resource: sub_resource.flatten(),
            name: name.flatten(),
            namespace: namespace.flatten(),
            user_info: user_info.flatten().unwrap_or_default(),
            kind,
        })
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Field {
    Uid,
    Kind,
    SubResource,
    Name,
    Namespace,
    Operation,
    UserInfo,
    Object,
    OldObject,
    #[serde(other)]
    Other,
}

/// Reads the value of a field that may be given once.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut Option<T>,
    field: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if place.is_some() {
        return Err(A::Error::duplicate_field(field));
    }
    *place = Some(map.next_value()?);
    Ok(())
}

/// Reads one of the objects, if its kind is known or is not needed.
fn read<'de, O: RequestObjects<'de>, A: MapAccess<'de>>(
    objects: &mut Option<O>,
    kind: Option<&GroupVersionKind<'de>>,
    version: Version,
    map: &mut A,
) -> Result<(), A::Error> {
    let objects = match objects {
        Some(objects) => objects,
        None => match O::begin(kind) {
            Some(begun) => objects.insert(begun),
            None => return Err(A::Error::missing_field("kind")),
        },
    };
    if objects.has(version) {
        return Err(A::Error::custom("an object is given twice"));
    }
    map.next_value_seed(ObjectSeed { objects, version })
}

struct ObjectSeed<'o, O> {
    objects: &'o mut O,
    version: Version,
}

impl<'de, O: RequestObjects<'de>> DeserializeSeed<'de> for ObjectSeed<'_, O> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.objects.read(self.version, deserializer)
    }
}

/// The reason why we cannot answer a body. It is shown to the person who configured the caller.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Not UTF-8, so not JSON.
    #[error("the body is not UTF-8, so it is not JSON: {0}")]
    Utf8(#[from] std::str::Utf8Error),
    /// Not JSON, or a field of the review is missing or has the wrong type.
    #[error("the body is not an AdmissionReview: {0}")]
    Json(#[from] serde_json::Error),
    /// Another kind of object, or another version.
    #[error(
        "the body is `apiVersion: {api_version}`, `kind: {kind}`; this server answers \
         `admission.k8s.io/v1`, `AdmissionReview`: set admissionReviewVersions to [v1]"
    )]
    NotV1 {
        /// The body's `apiVersion`.
        api_version: String,
        /// The body's `kind`.
        kind: String,
    },
    /// An answer, or an empty review.
    #[error("the AdmissionReview has no request")]
    NoRequest,
    /// The uid is missing: the API server compares it with the answer's.
    #[error("request.uid is empty")]
    NoUid,
    /// The object that the operation is about is missing.
    #[error("request.{field} is missing in a {}", operation.name())]
    NoObject {
        /// The missing field.
        field: &'static str,
        /// The operation that needs it.
        operation: Operation,
    },
}

/// Reads an `AdmissionReview` v1 and its objects.
///
/// Nearly all reviews are read in one pass, by the quick reader. It does not take a mistake, a
/// value of a wrong type, or an object that comes before its kind. Such a review is read again step
/// by step, to find out what is wrong.
pub fn decode<'a, O: RequestObjects<'a>>(body: &'a [u8]) -> Result<Request<'a, O>, ReviewError> {
    // Checked once here, not string by string in the decoder.
    let text = std::str::from_utf8(body)?;
    let quickly = partial_json::ordinary(text).and_then(|review| request(review).ok());
    if let Some(request) = quickly {
        return Ok(request);
    }
    let request: Request<'a, JsonObjects<'a>> = request(serde_json::from_str(text)?)?;
    let Request { uid, kind, sub_resource, name, namespace, operation, user_info, objects } =
        request;
    let objects = O::from_json(&kind, objects);
    Ok(Request { uid, kind, sub_resource, name, namespace, operation, user_info, objects })
}

/// The request of a review.
fn request<'a, O: RequestObjects<'a>>(
    Object(review): Object<Review<'a, O>>,
) -> Result<Request<'a, O>, ReviewError> {
    if &*review.api_version != "admission.k8s.io/v1" || &*review.kind != "AdmissionReview" {
        return Err(ReviewError::NotV1 {
            api_version: review.api_version.to_string(),
            kind: review.kind.to_string(),
        });
    }
    let request = review.request.ok_or(ReviewError::NoRequest)?;
    if request.uid.is_empty() {
        return Err(ReviewError::NoUid);
    }
    let operation = request.operation;
    let lacks = |version| !request.objects.has(version);
    let missing = match operation {
        Operation::Create | Operation::Update if lacks(Version::New) => Some("object"),
        Operation::Update | Operation::Delete if lacks(Version::Old) => Some("oldObject"),
        _ => None,
    };
    match missing {
        Some(field) => Err(ReviewError::NoObject { field, operation }),
        None => Ok(request),
    }
}
