//! What an expression reads of its variables: the paths it follows, and what it does at their ends.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};

use super::intrinsics::PAIRS;
use super::macros::{PAIR, is_bind};
use super::projection::{Projection, Read, Step};
use super::scope::Scope;

/// Where in the variables a value may lie; nowhere, if it is made by the expression.
type Places = Vec<(String, Vec<Step>)>;

/// Places of one value that are told apart.
const MAX_PLACES: usize = 64;

/// What `expression` reads. It may be more than needed, never less.
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

    /// That there are items and how many, or which names fields have.
    fn items(&mut self, places: &Places) {
        self.mark(&inside(places.clone(), &Step::Items), Read::Presence);
    }

    /// Where one of the two may lie. A chain of such choices can double the places at each step:
    /// where there are too many, what is there is read as a whole.
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
            // Of pairs, what is taken out of one is what lies in the range.
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

/// Whether it is the key of the pair at hand, or its index: neither lies in a variable.
fn is_key(of: &IdedExpr, at: &IdedExpr) -> bool {
    let is_pair = matches!(&of.expr, Expr::Ident(name) if name == PAIR);
    let is_first = matches!(&at.expr, Expr::Literal(LiteralValue::Int(at)) if *at.inner() == 0);
    is_pair && is_first
}

/// The namespace of `optional.of`.
fn is_optional(target: &IdedExpr) -> bool {
    matches!(&target.expr, Expr::Ident(name) if name == "optional")
}

/// Whether it is a plain value written out: what equals it has nothing inside.
fn is_literal(expression: &IdedExpr) -> bool {
    matches!(expression.expr, Expr::Literal(_))
}
