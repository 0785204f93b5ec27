//! Which types fit which, and what the types are that stand for any other.
//!
//! An empty list is a list of some type, `T0`. Where it meets a list of strings, T0 is bound to string
//! from then on: `[] + ['a']`. Each overload of a function is tried with new such types for those of
//! its signature. Nothing stays bound by an overload that does not fit.

use crate::types::Type;

/// The steps through types that an expression may take, and those for each of its nodes. Types can share
/// their parts, so that one that is written in a line has as many parts as there are atoms: each
/// `[a].map(b, {b: b})` doubles them.
const STEPS: usize = 100_000;
const STEPS_PER_NODE: usize = 64;

/// The most types in one another. It bounds the recursion here, in printing and in dropping types. The
/// parser allows 250 lists in one another; definitions add theirs.
const DEPTH: u32 = 600;

/// The types that are bound so far.
#[derive(Debug)]
pub(super) struct Unifier {
    bindings: Vec<Option<Type>>,
    /// What bindings were before, the latest last, to undo those of an overload that does not fit.
    trail: Vec<(u32, Option<Type>)>,
    steps: usize,
    depth: u32,
    is_exhausted: bool,
}

impl Unifier {
    /// Nothing is bound yet.
    pub fn new(nodes: usize) -> Self {
        Self {
            bindings: Vec::new(),
            trail: Vec::new(),
            steps: STEPS + STEPS_PER_NODE * nodes,
            depth: 0,
            is_exhausted: false,
        }
    }

    /// Returns whether the types became too large or too deep to be compared; answers do not count
    /// then.
    pub fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// A new type that stands for any other.
    pub fn fresh(&mut self) -> Type {
        Type::Parameter(self.reserve(1))
    }

    /// New types for those of a signature, from the returned number on.
    pub fn reserve(&mut self, count: u32) -> u32 {
        let first = u32::try_from(self.bindings.len()).unwrap_or(u32::MAX);
        self.bindings.resize_with(self.bindings.len() + count as usize, || None);
        first
    }

    /// Returns whether a value of the type `from` can be where one of the type `to` must be, and binds
    /// what must be bound for it.
    pub fn fits(&mut self, from: &Type, to: &Type) -> bool {
        self.all_fit(&[from], std::slice::from_ref(to))
    }

    /// Returns whether all fit, each the one at its place.
    pub fn all_fit(&mut self, from: &[&Type], to: &[Type]) -> bool {
        if from.len() != to.len() {
            return false;
        }
        self.trail.clear();
        let fit = from.iter().zip(to).all(|(from, to)| self.unify(from, to));
        if !fit {
            while let Some((number, before)) = self.trail.pop() {
                self.restore(number, before);
            }
        }
        fit
    }

    /// The type, with what is bound in its place.
    pub fn resolve(&mut self, of: &Type) -> Type {
        self.substitute(of, false)
    }

    /// The type, in which what is not bound is [`Type::Dyn`].
    pub fn settle(&mut self, of: &Type) -> Type {
        self.substitute(of, true)
    }

    fn restore(&mut self, number: u32, before: Option<Type>) {
        if let Some(binding) = self.bindings.get_mut(number as usize) {
            *binding = before;
        }
    }

    fn bound(&self, number: u32) -> Option<Type> {
        self.bindings.get(number as usize)?.clone()
    }

    fn bind_to(&mut self, number: u32, to: Type) {
        if let Some(binding) = self.bindings.get_mut(number as usize) {
            self.trail.push((number, binding.replace(to)));
        }
    }

    /// Takes a step down into a type; `leave` must follow if it is allowed.
    fn enter(&mut self) -> bool {
        let is_allowed = self.steps > 0 && self.depth < DEPTH;
        if is_allowed {
            self.steps -= 1;
            self.depth += 1;
        } else {
            self.is_exhausted = true;
        }
        is_allowed
    }

    fn unify(&mut self, from: &Type, to: &Type) -> bool {
        if !self.enter() {
            return false;
        }
        let fits = self.unify_here(from, to);
        self.depth -= 1;
        fits
    }

