//! What names stand for.

use crate::syntax::ast::{Kind, Node};
use crate::types::{ObjectType, Type};

/// The variables of comprehensions.
#[derive(Debug, Default)]
pub(super) struct Locals {
    variables: Vec<(Box<str>, Type)>,
    /// The number of variables in the scopes around the innermost.
    start: usize,
}

/// A scope around another.
pub(super) struct Outer {
    start: usize,
    variables: usize,
}

impl Locals {
    /// Begins a scope.
    pub fn enter(&mut self) -> Outer {
        let outer = Outer { start: self.start, variables: self.variables.len() };
        self.start = outer.variables;
        outer
    }

    /// Ends a scope.
    pub fn leave(&mut self, outer: &Outer) {
        self.variables.truncate(outer.variables);
        self.start = outer.start;
    }

    /// Adds a variable; of two of one name in a scope, the first counts.
    pub fn add(&mut self, name: &str, of: Type) {
        let mut here = self.variables.iter().skip(self.start);
        if !here.any(|(known, _)| **known == *name) {
            self.variables.push((name.into(), of));
        }
    }

    /// The innermost variable of a name.
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.variables.iter().rev().find(|(known, _)| **known == *name).map(|(_, of)| of)
    }

    /// The names that a source can have written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.variables.iter().map(|(name, _)| &**name);
        names.filter(|name| !name.starts_with(['@', '#']))
    }
}

/// The type that a name stands for. `list` is any list.
///
/// The opaque types of Kubernetes have no names but for these two.
pub(super) fn named_type(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "google.protobuf.Duration" => Type::Duration,
        "google.protobuf.Timestamp" => Type::Timestamp,
        "int" => Type::Int,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "net.CIDR" => Type::Opaque("net.CIDR"),
        "net.IP" => Type::Opaque("net.IP"),
        "null_type" => Type::Null,
        "optional_type" => Type::optional(Type::Dyn),
        "string" => Type::String,
        "type" => Type::Type(Type::Dyn.into()),
        "uint" => Type::Uint,
        _ => return None,
    })
}

/// The name `a.b.c` that is written as a chain of selections.
pub(super) fn qualified(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Ident(name) => Some(name.to_string()),
        Kind::Select(select) if !select.test => {
            Some(format!("{}.{}", qualified(&select.operand)?, select.field))
        }
        _ => None,
    }
}

/// A name without the dot before it, which cel-go needs to look outside of a container. There is none
/// here, so that even a variable of a comprehension may have it.
pub(super) fn absolute(name: &str) -> &str {
    name.strip_prefix('.').unwrap_or(name)
}

/// The fields of an object that have a name like this.
pub(super) fn fields(object: &ObjectType) -> impl Iterator<Item = &str> {
    object.fields.keys().map(|name| &**name)
}
