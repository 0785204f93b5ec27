//! The words for mistakes.

use std::fmt::{self, Write};

use crate::environment::{Environment, Overload};
use crate::library::text_format::Conversion;
use crate::similar::nearest;
use crate::syntax::ast::{Call, operator};
use crate::syntax::usage;
use crate::types::Type;

pub(super) const TOO_COMPLEX: &str =
    "its types are too complex: too many lists and maps in one another";

pub(super) const NO_VARIABLES: &str = "undeclared reference to 'variables': there are none";

pub(super) const HOLDS_TYPE: &str =
    "a variable of a macro cannot hold a type: Kubernetes takes its name for that of a type";

/// The longest type in a message, in bytes.
const LONGEST: usize = 160;

/// The most overloads that a message names.
const SHOWN: usize = 10;

/// Types that Kubernetes can check with, but that have no name.
const UNNAMED: [(&str, &str); 2] =
    [("timestamp", "google.protobuf.Timestamp"), ("duration", "google.protobuf.Duration")];

/// A type, cut where it is long.
pub(super) struct Short<'t>(pub &'t Type);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Bounded(String::new());
        let is_whole = write!(text, "{}", self.0).is_ok();
        f.write_str(&text.0)?;
        f.write_str(if is_whole { "" } else { "..." })
    }
}

/// A text that takes no more than [`LONGEST`] bytes, and ends what writes more.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > LONGEST {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

pub(super) fn mismatch(expected: &Type, found: &Type) -> String {
    format!("expected type '{}' but found '{}'", Short(expected), Short(found))
}

/// A value that a clause of a format does not take.
pub(super) fn not_formatted(clause: Conversion, found: &Type) -> String {
    format!("{}, not {}", clause.takes(), Short(found))
}

pub(super) fn no_range(of: &Type) -> String {
    let of = Short(of);
    format!("a comprehension runs over a list or a map, not over what is of type '{of}'")
}

/// A result of another type than is wanted.
pub(crate) fn wrong_result(expected: &[Type], found: &Type) -> String {
    let names: Vec<_> = expected.iter().map(Type::to_string).collect();
    let hint = match (expected, found) {
        ([Type::Bool], Type::Dyn) => "; write `== true` behind what may be true or false",
        ([Type::String, ..], Type::Dyn) => "; write `string(...)` around what may be a string",
        _ => "",
    };
    format!("must evaluate to {} but evaluates to {}{hint}", names.join(" or "), Short(found))
}

/// A field that an object does not have: the one that was meant, or all that there are.
pub(super) fn no_field<'k>(
    of: &Type,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> String {
    let known: Vec<_> = known.into_iter().collect();
    let hint = match meant(name, known.iter().copied()) {
        none if none.is_empty() => format!(", only {}", known.join(", ")),
        meant => meant,
    };
    format!("type '{}' has no field '{name}'{hint}", Short(of))
}

/// A field of a type that has none at all.
pub(super) fn no_fields(of: &Type, name: &str) -> String {
    format!("type '{}' has no field '{name}'", Short(of))
}

pub(super) fn no_message(name: &str) -> String {
    format!("no values of type '{name}' can be made")
}

pub(super) fn no_message_field<'k>(
    message: &str,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> String {
    format!("type '{message}' has no field '{name}'{}", meant(name, known))
}

/// A definition that there is not, or not yet.
pub(super) fn undeclared_definition<'k>(
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> String {
    let meant = similar(name, known).map(|meant| format!(", did you mean 'variables.{meant}'?"));
    format!("undeclared reference to 'variables.{name}'{}", meant.unwrap_or_default())
}

pub(super) fn undeclared_name<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    if name == "authorizer" {
        return "'authorizer' is not supported: an expression cannot ask the API server what a user \
            may do"
            .to_owned();
    }
    if let Some((_, of)) = UNNAMED.iter().find(|(unnamed, _)| *unnamed == name) {
        return format!("undeclared reference to '{name}': the type is called {of}");
    }
    format!("undeclared reference to '{name}'{}", meant(name, known))
}