    fn unify_here(&mut self, from: &Type, to: &Type) -> bool {
        if let Type::Parameter(number) = to {
            match self.unify_parameter(from, *number) {
                Fit::Yes => return true,
                Fit::No => return false,
                // The other way round it may be possible.
                Fit::Circular => {}
            }
        }
        if let Type::Parameter(number) = from {
            return self.unify_parameter(to, *number) == Fit::Yes;
        }
        if from.is_dyn_or_error() || to.is_dyn_or_error() {
            return true;
        }
        match (from, to) {
            (Type::Null, other) | (other, Type::Null) => may_be_null(other),
            (Type::Type(_), Type::Type(_)) => true,
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
                self.unify(a, b)
            }
            (Type::Map(a), Type::Map(b)) => self.unify(&a.0, &b.0) && self.unify(&a.1, &b.1),
            _ => from.unwrapped() == to.unwrapped(),
        }
    }

    /// Binds a type that stands for any other, or finds whether what it is bound to fits; the more
    /// general of the two stays bound.
    fn unify_parameter(&mut self, of: &Type, number: u32) -> Fit {
        if *of == Type::Parameter(number) {
            return Fit::Yes;
        }
        if let Some(bound) = self.bound(number) {
            if self.are_same(of, &bound) {
                return Fit::Yes;
            }
            if !self.unify(of, &bound) {
                return Fit::No;
            }
            let general = self.more_general(of, bound);
            if !self.contains(&general, number) {
                self.bind_to(number, general);
            }
            return Fit::Yes;
        }
        if self.contains(of, number) {
            return Fit::Circular;
        }
        self.bind_to(number, of.clone());
        Fit::Yes
    }

    /// Returns whether a type contains the one that stands for any other.
    fn contains(&mut self, of: &Type, number: u32) -> bool {
        if !self.enter() {
            return true;
        }
        let contains = match of {
            Type::Parameter(other) if *other == number => true,
            Type::Parameter(other) => {
                self.bound(*other).is_some_and(|bound| self.contains(&bound, number))
            }
            Type::List(of) | Type::Optional(of) | Type::Type(of) => self.contains(of, number),
            Type::Map(of) => self.contains(&of.0, number) || self.contains(&of.1, number),
            _ => false,
        };
        self.depth -= 1;
        contains
    }

    /// The more general of two types that fit.
    pub fn more_general(&mut self, one: &Type, other: Type) -> Type {
        if self.covers(one, &other) { one.clone() } else { other }
    }

    fn covers(&mut self, one: &Type, other: &Type) -> bool {
        if !self.enter() {
            return false;
        }
        let covers = match (one, other) {
            (Type::Dyn | Type::Parameter(_), _) | (Type::Type(_), Type::Type(_)) => true,
            (_, Type::Dyn | Type::Parameter(_)) => false,
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
                self.covers(a, b)
            }
            (Type::Map(a), Type::Map(b)) => self.covers(&a.0, &b.0) && self.covers(&a.1, &b.1),
            _ => one.is_exactly(other),
        };
        self.depth -= 1;
        covers
    }

    /// Returns whether two types are the same, where a wrapper is what it wraps.
    pub fn are_same(&mut self, one: &Type, other: &Type) -> bool {
        if !self.enter() {
            return false;
        }
        let are_same = match (one, other) {
            (Type::List(a), Type::List(b))
            | (Type::Optional(a), Type::Optional(b))
            | (Type::Type(a), Type::Type(b)) => self.are_same(a, b),
            (Type::Map(a), Type::Map(b)) => self.are_same(&a.0, &b.0) && self.are_same(&a.1, &b.1),
            _ => one.is_exactly(other),
        };
        self.depth -= 1;
        are_same
    }

    fn substitute(&mut self, of: &Type, to_dyn: bool) -> Type {
        if !self.enter() {
            return Type::Error;
        }
        let substituted = match of {
            Type::Parameter(number) => match self.bound(*number) {
                Some(bound) => self.substitute(&bound, to_dyn),
                None if to_dyn => Type::Dyn,
                None => of.clone(),
            },
            Type::List(of) => Type::list(self.substitute(of, to_dyn)),
            Type::Optional(of) => Type::optional(self.substitute(of, to_dyn)),
            Type::Type(of) => Type::Type(self.substitute(of, to_dyn).into()),
            Type::Map(of) => {
                let key = self.substitute(&of.0, to_dyn);
                Type::map(key, self.substitute(&of.1, to_dyn))
            }
            _ => of.clone(),
        };
        self.depth -= 1;
        substituted
    }
}

/// Whether a type fits one that stands for any other.
#[derive(PartialEq)]
enum Fit {
    Yes,
    No,
    /// The one contains the other.
    Circular,
}

/// A type of a signature, with its numbers from `first` on.
pub(super) fn renumbered(of: &Type, first: u32) -> Type {
    match of {
        Type::Parameter(number) => Type::Parameter(number.saturating_add(first)),
        Type::List(of) => Type::list(renumbered(of, first)),
        Type::Optional(of) => Type::optional(renumbered(of, first)),
        Type::Type(of) => Type::Type(renumbered(of, first).into()),
        Type::Map(of) => Type::map(renumbered(&of.0, first), renumbered(&of.1, first)),
        _ => of.clone(),
    }
}

/// Returns whether null can be where a value of the type must be. cel-go has always allowed it for what
/// is a message, and so for whatever is none of the basic types.
fn may_be_null(of: &Type) -> bool {
    matches!(
        of,
        Type::Null
            | Type::Nullable(_)
            | Type::Duration
            | Type::Timestamp
            | Type::Optional(_)
            | Type::Opaque(_)
            | Type::Object(_)
    )
}
