//! Calls: which overloads of a function the types of the arguments leave, and the type of the result.

use super::names::{absolute, qualified};
use super::unify::renumbered;
use super::{Checker, Reference, messages};
use crate::environment::Overload;
use crate::syntax::ast::{Call, Id, Kind, Node, operator};
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn call(&mut self, node: &mut Node) {
        let Kind::Call(call) = &mut node.kind else { return };
        if &*call.function == operator::OPTIONAL_SELECT {
            self.optional_select(node.id, call);
            return;
        }
        for argument in &mut call.arguments {
            self.check(argument);
        }
        self.name_function(call);
        if let Some(target) = &mut call.target {
            self.check(target);
        }
        let environment = self.environment;
        let overloads = environment.overloads(&call.function);
        let of = if overloads.is_empty() {
            let message = messages::undeclared_function(call, environment);
            self.report_at(node.id, message);
            Type::Error
        } else if matches!(&*call.function, operator::AND | operator::OR) {
            self.logical(node.id, call)
        } else {
            self.resolve_overloads(node.id, call, overloads)
        };
        self.set(node.id, of);
    }

    /// Gives a function its whole name: `optional.of(x)` has no target then.
    fn name_function(&mut self, call: &mut Call) {
        let Some(target) = &call.target else {
            call.function = absolute(&call.function).into();
            return;
        };
        let Some(namespace) = qualified(target) else { return };
        let name = format!("{}.{}", absolute(&namespace), call.function);
        if !self.environment.overloads(&name).is_empty() {
            call.target = None;
            call.function = name.into();
        }
    }

    /// `&&` and `||`, which have a mistake for each operand.
    fn logical(&mut self, id: Id, call: &Call) -> Type {
        let mistakes = self.mistakes.len();
        for argument in &call.arguments {
            let found = self.of(argument);
            if !self.unifier.fits(&found, &Type::Bool) {
                self.mismatch(argument, &Type::Bool, &found);
            }
        }
        if self.mistakes.len() > mistakes {
            return Type::Error;
        }
        self.refer(id, Reference::Overloads(vec![0]));
        Type::Bool
    }

    fn resolve_overloads(&mut self, id: Id, call: &Call, overloads: &[Overload]) -> Type {
        let given = call.target.iter().chain(&call.arguments);
        let given: Vec<_> = given.map(|argument| self.of(argument)).collect();
        let given: Vec<_> = given.iter().collect();
        let (mut result, mut left) = (None, Vec::new());
        for (place, overload) in overloads.iter().enumerate() {
            let has_form = overload.signature.is_member == call.target.is_some();
            if !has_form || overload.signature.parameters.len() != given.len() {
                continue;
            }
            let first = self.unifier.reserve(overload.signature.variables);
            let taken = overload.signature.parameters.iter().map(|taken| renumbered(taken, first));
            let taken: Vec<_> = taken.collect();
            // An overload that fits binds types also for those after it, so their order counts.
            if !self.unifier.all_fit(&given, &taken) {
                continue;
            }
            left.push(place);
            let of = self.unifier.resolve(&renumbered(&overload.signature.result, first));
            result = Some(match result {
                None => of,
                Some(Type::Dyn) => Type::Dyn,
                Some(before) if self.unifier.are_same(&of, &before) => before,
                Some(_) => Type::Dyn,
            });
        }
        let Some(result) = result else {
            let given: Vec<_> = given.into_iter().map(|of| self.unifier.settle(of)).collect();
            self.report_at(id, messages::no_overload(call, &given, overloads));
            return Type::Error;
        };
        self.refer(id, Reference::Overloads(left));
        result
    }
}
