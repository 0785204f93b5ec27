//! The parts of its variables that an expression reads.
//!
//! The reader goes through the expression once. For each node it finds the *places* of its value:
//! the paths in the variables where the value may lie. A variable is a place. A selection, an index
//! or the variable of a comprehension adds a step to the places of its operand. A value that the
//! expression makes itself has no place. Whenever a node uses a value, the reader marks its places
//! in the projection: with *presence*, where the value's existence, type or number of items is
//! enough, and with *whole* otherwise.
//!
//! ```text
//! object.list.all(i, i.a.startsWith('x') && has(i.b))
//!
//!   node         place              mark
//!   object       object             presence
//!   object.list  object.list        presence, also of its items
//!   i            object.list[*]
//!   i.a          object.list[*].a   presence for the selection, whole for `startsWith`
//!   has(i.b)     object.list[*].b   presence
//!
//!   projection:  object -- list -- [*] -+- a (whole)
//!                                       +- b (presence)
//! ```
//!
//! The projection may have more than is needed, but never less, for three reasons:
//!
//! - Whole is the rule and less is the exception. An operator or a function that has no arm of its
//!   own reads its operands as a whole, and so does everything that puts a value into a new list, a
//!   new map or the accumulator of a comprehension, where its places are no longer known.
//! - Every step marks presence. A field that is there is decoded at least with its type, so `has`,
//!   a missing key and a wrong type have the same result as on the whole object.
//! - A value that may lie in several places, as of `x ? a : b`, has all of them, and each mark is
//!   made at all of them.
//!
//! `src/tests/projection.rs` compares results on projected and on whole objects.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};

use super::intrinsics::PAIRS;
use super::macros::{PAIR, is_bind};
use super::projection::{Projection, Read, Step};
use super::scope::Scope;

/// The places in the variables where a value may lie: variable and path. There are none for a value
/// that the expression makes.
type Places = Vec<(String, Vec<Step>)>;

/// The most places of one value. Beyond that they are read as a whole.
const MAX_PLACES: usize = 64;

/// The parts of the variables that `expression` reads. They may be more than needed, but never
/// less.
pub(super) fn reads(expression: &IdedExpr, scope: &Scope) -> Projection {
    let mut reader = Reader { scope, locals: Vec::new(), projection: Projection::default() };
    reader.whole(expression);
    reader.projection
}

struct Reader<'s> {
    scope: &'s Scope,
    /// The variables of comprehensions, the innermost last.
    locals: Vec<(&'s str, Places)>,
    projection: Projection,
}

fn inside(mut places: Places, step: &Step) -> Places {
    for (_, path) in &mut places {
        path.push(step.clone());
    }
    places
}

impl<'s> Reader<'s> {
    fn mark(&mut self, places: &Places, read: Read) {
        for (variable, path) in places {
            self.projection.add(variable, path, read);
        }
    }

    fn whole(&mut self, expression: &'s IdedExpr) {
        let places = self.places(expression);
        self.mark(&places, Read::Whole);
    }

    fn presence(&mut self, expression: &'s IdedExpr) {
        let places = self.places(expression);
        self.mark(&places, Read::Presence);
    }

    /// Marks the number of items, or the names of fields, as read.
    fn items(&mut self, places: &Places) {
        self.mark(&inside(places.clone(), &Step::Items), Read::Presence);
    }

    /// The places of both. A chain of such choices can double them at each step. Where they become
    /// too many, all are marked as whole, and none is left to follow.
    fn either(&mut self, one: &'s IdedExpr, other: &'s IdedExpr) -> Places {
        let mut places = self.places(one);
        places.extend(self.places(other));
        if places.len() > MAX_PLACES {
            self.mark(&places, Read::Whole);
            places.clear();
        }
        places
    }

