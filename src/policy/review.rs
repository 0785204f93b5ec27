//! A review's bytes as values: the parts that policies read, in one pass.

use std::fmt;

use kubernetes_cel::{Part, Projection, Value};
use partial_json::{Text, object};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::selector::Labels;
use super::variables::{OBJECT, OLD_OBJECT, REQUEST, REQUEST_FIELDS};

/// The values of a request.
#[derive(Debug)]
pub struct RequestValues<'a> {
    /// The object to be.
    pub object: Value<'a>,
    /// The object as stored.
    pub old_object: Value<'a>,
    /// Everything else of the request.
    pub request: Value<'a>,
}

/// Decodes what is read of an `AdmissionReview`.
pub fn decode<'a>(
    body: &'a str,
    reads: &Projection,
) -> Result<RequestValues<'a>, serde_json::Error> {
    partial_json::read(body, ReviewSeed(reads))
}

/// The review, of which only `request` counts.
#[derive(Clone, Copy)]
struct ReviewSeed<'p>(&'p Projection);

impl<'de> DeserializeSeed<'de> for ReviewSeed<'_> {
    type Value = RequestValues<'de>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<RequestValues<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReviewSeed<'_> {
    type Value = RequestValues<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an AdmissionReview")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RequestValues<'de>, A::Error> {
        let mut values =
            RequestValues { object: Value::Null, old_object: Value::Null, request: Value::Null };
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if key.as_str() == REQUEST {
                values = map.next_value_seed(RequestSeed(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(values)
    }
}

/// `request`
struct RequestSeed<'p>(&'p Projection);

impl<'de> DeserializeSeed<'de> for RequestSeed<'_> {
    type Value = RequestValues<'de>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<RequestValues<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RequestSeed<'_> {
    type Value = RequestValues<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an AdmissionRequest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RequestValues<'de>, A::Error> {
        let (mut object, mut old_object) = (Value::Null, Value::Null);
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let reads = |variable| self.0.of(variable);
            match key.as_str() {
                OBJECT if let Some(fields) = reads(OBJECT) => {
                    object = map.next_value_seed(Part::of(fields))?;
                }
                OLD_OBJECT if let Some(fields) = reads(OLD_OBJECT) => {
                    old_object = map.next_value_seed(Part::of(fields))?;
                }
                key => {
                    let name = REQUEST_FIELDS.into_iter().find(|name| *name == key);
                    let fields = name.and_then(|name| reads(REQUEST)?.field(name));
                    if let Some((name, fields)) = name.zip(fields) {
                        members.push((name, map.next_value_seed(Part::of(&fields))?));
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
            }
        }
        Ok(RequestValues { object, old_object, request: Value::object(members) })
    }
}

/// The metadata of both objects that is needed before any expression.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectMetas {
    #[serde(deserialize_with = "object")]
    object: Option<Head>,
    #[serde(deserialize_with = "object")]
    old_object: Option<Head>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Head {
    metadata: Meta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    deletion_timestamp: Option<IgnoredAny>,
    labels: Option<Labels>,
}

impl ObjectMetas {
    /// Reads them.
    pub fn decode(body: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Metas {
            request: ObjectMetas,
        }
        Ok(partial_json::from_str::<Metas>(body)?.request)
    }

    /// Returns whether the object is being deleted.
    pub fn are_terminating(&self) -> bool {
        let metas = [&self.object, &self.old_object].into_iter().flatten();
        metas.into_iter().any(|head| head.metadata.deletion_timestamp.is_some())
    }

    /// The labels of the object as it is to be and as it was.
    pub fn labels(&self) -> [Option<&Labels>; 2] {
        static NONE: Labels = Labels::new();
        [&self.object, &self.old_object]
            .map(|it| it.as_ref().map(|head| head.metadata.labels.as_ref().unwrap_or(&NONE)))
    }
}