/// A function that there is not, or a macro that is used in another way.
pub(super) fn undeclared_function(call: &Call, environment: &Environment) -> String {
    let name = &*call.function;
    if let Some(usage) = usage(name) {
        return format!("'{name}' is a macro, used as in {usage}");
    }
    let known = environment.names(call.target.is_some());
    format!("undeclared reference to '{name}'{}", meant(name, known))
}

/// A function that does not take what it is given.
pub(super) fn no_overload(call: &Call, given: &[Type], overloads: &[Overload]) -> String {
    let name = &*call.function;
    let is_operator = !name.starts_with(|first: char| first.is_ascii_alphabetic());
    if let Some(message) = in_other_words(name, given) {
        return message;
    }
    let has_form = |overload: &Overload| overload.signature.is_member == call.target.is_some();
    if !is_operator && !overloads.iter().any(has_form) {
        return format!("'{name}' is called as in {}", usages(overloads, " or "));
    }
    let mut types = given.iter().map(|of| Short(of).to_string());
    let receiver = call.target.as_ref().and_then(|_| types.next());
    let receiver = receiver.map(|of| of + ".").unwrap_or_default();
    let arguments = types.collect::<Vec<_>>().join(", ");
    let applied = format!("{receiver}({arguments})");
    let known = if is_operator {
        hint(name, given).to_owned()
    } else {
        format!("; there is {}", usages(overloads, ", "))
    };
    format!("found no matching overload for '{name}' applied to '{applied}'{known}")
}

/// Other words for what is no call in the source: `?:`, and what macros are made of.
fn in_other_words(function: &str, given: &[Type]) -> Option<String> {
    Some(match (function, given) {
        (operator::CONDITIONAL, [Type::Bool | Type::Dyn | Type::Error, yes, no]) => {
            let (yes, no) = (Short(yes), Short(no));
            format!("both results of a condition must be of one type, not '{yes}' and '{no}'")
        }
        (operator::CONDITIONAL, [condition, ..]) => {
            format!("a condition must be of type 'bool' but is of type '{}'", Short(condition))
        }
        (operator::MAP_INSERT, [_, made]) => {
            let made = Short(made);
            format!("the entries must be maps of one type, as in {{key: value}}, not '{made}'")
        }
        (operator::MAP_INSERT, [_, key, _]) => {
            format!("the keys must be of one type, not '{}'", Short(key))
        }
        ("@sortByAssociatedKeys", [_, Type::List(key)]) => {
            let key = Short(key);
            format!("what is sorted by must have an order: numbers, strings, times; not '{key}'")
        }
        _ => return None,
    })
}

/// A way to say what an operator does not take.
fn hint(operator: &str, given: &[Type]) -> &'static str {
    match (operator, given) {
        (operator::INDEX | operator::OPTIONAL_INDEX, [Type::Object(_), _]) => {
            "; write a field with a dot, as in request.name"
        }
        (operator::IN, [_, Type::Object(_)]) => {
            "; ask for a field with has(), as in has(request.name)"
        }
        (operator::EQUALS | operator::NOT_EQUALS, [Type::Null, _] | [_, Type::Null]) => {
            "; a value of this type is never null"
        }
        _ => "",
    }
}

fn usages(overloads: &[Overload], between: &str) -> String {
    let mut usages: Vec<_> =
        overloads.iter().take(SHOWN).map(|overload| overload.signature.usage()).collect();
    if overloads.len() > SHOWN {
        usages.push("others");
    }
    usages.join(between)
}

fn meant<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let meant = similar(name, known).map(|meant| format!(", did you mean '{meant}'?"));
    meant.unwrap_or_default()
}

/// The known name that was meant. A name of one or two letters is near to any other.
fn similar<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    nearest(name, known).filter(|_| name.len() > 2)
}