    fn places(&mut self, expression: &'s IdedExpr) -> Places {
        match &expression.expr {
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) => {
                let places = self.places(&select.operand);
                let field = inside(places, &Step::Field(select.field.clone()));
                self.mark(&field, Read::Presence);
                if select.test { Places::new() } else { field }
            }
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::List(list) => {
                list.elements.iter().for_each(|element| self.whole(element));
                Places::new()
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.whole(&entry.key);
                        self.whole(&entry.value);
                    }
                }
                Places::new()
            }
            Expr::Literal(_) | Expr::Struct(_) | Expr::Unspecified => Places::new(),
        }
    }

    fn variable(&mut self, name: &str) -> Places {
        if let Some((_, places)) = self.locals.iter().rev().find(|(local, _)| *local == name) {
            return places.clone();
        }
        if self.scope.variable(name).is_none() {
            return Places::new(); // the name of a type
        }
        let places = vec![(name.to_owned(), Vec::new())];
        self.mark(&places, Read::Presence);
        places
    }

    fn call(&mut self, call: &'s CallExpr) -> Places {
        match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
            (operators::INDEX, None, [of, at]) if is_key(of, at) => Places::new(),
            (operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT, None, [of, at]) => {
                let places = self.places(of);
                let step = if let Expr::Literal(LiteralValue::String(name)) = &at.expr {
                    Step::Field(name.inner().to_owned())
                } else {
                    self.whole(at);
                    Step::Items
                };
                let inside = inside(places, &step);
                self.mark(&inside, Read::Presence);
                inside
            }
            (operators::CONDITIONAL, None, [condition, yes, no]) => {
                self.whole(condition);
                self.either(yes, no)
            }
            (operators::EQUALS | operators::NOT_EQUALS, None, [one, other])
                if is_literal(one) || is_literal(other) =>
            {
                self.presence(one);
                self.presence(other);
                Places::new()
            }
            (operators::IN, None, [item, container]) if is_literal(item) => {
                let places = self.places(container);
                self.items(&places);
                Places::new()
            }
            ("size", None, [of]) | ("size", Some(of), []) => {
                let places = self.places(of);
                self.items(&places);
                Places::new()
            }
            ("type", None, [of]) | ("hasValue", Some(of), []) => {
                self.presence(of);
                Places::new()
            }
            ("value", Some(of), []) => self.places(of),
            ("or" | "orValue", Some(of), [other]) => self.either(of, other),
            ("of", Some(target), [of]) if is_optional(target) => self.places(of),
            ("ofNonZeroValue", Some(target), [of]) if is_optional(target) => {
                let places = self.places(of);
                self.items(&places);
                places
            }
            (PAIRS, None, [of]) => {
                let places = self.places(of);
                self.items(&places);
                places
            }
            (_, target, arguments) => {
                target.into_iter().chain(arguments).for_each(|argument| self.whole(argument));
                Places::new()
            }
        }
    }

    fn comprehension(&mut self, comprehension: &'s ComprehensionExpr) -> Places {
        let ComprehensionExpr { iter_range, iter_var, accu_var, accu_init, .. } = comprehension;
        let outer = self.locals.len();
        if is_bind(comprehension) {
            let bound = self.places(accu_init);
            self.locals.push((accu_var, bound));
        } else {
            let range = self.places(iter_range);
            self.items(&range);
            // A pair has the places of the range, because the index on it adds the step to the
            // item.
            let item = if is_call(iter_range, PAIRS) { range } else { inside(range, &Step::Items) };
            self.whole(accu_init);
            self.locals.push((iter_var, item));
            self.locals.push((accu_var, Places::new()));
            self.whole(&comprehension.loop_cond);
            self.whole(&comprehension.loop_step);
        }
        let places = self.places(&comprehension.result);
        self.locals.truncate(outer);
        places
    }
}

fn is_call(expression: &IdedExpr, function: &str) -> bool {
    matches!(&expression.expr, Expr::Call(call) if call.func_name == function)
}

/// Returns whether `of[at]` is the key or the index in the current pair: neither lies in a
/// variable.
fn is_key(of: &IdedExpr, at: &IdedExpr) -> bool {
    let is_pair = matches!(&of.expr, Expr::Ident(name) if name == PAIR);
    let is_first = matches!(&at.expr, Expr::Literal(LiteralValue::Int(at)) if *at.inner() == 0);
    is_pair && is_first
}

/// Returns whether it is the namespace of `optional.of`.
fn is_optional(target: &IdedExpr) -> bool {
    matches!(&target.expr, Expr::Ident(name) if name == "optional")
}

/// Returns whether it is a literal, which is never a list or a map: a comparison with it needs no
/// fields and no items.
fn is_literal(expression: &IdedExpr) -> bool {
    matches!(expression.expr, Expr::Literal(_))
}
