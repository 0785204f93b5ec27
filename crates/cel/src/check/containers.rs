//! Lists, maps and messages that an expression makes.

use super::{Checker, messages};
use crate::protobuf::Message;
use crate::syntax::ast::{Entry, Field, Id, Item, Node, Struct};
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn list(&mut self, items: &mut [Item]) -> Type {
        let mut all = None;
        for Item { value, optional } in items {
            self.check(value);
            let of = self.element(value, *optional);
            all = Some(self.join(all, of));
        }
        Type::list(all.unwrap_or_else(|| self.unifier.fresh()))
    }

    pub(super) fn map(&mut self, entries: &mut [Entry]) -> Type {
        let (mut keys, mut values) = (None, None);
        for Entry { key, value, optional } in entries {
            self.check(key);
            let of = self.of(key);
            keys = Some(self.join(keys, of));
            self.check(value);
            let of = self.element(value, *optional);
            values = Some(self.join(values, of));
        }
        let key = keys.unwrap_or_else(|| self.unifier.fresh());
        Type::map(key, values.unwrap_or_else(|| self.unifier.fresh()))
    }

    /// `Name{field: value}`, for the messages of Protocol Buffers that stand for values.
    pub(super) fn message(&mut self, id: Id, made: &mut Struct) -> Type {
        let Some(message) = Message::named(&made.name) else {
            self.report_at(id, messages::no_message(&made.name));
            return Type::Error;
        };
        let expected = message.field_type();
        for Field { name, value, optional } in &mut made.fields {
            self.check(value);
            let found = self.element(value, *optional);
            if !message.fields().contains(&&**name) {
                let fields = message.fields().iter().copied();
                self.report(value, messages::no_message_field(&made.name, name, fields));
            } else if !self.unifier.fits(&expected, &found) {
                self.mismatch(value, &expected, &found);
            }
        }
        message.result()
    }

    /// The type of an element, without its optional where one is written: `?value`.
    fn element(&mut self, value: &Node, is_optional: bool) -> Type {
        match self.of(value) {
            Type::Optional(of) if is_optional => (*of).clone(),
            of => {
                if is_optional && !of.is_dyn_or_error() {
                    self.mismatch(value, &Type::optional(of.clone()), &of);
                }
                of
            }
        }
    }

    /// The type of all elements so far. Where they differ it is dynamic; that literals have elements of
    /// one type is checked later, because those in `format` need not.
    fn join(&mut self, before: Option<Type>, of: Type) -> Type {
        match before {
            None => of,
            Some(before) if self.unifier.fits(&before, &of) => {
                self.unifier.more_general(&before, of)
            }
            Some(_) => Type::Dyn,
        }
    }
}
