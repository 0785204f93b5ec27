//! The checker: names and types, as cel-go's checker finds them.

mod calls;
mod containers;
mod literals;
mod messages;
mod names;
mod select;
mod unify;

use crate::environment::Environment;
use crate::error::Mistake;
use crate::scope::Scope;
use crate::syntax::ast::{Ast, Comprehension, Id, Kind, Literal, Node};
use crate::types::Type;
pub(crate) use messages::wrong_result;
use names::Locals;
use unify::Unifier;

/// The most mistakes that are told.
const MOST: usize = 20;

/// An expression without mistakes.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The tree, in which names have their whole form: `optional.of(x)` is a call without a target, and
    /// `google.protobuf.Timestamp` one name.
    pub ast: Ast,
    /// The type of each node, by its number.
    pub types: Vec<Type>,
    /// What the name or the function of a node stands for, by its number; for other nodes nothing.
    pub references: Vec<Option<Reference>>,
}

impl Checked {
    /// The type of a node.
    pub fn of(&self, id: Id) -> &Type {
        self.types.get(id as usize).unwrap_or(&Type::Error)
    }
}

/// What a name or a function stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reference {
    /// A variable, of the scope or of a comprehension.
    Variable,
    /// A type, as a value.
    Type(Type),
    /// Those overloads of a function that the types of the arguments leave, by their place in the
    /// function's declaration; never none. More than one where types are only known at evaluation.
    Overloads(Vec<usize>),
}

/// Checks a tree.
///
/// # Errors
///
/// The mistakes that were found, in the order of the source; never none.
pub(crate) fn check(
    mut ast: Ast,
    environment: &Environment,
    scope: &Scope,
) -> Result<Checked, Vec<Mistake>> {
    let nodes = ast.offsets.len();
    let mut checker = Checker {
        environment,
        scope,
        locals: Locals::default(),
        unifier: Unifier::new(nodes),
        offsets: &ast.offsets,
        types: vec![Type::Error; nodes],
        references: vec![None; nodes],
        mistakes: Vec::new(),
    };
    checker.check(&mut ast.root);
    let Checker { mut unifier, mut types, references, mut mistakes, .. } = checker;
    for of in &mut types {
        *of = unifier.settle(of);
    }
    for ((of, stands_for), offset) in types.iter().zip(&references).zip(&ast.offsets) {
        if let (Type::Type(_), Some(Reference::Variable)) = (of, stands_for) {
            mistakes.push(Mistake { offset: *offset, message: messages::HOLDS_TYPE.to_owned() });
        }
    }
    if unifier.is_exhausted() {
        mistakes = vec![Mistake { offset: 0, message: messages::TOO_COMPLEX.to_owned() }];
    }
    if mistakes.is_empty() {
        let result = Checked { ast, types, references };
        mistakes = literals::check(&result, environment);
        if mistakes.is_empty() {
            return Ok(result);
        }
    }
    mistakes.sort_by_key(|mistake| mistake.offset);
    mistakes.truncate(MOST);
    Err(mistakes)
}

struct Checker<'c> {
    environment: &'c Environment,
    scope: &'c Scope,
    locals: Locals,
    unifier: Unifier,
    offsets: &'c [u32],
    types: Vec<Type>,
    references: Vec<Option<Reference>>,
    mistakes: Vec<Mistake>,
}

impl Checker<'_> {
    /// Finds the type of a node and of all below it.
    fn check(&mut self, node: &mut Node) {
        if let Kind::Select(_) | Kind::Ident(_) = node.kind {
            self.name_or_select(node);
            return;
        }
        if let Kind::Call(_) = node.kind {
            self.call(node);
            return;
        }
        let of = match &mut node.kind {
            Kind::Literal(literal) => literal_type(literal),
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Struct(made) => self.message(node.id, made),
            Kind::Comprehension(it) => self.comprehension(it),
            Kind::Select(_) | Kind::Ident(_) | Kind::Call(_) => Type::Error,
        };
        self.set(node.id, of);
    }

    fn comprehension(&mut self, it: &mut Comprehension) -> Type {
        self.check(&mut it.range);
        self.check(&mut it.initial);
        let range = self.resolved(&it.range);
        let accumulated = self.of(&it.initial);
        let outer = self.locals.enter();
        self.locals.add(&it.accumulator, accumulated.clone());
        let (first, second) = self.items(&it.range, range, it.second.is_some());
        let inner = self.locals.enter();
        self.locals.add(&it.variable, first);
        if let Some(name) = &it.second {
            self.locals.add(name, second);
        }
        self.check(&mut it.condition);
        self.must_be(&it.condition, &Type::Bool);
        self.check(&mut it.step);
        self.must_be(&it.step, &accumulated);
        self.locals.leave(&inner);
        self.check(&mut it.result);
        self.locals.leave(&outer);
        self.resolved(&it.result)
    }

    /// The types of the variables that run over a range: of one variable the item or the key, of two
    /// the index or the key, and the value.
    fn items(&mut self, at: &Node, range: Type, has_two: bool) -> (Type, Type) {
        match range {
            Type::List(item) if has_two => (Type::Int, (*item).clone()),
            Type::List(item) => ((*item).clone(), Type::Error),
            Type::Map(entry) => entry.as_ref().clone(),
            Type::Dyn | Type::Error | Type::Parameter(_) => {
                // It stays dynamic, so that nothing later makes it a type that cannot be a range.
                self.unifier.fits(&Type::Dyn, &range);
                (Type::Dyn, Type::Dyn)
            }
            other => {
                self.report(at, messages::no_range(&other));
                (Type::Error, Type::Error)
            }
        }
    }

    fn must_be(&mut self, node: &Node, expected: &Type) {
        let found = self.of(node);
        if !self.unifier.fits(expected, &found) {
            self.mismatch(node, expected, &found);
        }
    }

    /// Reports that a type is another than it must be.
    fn mismatch(&mut self, at: &Node, expected: &Type, found: &Type) {
        let expected = self.unifier.settle(expected);
        let found = self.unifier.settle(found);
        self.report(at, messages::mismatch(&expected, &found));
    }

    fn report(&mut self, at: &Node, message: String) {
        self.report_at(at.id, message);
    }

    fn report_at(&mut self, id: Id, message: String) {
        if self.mistakes.len() < MOST {
            let offset = self.offsets.get(id as usize).copied().unwrap_or_default();
            self.mistakes.push(Mistake { offset, message });
        }
    }

    fn of(&self, node: &Node) -> Type {
        self.types.get(node.id as usize).cloned().unwrap_or(Type::Error)
    }

    fn resolved(&mut self, node: &Node) -> Type {
        let of = self.of(node);
        self.unifier.resolve(&of)
    }

    fn set(&mut self, id: Id, of: Type) {
        if let Some(known) = self.types.get_mut(id as usize) {
            *known = of;
        }
    }

    fn refer(&mut self, id: Id, to: Reference) {
        if let Some(known) = self.references.get_mut(id as usize) {
            *known = Some(to);
        }
    }
}

fn literal_type(literal: &Literal) -> Type {
    match literal {
        Literal::Null => Type::Null,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) => Type::Int,
        Literal::Uint(_) => Type::Uint,
        Literal::Double(_) => Type::Double,
        Literal::String(_) => Type::String,
        Literal::Bytes(_) => Type::Bytes,
    }
}

#[cfg(test)]
mod tests;
