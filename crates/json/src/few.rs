//! Lists that take little memory, however many items they are given.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

/// The most items of a list or entries of a map that are worth to be read. An item may take three
/// bytes of JSON and a hundred of memory.
pub const MAX_ITEMS: usize = 4096;

/// The first items of a list: at most [`MAX_ITEMS`].
struct Few<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FewVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for FewVisitor<T> {
            type Value = Few<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while items.len() < MAX_ITEMS {
                    let Some(item) = list.next_element()? else { return Ok(Few(items)) };
                    items.push(item);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Few(items))
            }
        }

        deserializer.deserialize_seq(FewVisitor(PhantomData))
    }
}

/// Reads the first items of a list, at most [`MAX_ITEMS`] of them. `null` counts as an empty list.
pub fn few<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Few<T>>::deserialize(deserializer)?.map(|Few(items)| items).unwrap_or_default())
}
