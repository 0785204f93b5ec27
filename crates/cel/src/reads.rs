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
//! The projection may have more than is needed, but never less, for four reasons:
//!
//! - Whole is the rule and less is the exception. An operator or a function that has no arm of its
//!   own reads its operands as a whole, and so does everything that puts a value into a new list, a
//!   new map or the accumulator of a comprehension, where its places are no longer known.
//! - Every step marks presence. A field that is there is decoded at least with its type, so `has`,
//!   a missing key and a wrong type have the same result as on the whole object.
//! - Costs must be the same, too. They are counted by the numbers of items, so whatever is counted by its
//!   operand reads at least those.
//! - A value that may lie in several places, as of `x ? a : b`, has all of them, and each mark is
//!   made at all of them.
//!
//! `src/tests/projection.rs` compares results on projected and on whole objects.

use crate::check::{Checked, Reference};
use crate::projection::{Projection, Read, Step};
use crate::syntax::UNUSED;
use crate::syntax::ast::{Call, Comprehension, Kind, Literal, Node, operator};
use crate::types::Type;

/// The places in the variables where a value may lie: variable and path. There are none for a value
/// that the expression makes.
type Places<'t> = Vec<(&'t str, Vec<Step>)>;

/// The most places of one value. Beyond that they are read as a whole.
const MAX_PLACES: usize = 64;

/// The parts of the variables that an expression reads. They may be more than needed, but never
/// less.
pub(crate) fn reads(checked: &Checked) -> Projection {
    let mut reader = Reader { checked, locals: Vec::new(), projection: Projection::default() };
    reader.whole(&checked.ast.root);
    reader.projection
}

struct Reader<'t> {
    checked: &'t Checked,
    /// The variables of comprehensions, the innermost last.
    locals: Vec<(&'t str, Places<'t>)>,
    projection: Projection,
}

fn inside<'t>(mut places: Places<'t>, step: &Step) -> Places<'t> {
    for (_, path) in &mut places {
        path.push(step.clone());
    }
    places
}

impl<'t> Reader<'t> {
    fn mark(&mut self, places: &Places<'t>, read: Read) {
        for (variable, path) in places {
            self.projection.add(variable, path, read);
        }
    }

    fn whole(&mut self, node: &'t Node) {
        let places = self.places(node);
        self.mark(&places, Read::Whole);
    }

    fn presence(&mut self, node: &'t Node) {
        let places = self.places(node);
        self.mark(&places, Read::Presence);
    }

    /// The places of a value of which the number of items or the names of fields are read, too.
    fn with_items(&mut self, node: &'t Node) -> Places<'t> {
        let places = self.places(node);
        self.mark(&inside(places.clone(), &Step::Items), Read::Presence);
        places
    }

    /// The places of both. A chain of such choices can double them at each step. Where they become
    /// too many, all are marked as whole, and none is left to follow.
    fn either(&mut self, one: &'t Node, other: &'t Node) -> Places<'t> {
        let mut places = self.places(one);
        places.extend(self.places(other));
        if places.len() > MAX_PLACES {
            self.mark(&places, Read::Whole);
            places.clear();
        }
        places
    }

    fn places(&mut self, node: &'t Node) -> Places<'t> {
        match &node.kind {
            Kind::Ident(name) => self.variable(node, name),
            Kind::Select(select) => {
                let places = self.places(&select.operand);
                let field = inside(places, &Step::Field(select.field.clone()));
                // In a conditional cel-go forgets that only the presence of an optional field is asked.
                let is_optional = matches!(self.checked.of(select.operand.id), Type::Optional(_));
                let is_whole = select.test && is_optional;
                self.mark(&field, if is_whole { Read::Whole } else { Read::Presence });
                if select.test { Places::new() } else { field }
            }
            Kind::Call(call) => self.call(call),
            Kind::Comprehension(comprehension) => self.comprehension(comprehension),
            Kind::Literal(_) | Kind::List(_) | Kind::Map(_) | Kind::Struct(_) => {
                node.children().into_iter().for_each(|child| self.whole(child));
                Places::new()
            }
        }
    }

    fn variable(&mut self, node: &Node, name: &'t str) -> Places<'t> {
        if let Some((_, places)) = self.locals.iter().rev().find(|(local, _)| *local == name) {
            return places.clone();
        }
        let reference =
            usize::try_from(node.id).ok().and_then(|id| self.checked.references.get(id));
        if !matches!(reference, Some(Some(Reference::Variable))) {
            return Places::new(); // the name of a type
        }
        let places = vec![(name, Vec::new())];
        self.mark(&places, Read::Presence);
        places
    }

    fn call(&mut self, call: &'t Call) -> Places<'t> {
        match (&*call.function, call.target.as_ref(), call.arguments.as_slice()) {
            (
                operator::INDEX | operator::OPTIONAL_INDEX | operator::OPTIONAL_SELECT,
                None,
                [of, at],
            ) => {
                let places = self.places(of);
                let step = if let Kind::Literal(Literal::String(name)) = &at.kind {
                    Step::Field((&**name).into())
                } else {
                    self.whole(at);
                    Step::Items
                };
                let inside = inside(places, &step);
                self.mark(&inside, Read::Presence);
                inside
            }
            (operator::CONDITIONAL, None, [condition, yes, no]) => {
                self.whole(condition);
                self.either(yes, no)
            }
            (operator::EQUALS | operator::NOT_EQUALS, None, [one, other])
                if is_literal(one) || is_literal(other) =>
            {
                self.with_items(one);
                self.with_items(other);
                Places::new()
            }
            (operator::IN, None, [item, container]) if is_literal(item) => {
                self.with_items(container);
                Places::new()
            }
            ("size", None, [of]) | ("size", Some(of), []) => {
                self.with_items(of);
                Places::new()
            }
            ("type", None, [of]) | ("hasValue", Some(of), []) => {
                self.presence(of);
                Places::new()
            }
            ("value", Some(of), []) | ("dyn" | "optional.of", None, [of]) => self.places(of),
            ("or" | "orValue", Some(of), [other]) => self.either(of, other),
            ("optional.ofNonZeroValue", None, [of]) => self.with_items(of),
            (_, target, arguments) => {
                target.into_iter().chain(arguments).for_each(|argument| self.whole(argument));
                Places::new()
            }
        }
    }

    fn comprehension(&mut self, it: &'t Comprehension) -> Places<'t> {
        let outer = self.locals.len();
        if &*it.variable == UNUSED {
            let bound = self.places(&it.initial);
            self.locals.push((&it.accumulator, bound));
        } else {
            let range = self.with_items(&it.range);
            let item = inside(range, &Step::Items);
            self.whole(&it.initial);
            self.locals.push((&it.accumulator, Places::new()));
            match &it.second {
                // An index or a key lies nowhere: that it is there is known from the range.
                Some(second) => {
                    self.locals.push((&it.variable, Places::new()));
                    self.locals.push((second, item));
                }
                None => self.locals.push((&it.variable, item)),
            }
            self.whole(&it.condition);
            self.whole(&it.step);
            self.locals.truncate(outer + 1);
        }
        let places = self.places(&it.result);
        self.locals.truncate(outer);
        places
    }
}

/// Returns whether it is a literal, which is never a list or a map: a comparison with it needs no
/// fields and no items.
fn is_literal(node: &Node) -> bool {
    matches!(node.kind, Kind::Literal(_))
}
