//! Checks of an expression before there are values: names, functions, numbers of arguments, and
//! types as far as literals and functions tell.

use cel::IdedExpr;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, SelectExpr, operators as op,
};

use super::environment::Environment;
use super::error::Fault;
use super::evaluate::VARIABLES;
use super::function::Function;
use super::library::check_pattern;
use super::macros::{RESULT, USAGE, is_bind};
use super::operators;
use super::scope::Scope;
use super::similar::nearest;
use super::types::Type;

/// The names of types, which are values too: `type(x) == int`.
const TYPES: [&str; 11] = [
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "optional_type",
    "string",
    "type",
    "uint",
];

/// The names of types that are written with dots.
const DOTTED_TYPES: [&str; 2] = ["google.protobuf.Duration", "google.protobuf.Timestamp"];

/// The type of an expression, or the first mistake in it.
pub(super) fn check(
    expression: &IdedExpr,
    environment: &Environment,
    scope: &Scope,
) -> Result<Type, Fault> {
    Linter { environment, scope, locals: Vec::new(), is_formatted: false }.check(expression)
}

struct Linter<'s> {
    environment: &'s Environment,
    scope: &'s Scope,
    /// The variables of comprehensions, the innermost last.
    locals: Vec<(&'s str, Type)>,
    /// True inside the arguments of `format`, whose lists may have elements of any types.
    is_formatted: bool,
}

/// The name `a.b.c` that is written as a chain of selections.
pub(super) fn dotted(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", dotted(&select.operand)?, select.field))
        }
        _ => None,
    }
}

/// The name that a chain of selections starts with.
fn root(expression: &IdedExpr) -> Option<&IdedExpr> {
    match &expression.expr {
        Expr::Ident(name) if name != VARIABLES => Some(expression),
        Expr::Select(select) => root(&select.operand),
        _ => None,
    }
}

