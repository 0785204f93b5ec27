//! Checks of literals, which Kubernetes makes on the tree when its types are known: of constant durations,
//! timestamps, patterns and formats, and of lists and maps, whose items must have one type.

use super::{Checked, messages};
use crate::environment::Environment;
use crate::error::Mistake;
use crate::evaluate::{Meter, Stop};
use crate::library::check_pattern;
use crate::library::text_format::{Conversion, Part, parts};
use crate::syntax::ast::{Call, Entry, Item, Kind, Literal, Node};
use crate::types::Type;

/// The function whose argument is a list of values of several types.
const FORMAT: &str = "format";

/// The mistakes in literals, in no order.
pub(super) fn check(checked: &Checked, environment: &Environment) -> Vec<Mistake> {
    let mut literals = Literals { checked, environment, mistakes: Vec::new() };
    literals.check(&checked.ast.root, false);
    literals.mistakes
}

struct Literals<'c> {
    checked: &'c Checked,
    environment: &'c Environment,
    mistakes: Vec<Mistake>,
}

impl<'c> Literals<'c> {
    /// Checks a node and all below it. Anywhere in a call of `format` lists and maps may be mixed.
    fn check(&mut self, node: &Node, mut is_in_format: bool) {
        match &node.kind {
            Kind::Call(call) => {
                self.call(node, call);
                is_in_format |= &*call.function == FORMAT;
            }
            Kind::List(items) if !is_in_format => self.list(items),
            Kind::Map(entries) if !is_in_format => self.map(entries),
            _ => {}
        }
        node.children().into_iter().for_each(|child| self.check(child, is_in_format));
    }

    fn call(&mut self, node: &Node, call: &Call) {
        // As in Kubernetes it is the first argument, even where that is the text: `matches('(', 'a')`.
        let first = call.arguments.first().map(|argument| (argument, &argument.kind));
        match (&*call.function, &call.target, first) {
            ("duration" | "timestamp", _, Some((argument, Kind::Literal(literal)))) => {
                self.conversion(&call.function, argument, literal);
            }
            ("matches", _, Some((argument, Kind::Literal(Literal::String(pattern))))) => {
                if let Err(why) = check_pattern(pattern) {
                    self.report(argument, format!("invalid regular expression: {why}"));
                }
            }
            (FORMAT, Some(target), Some((_, Kind::List(values)))) if call.arguments.len() == 1 => {
                if let Kind::Literal(Literal::String(format)) = &target.kind {
                    self.format(node, target, format, values);
                }
            }
            _ => {}
        }
    }

    /// Checks `duration('...')` or `timestamp('...')`.
    fn conversion(&mut self, function: &str, argument: &Node, literal: &Literal) {
        let of = self.checked.of(argument.id);
        let overloads = self.environment.overloads(function).iter();
        let fitting =
            overloads.filter(|it| it.signature.parameters.first().is_some_and(|one| one == of));
        for function in fitting.filter_map(|overload| overload.function) {
            // The steps are bounded by the length of the source.
            let mut meter = Meter::new(u64::MAX, u64::MAX);
            if let Err(Stop::Failed(failure) | Stop::Aborted(failure)) =
                (function.code)(&[literal.value()], &mut meter)
            {
                self.report(argument, failure.0.into_owned());
            }
        }
    }

    /// Checks the clauses of a format against the values.
    fn format(&mut self, node: &Node, target: &Node, format: &str, values: &[Item]) {
        let mut values_left = values.iter();
        for part in parts(format) {
            let clause = match part {
                Ok(Part::Text(_)) => continue,
                Ok(Part::Clause(clause)) => clause,
                Err(why) => return self.report(target, why),
            };
            let Some(value) = values_left.next() else {
                let message = format!("there are more clauses than values: {}", values.len());
                return self.report(target, message);
            };
            if let Some(wrong) = self.not_taken(&value.value, clause.conversion) {
                let message = messages::not_formatted(clause.conversion, self.checked.of(wrong.id));
                return self.report(wrong, message);
            }
        }
        if values_left.next().is_some() {
            self.report(node, format!("there are fewer clauses than values: {}", values.len()));
        }
    }

    /// The value, or the one in its literals, that a clause does not take.
    fn not_taken<'n>(&self, value: &'n Node, conversion: Conversion) -> Option<&'n Node> {
        if !conversion.may_take(self.checked.of(value.id)) {
            return Some(value);
        }
        match value.kind {
            Kind::List(_) | Kind::Map(_) if conversion == Conversion::Text => {
                value.children().into_iter().find_map(|inner| self.not_taken(inner, conversion))
            }
            _ => None,
        }
    }

    fn list(&mut self, items: &[Item]) {
        let mut first: Option<&Type> = None;
        for Item { value, optional } in items {
            let Some(of) = self.element(value, *optional) else { continue };
            match first {
                None => first = Some(of),
                Some(first) if is_same(first, of) => {}
                Some(first) => return self.report(value, messages::mismatch(first, of)),
            }
        }
    }

    fn map(&mut self, entries: &[Entry]) {
        let mut first: Option<(&Type, &Type)> = None;
        for Entry { key, value, optional } in entries {
            let Some(of) = self.element(value, *optional) else { continue };
            let key_type = self.checked.of(key.id);
            let Some((first_key, first_value)) = first else {
                first = Some((key_type, of));
                continue;
            };
            if !is_same(first_key, key_type) {
                self.report(key, messages::mismatch(first_key, key_type));
            }
            if !is_same(first_value, of) {
                self.report(value, messages::mismatch(first_value, of));
            }
        }
    }

    /// The type of an element, without its optional where one is written: `?value`. Kubernetes has no answer
    /// where it is not known to be one: the API server panics.
    fn element(&mut self, value: &Node, is_optional: bool) -> Option<&'c Type> {
        let checked = self.checked;
        let of = checked.of(value.id);
        match of {
            Type::Optional(inner) if is_optional => Some(inner),
            _ if is_optional => {
                let message = format!("behind '?' there must be an optional, but this is '{of}'");
                self.report(value, message);
                None
            }
            _ => Some(of),
        }
    }

    fn report(&mut self, node: &Node, message: String) {
        let offset = self.checked.ast.offsets.get(node.id as usize).copied().unwrap_or_default();
        self.mistakes.push(Mistake { offset, message });
    }
}

/// Returns whether two types are the same. What may be null, too, is the same as what may not.
fn is_same(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Nullable(one), other) => is_same(one, other),
        (one, Type::Nullable(other)) => is_same(one, other),
        (Type::List(one), Type::List(other))
        | (Type::Optional(one), Type::Optional(other))
        | (Type::Type(one), Type::Type(other)) => is_same(one, other),
        (Type::Map(one), Type::Map(other)) => {
            is_same(&one.0, &other.0) && is_same(&one.1, &other.1)
        }
        _ => one == other,
    }
}
