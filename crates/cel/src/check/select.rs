//! Names and selections: `object.spec`, `has(object.spec)`, `object.?spec`, `google.protobuf.Timestamp`.

use super::names::{absolute, fields, named_type, qualified};
use super::{Checker, Reference, messages};
use crate::scope::{VARIABLES, VARIABLES_TYPE};
use crate::syntax::ast::{Call, Id, Kind, Literal, Node, Select};
use crate::types::Type;

/// A constant of Protocol Buffers, the only one there is: it is an int, and not null.
const NULL_VALUE: &str = "google.protobuf.NullValue.NULL_VALUE";

impl Checker<'_> {
    pub(super) fn name_or_select(&mut self, node: &mut Node) {
        if let Some(name) = qualified(node)
            && self.name(node, absolute(&name))
        {
            return;
        }
        let of = match &mut node.kind {
            Kind::Select(select) => {
                let Select { operand, field, test } = &mut **select;
                self.check(operand);
                let of = self.field(node.id, operand, field, false);
                if *test { Type::Bool } else { of }
            }
            Kind::Ident(name) => {
                let message = self.undeclared(absolute(name));
                self.report_at(node.id, message);
                Type::Error
            }
            _ => Type::Error,
        };
        let of = self.unifier.resolve(&of);
        self.set(node.id, of);
    }

    /// Returns whether a whole name stands for something; the node becomes the name then.
    fn name(&mut self, node: &mut Node, name: &str) -> bool {
        let variable = self.locals.get(name).or_else(|| self.scope.get(name));
        if let Some(of) = variable {
            let of = of.clone();
            self.set(node.id, of);
            self.refer(node.id, Reference::Variable);
        } else if let Some(of) = named_type(name) {
            self.set(node.id, Type::Type(of.clone().into()));
            self.refer(node.id, Reference::Type(of));
        } else if name == NULL_VALUE {
            self.set(node.id, Type::Int);
            node.kind = Kind::Literal(Literal::Int(0));
            return true;
        } else {
            return false;
        }
        node.kind = Kind::Ident(name.into());
        true
    }

    /// `operand.?field`
    pub(super) fn optional_select(&mut self, id: Id, call: &mut Call) {
        let mut of = Type::Error;
        if let [operand, field] = &mut call.arguments[..]
            && let Kind::Literal(Literal::String(name)) = &field.kind
        {
            let name = name.clone();
            self.check(operand);
            self.set(field.id, Type::String);
            of = self.field(id, operand, &name, true);
        }
        let of = self.unifier.resolve(&of);
        self.set(id, of);
        self.refer(id, Reference::Overloads(vec![0]));
    }

    /// The type of a field of what was checked.
    fn field(&mut self, id: Id, operand: &Node, field: &str, is_optional: bool) -> Type {
        let operand_type = self.resolved(operand);
        let (of, was_optional) = match operand_type {
            Type::Optional(inner) => ((*inner).clone(), true),
            other => (other, false),
        };
        let found = match &of {
            Type::Map(entry) => entry.1.clone(),
            Type::Object(object) => object.fields.get(field).cloned().unwrap_or_else(|| {
                let message = if &*object.name == VARIABLES_TYPE {
                    messages::undeclared_definition(field, fields(object))
                } else {
                    messages::no_field(&of, field, fields(object))
                };
                self.report_at(id, message);
                Type::Error
            }),
            Type::Parameter(_) => {
                // It stays dynamic, so that nothing later makes it a type without fields.
                self.unifier.fits(&Type::Dyn, &of);
                Type::Dyn
            }
            Type::Dyn | Type::Error => Type::Dyn,
            _ => {
                self.report_at(id, messages::no_fields(&of, field));
                Type::Dyn
            }
        };
        if was_optional || is_optional { Type::optional(found) } else { found }
    }

    fn undeclared(&self, name: &str) -> String {
        if name == VARIABLES {
            return messages::NO_VARIABLES.to_owned();
        }
        let known = self.scope.names().chain(self.locals.names());
        messages::undeclared_name(name, known)
    }
}