impl<'s> Linter<'s> {
    fn check(&mut self, expression: &'s IdedExpr) -> Result<Type, Fault> {
        match &expression.expr {
            Expr::Literal(literal) => Ok(literal_type(literal)),
            Expr::Ident(name) => self.name(expression, name),
            Expr::Select(select) => self.select(expression, select),
            Expr::Call(call) => self.call(expression, call),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::List(list) => {
                let mut of = Vec::new();
                for (at, element) in list.elements.iter().enumerate() {
                    let is_optional = list.optional_indices.contains(&at);
                    of.push((element, self.element(element, is_optional)?));
                }
                self.one_type(&of).map(Type::list)
            }
            Expr::Map(map) => {
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        let key = self.check(&entry.key)?;
                        if !matches!(
                            key,
                            Type::Dyn | Type::Bool | Type::Int | Type::Uint | Type::String
                        ) {
                            let message = format!("a map cannot have keys of type {key}");
                            return Err(Fault::at(&entry.key, message));
                        }
                        keys.push((&entry.key, key));
                        values.push((&entry.value, self.element(&entry.value, entry.optional)?));
                    }
                }
                self.one_type(&keys)?;
                self.one_type(&values).map(Type::map)
            }
            Expr::Struct(made) => {
                let message = format!("no values of type '{}' can be made", made.type_name);
                Err(Fault::at(expression, message))
            }
            Expr::Unspecified => Err(Fault::at(expression, "this is no expression".to_owned())),
        }
    }

    fn element(&mut self, element: &'s IdedExpr, is_optional: bool) -> Result<Type, Fault> {
        match self.check(element)? {
            Type::Optional(of) if is_optional => Ok(*of),
            of if is_optional && of != Type::Dyn => {
                let message = format!("expected an optional value after '?', found {of}");
                Err(Fault::at(element, message))
            }
            of => Ok(of),
        }
    }

    /// The one type of all elements; as in Kubernetes, a literal list or map cannot have more.
    fn one_type(&self, elements: &[(&IdedExpr, Type)]) -> Result<Type, Fault> {
        let Some(((_, first), rest)) = elements.split_first() else { return Ok(Type::Dyn) };
        let mut one = *first;
        for (element, of) in rest {
            if !one.may_be(*of) && !self.is_formatted {
                let message = format!("expected type '{one}' but found '{of}'");
                return Err(Fault::at(element, message));
            }
            one = one.or(*of);
        }
        Ok(one)
    }

    fn local(&self, name: &str) -> Option<Type> {
        self.locals.iter().rev().find(|(local, _)| *local == name).map(|(_, of)| *of)
    }

    fn name(&self, at: &IdedExpr, name: &str) -> Result<Type, Fault> {
        if let Some(local) = self.local(name) {
            return Ok(local);
        }
        if name == VARIABLES && self.scope.variable(name).is_some() {
            let message =
                format!("'{VARIABLES}' has no value as a whole: name one, as in '{VARIABLES}.x'");
            return Err(Fault::at(at, message));
        }
        if let Some(variable) = self.scope.variable(name) {
            return Ok(variable);
        }
        if TYPES.contains(&name) {
            return Ok(Type::Type);
        }
        let message = if name == "authorizer" {
            "'authorizer' is not supported: an expression cannot ask the API server what a user may do"
                .to_owned()
        } else {
            let locals = self.locals.iter().map(|(local, _)| *local);
            undeclared(name, self.scope.names().chain(locals))
        };
        Err(Fault::at(at, message))
    }

    fn select(&mut self, at: &'s IdedExpr, select: &'s SelectExpr) -> Result<Type, Fault> {
        if dotted(at).is_some_and(|name| DOTTED_TYPES.contains(&name.as_str())) {
            return Ok(Type::Type);
        }
        let of = match &select.operand.expr {
            Expr::Ident(name) if name == VARIABLES && self.local(name).is_none() => {
                let definition = self.scope.definition(&select.field);
                let definition = definition.ok_or_else(|| {
                    let known = self.scope.definitions();
                    Fault::at(at, undeclared(&format!("{VARIABLES}.{}", select.field), known))
                })?;
                return Ok(if select.test { Type::Bool } else { definition.result });
            }
            _ => self.check(&select.operand)?,
        };
        let field = match of {
            Type::Dyn => Type::Dyn,
            Type::Map(to) => *to,
            Type::Optional(_) => Type::Optional(&Type::Dyn),
            _ => {
                let message = format!("type '{of}' has no field '{}'", select.field);
                return Err(Fault::at(at, message));
            }
        };
        Ok(if select.test { Type::Bool } else { field })
    }

    fn call(&mut self, at: &'s IdedExpr, call: &'s CallExpr) -> Result<Type, Fault> {
        let name = call.func_name.as_str();
        let qualified = call.target.as_deref().and_then(dotted).map(|on| format!("{on}.{name}"));
        let qualified = qualified.filter(|name| !self.environment.overloads(name).is_empty());
        let target = call.target.as_deref().filter(|_| qualified.is_none());
        let name = qualified.as_deref().unwrap_or(name);
        if let Some(root) = target.and_then(root) {
            self.check(root)?;
        }
        // A macro that was not expanded, or a function that does not exist, is reported before its
        // arguments.
        let exists = |overload: &&Function| overload.receiver.is_some() == target.is_some();
        let overloads = self.environment.overloads(name);
        let is_operator = overloads.is_empty() && target.is_none() && !is_identifier(name);
        if !is_operator && !overloads.iter().any(|overload| exists(&overload)) {
            return Err(Fault::at(at, self.unknown(name, target.is_some())));
        }
        let mut given = Vec::new();
        let outer = self.is_formatted;
        self.is_formatted |= name == "format";
        for argument in target.into_iter().chain(&call.args) {
            given.push(self.check(argument)?);
        }
        self.is_formatted = outer;
        let refused = |message: &str| {
            let types: Vec<_> = given.iter().map(Type::to_string).collect();
            let applied = match (target, types.split_first()) {
                (Some(_), Some((on, with))) => format!("{on}.({})", with.join(", ")),
                _ => format!("({})", types.join(", ")),
            };
            Fault::at(
                at,
                format!("found no matching overload for '{name}' applied to '{applied}'{message}"),
            )
        };
        if is_operator {
            let result = operators::result(name, &given).ok_or_else(|| refused(""))?;
            return result.ok_or_else(|| Fault::at(at, undeclared(name, [])));
        }
        let takes = |overload: &&Function| {
            let taken = overload.receiver.iter().chain(overload.arguments);
            exists(overload)
                && taken.clone().count() == given.len()
                && taken.zip(&given).all(|(taken, given)| given.may_be(*taken))
        };
        let results = overloads.iter().filter(takes).map(|overload| overload.result);
        let result = results.reduce(Type::or).ok_or_else(|| refused(&usage(overloads)))?;
        self.constant(at, name, call)?;
        Ok(result)
    }

    /// Refuses a constant with which every evaluation fails.
    fn constant(&self, at: &IdedExpr, name: &str, call: &CallExpr) -> Result<(), Fault> {
        let Some(argument) = call.args.last() else { return Ok(()) };
        let Expr::Literal(LiteralValue::String(text)) = &argument.expr else { return Ok(()) };
        match name {
            "matches" | "find" | "findAll" => check_pattern(text.inner())
                .map_err(|why| Fault::at(argument, format!("invalid regular expression: {why}"))),
            "duration" | "timestamp" => {
                let context = cel::Context::with_env(self.environment.env.clone());
                let result = cel::Value::resolve_val(at, &context).map(drop);
                result.map_err(|_| Fault::at(argument, format!("this is no {name}")))
            }
            _ => Ok(()),
        }
    }

    fn unknown(&self, name: &str, is_member: bool) -> String {
        if let Some((_, usage)) = USAGE.iter().find(|(known, _)| *known == name) {
            return format!("'{name}' is a macro, used as in {usage}");
        }
        let known = self.environment.overloads(name);
        if let Some(overload) = known.first() {
            return format!("'{name}' is called as in {overload}");
        }
        undeclared(name, self.environment.names(is_member))
    }

    fn comprehension(&mut self, it: &'s ComprehensionExpr) -> Result<Type, Fault> {
        let outer = self.locals.len();
        let init = self.check(&it.accu_init);
        if is_bind(it) {
            self.locals.push((&it.accu_var, init?));
        } else {
            let item = match self.check(&it.iter_range)? {
                Type::List(of) => *of,
                Type::Map(_) | Type::Dyn => Type::Dyn,
                of => {
                    let message = format!(
                        "a comprehension runs over a list or a map, not over what is of type '{of}'"
                    );
                    return Err(Fault::at(&it.iter_range, message));
                }
            };
            self.locals.push((&it.iter_var, item));
            self.locals.push((&it.accu_var, init?));
            self.check(&it.loop_cond)?;
            let step = self.step(&it.loop_step)?;
            self.locals.push((&it.accu_var, step));
        }
        let result = self.check(&it.result);
        self.locals.truncate(outer);
        result
    }

    /// The type that a step leaves: `@result + [item]` is a list of such items.
    fn step(&mut self, step: &'s IdedExpr) -> Result<Type, Fault> {
        let of = self.check(step)?;
        match &step.expr {
            Expr::Call(CallExpr { func_name, args, .. }) if func_name == op::ADD => match &args[..]
            {
                [IdedExpr { expr: Expr::Ident(name), .. }, items] if name == RESULT => {
                    self.check(items)
                }
                _ => Ok(of),
            },
            _ => Ok(of),
        }
    }
}

fn literal_type(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Bytes(_) => Type::Bytes,
        LiteralValue::Double(_) => Type::Double,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::Null => Type::Null,
        LiteralValue::String(_) => Type::String,
        LiteralValue::UInt(_) => Type::Uint,
    }
}

/// Returns whether a source can contain the name: those of operators it cannot.
fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn usage(overloads: &[Function]) -> String {
    let known: Vec<_> = overloads.iter().map(Function::to_string).collect();
    format!("; there is {}", known.join(", "))
}

fn undeclared<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    // A name of one or two letters is near to any other.
    let meant = nearest(name, known).filter(|_| name.len() > 2);
    let meant = meant.map(|meant| format!(", did you mean '{meant}'?"));
    format!("undeclared reference to '{name}'{}", meant.unwrap_or_default())
}
