//! The macros of Kubernetes that the `cel` crate does not have: `cel.bind`, `sortBy` and the
//! comprehensions with two variables.

use std::mem;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, ListExpr, LiteralValue, operators};
use cel::parser::{Macro, MacroExprHelper, ParseError};
use cel::{DeclarationError, Env, IdedExpr};

use super::intrinsics::{ENTRIES, MERGED, PAIRS};
use super::library::SORT_BY_KEYS;

/// The variable that collects the result of a comprehension; the evaluator knows its name.
pub(super) const RESULT: &str = "@result";

/// The variable of a comprehension that runs over nothing.
const UNUSED: &str = "@unused";

/// The variable of the current item of [`PAIRS`].
pub(super) const PAIR: &str = "@pair";

/// The macros with an example of each, for messages about wrong use.
pub(super) const USAGE: [(&str, &str); 14] = [
    ("has", "has(object.field)"),
    ("all", "list.all(item, condition) or map.all(key, value, condition)"),
    ("exists", "list.exists(item, condition) or map.exists(key, value, condition)"),
    ("exists_one", "list.exists_one(item, condition)"),
    ("existsOne", "list.existsOne(item, condition) or map.existsOne(key, value, condition)"),
    ("map", "list.map(item, result) or list.map(item, condition, result)"),
    ("filter", "list.filter(item, condition)"),
    ("transformList", "map.transformList(key, value, result), a condition may come before"),
    ("transformMap", "map.transformMap(key, value, result), a condition may come before"),
    ("transformMapEntry", "map.transformMapEntry(key, value, {key: value})"),
    ("bind", "cel.bind(name, value, result)"),
    ("optMap", "optional.optMap(value, result)"),
    ("optFlatMap", "optional.optFlatMap(value, optional result)"),
    ("sortBy", "list.sortBy(item, key)"),
];

/// Adds the macros to those of the crate.
pub(super) fn register(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_macro(Macro::receiver("bind", 3, bind))?;
    env.add_macro(Macro::receiver("sortBy", 2, sort_by))?;
    for (name, arguments, build) in [
        ("all", 3, all as Build),
        ("exists", 3, exists),
        ("existsOne", 3, exists_one),
        ("exists_one", 3, exists_one),
        ("transformList", 3, transform_list),
        ("transformList", 4, transform_list),
        ("transformMap", 3, transform_map),
        ("transformMap", 4, transform_map),
        ("transformMapEntry", 3, transform_map_entry),
        ("transformMapEntry", 4, transform_map_entry),
    ] {
        let expand = move |helper: &mut MacroExprHelper<'_>,
                           target: &mut Option<IdedExpr>,
                           arguments: &mut Vec<IdedExpr>| {
            let pairs = Pairs::take(helper, target, arguments)?;
            Ok(Some(build(&mut Nodes(helper), pairs)))
        };
        env.add_macro(Macro::receiver(name, arguments, expand))?;
    }
    Ok(())
}

/// Returns whether a comprehension runs over nothing, only to bind a variable, like our `bind` and
/// the `optMap` of the crate.
pub(super) fn is_bind(comprehension: &ComprehensionExpr) -> bool {
    matches!(comprehension.iter_var.as_str(), UNUSED | "#unused")
}

fn bind(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    arguments: &mut Vec<IdedExpr>,
) -> Result<Option<IdedExpr>, ParseError> {
    let is_cel = |target: &IdedExpr| matches!(&target.expr, Expr::Ident(name) if name == "cel");
    if !target.as_ref().is_some_and(is_cel) {
        return Ok(None);
    }
    let mut arguments = mem::take(arguments).into_iter();
    let name = variable(helper, arguments.next())?;
    let (init, body) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    Ok(Some(Nodes(helper).bind(name, init, body)))
}

/// Expands `sortBy`: makes a list of the keys of all items, and sorts the items by it.
fn sort_by(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    arguments: &mut Vec<IdedExpr>,
) -> Result<Option<IdedExpr>, ParseError> {
    const ITEMS: &str = "@items";
    let mut arguments = mem::take(arguments).into_iter();
    let item = variable(helper, arguments.next())?;
    let (key, items) = (arguments.next().unwrap_or_default(), target.take().unwrap_or_default());
    let mut nodes = Nodes(helper);
    let range = nodes.ident(ITEMS);
    let keys = nodes.map(range, item, key);
    let mut sorted = CallExpr { func_name: SORT_BY_KEYS.to_owned(), ..CallExpr::default() };
    sorted.target = Some(Box::new(nodes.ident(ITEMS)));
    sorted.args.push(keys);
    let sorted = nodes.0.next_expr(Expr::Call(sorted));
    Ok(Some(nodes.bind(ITEMS.to_owned(), items, sorted)))
}

fn variable(
    helper: &mut MacroExprHelper<'_>,
    argument: Option<IdedExpr>,
) -> Result<String, ParseError> {
    let argument = argument.unwrap_or_default();
    match argument.expr {
        Expr::Ident(name) => Ok(name),
        _ => Err(helper.new_error(argument.id, "argument must be a simple name")),
    }
}

/// A comprehension with two variables, taken apart.
struct Pairs {
    range: IdedExpr,
    variables: [String; 2],
    /// The last argument.
    body: IdedExpr,
    /// The argument before it, of macros that have one.
    condition: Option<IdedExpr>,
}

impl Pairs {
    fn take(
        helper: &mut MacroExprHelper<'_>,
        target: &mut Option<IdedExpr>,
        arguments: &mut Vec<IdedExpr>,
    ) -> Result<Self, ParseError> {
        let mut arguments = mem::take(arguments);
        let body = arguments.pop().unwrap_or_default();
        let mut arguments = arguments.into_iter();
        let one = variable(helper, arguments.next())?;
        let other = arguments.next().unwrap_or_default();
        let place = other.id;
        let other = variable(helper, Some(other))?;
        if one == other {
            return Err(helper.new_error(place, "the two variables must have different names"));
        }
        let range = target.take().unwrap_or_default();
        Ok(Self { range, variables: [one, other], body, condition: arguments.next() })
    }
}

type Build = fn(&mut Nodes<'_, '_>, Pairs) -> IdedExpr;

fn all(nodes: &mut Nodes<'_, '_>, pairs: Pairs) -> IdedExpr {
    let (body, result) = (nodes.in_pair(&pairs.variables, pairs.body), nodes.ident(RESULT));
    let goes_on = nodes.call(operators::NOT_STRICTLY_FALSE, vec![result]);
    let result = nodes.ident(RESULT);
    let step = nodes.call(operators::LOGICAL_AND, vec![result, body]);
    let (init, result) = (nodes.literal(LiteralValue::Boolean(true.into())), nodes.ident(RESULT));
    nodes.over_pairs(pairs.range, init, goes_on, step, result)
}

fn exists(nodes: &mut Nodes<'_, '_>, pairs: Pairs) -> IdedExpr {
    let (body, result) = (nodes.in_pair(&pairs.variables, pairs.body), nodes.ident(RESULT));
    let not_yet = nodes.call(operators::LOGICAL_NOT, vec![result]);
    let goes_on = nodes.call(operators::NOT_STRICTLY_FALSE, vec![not_yet]);
    let result = nodes.ident(RESULT);
    let step = nodes.call(operators::LOGICAL_OR, vec![result, body]);
    let (init, result) = (nodes.literal(LiteralValue::Boolean(false.into())), nodes.ident(RESULT));
    nodes.over_pairs(pairs.range, init, goes_on, step, result)
}

fn exists_one(nodes: &mut Nodes<'_, '_>, pairs: Pairs) -> IdedExpr {
    let body = nodes.in_pair(&pairs.variables, pairs.body);
    let (result, one) = (nodes.ident(RESULT), nodes.int(1));
    let more = nodes.call(operators::ADD, vec![result, one]);
    let result = nodes.ident(RESULT);
    let step = nodes.call(operators::CONDITIONAL, vec![body, more, result]);
    let (result, one) = (nodes.ident(RESULT), nodes.int(1));
    let is_one = nodes.call(operators::EQUALS, vec![result, one]);
    let (init, goes_on) = (nodes.int(0), nodes.literal(LiteralValue::Boolean(true.into())));
    nodes.over_pairs(pairs.range, init, goes_on, step, is_one)
}

fn transform_list(nodes: &mut Nodes<'_, '_>, pairs: Pairs) -> IdedExpr {
    let Pairs { range, variables, body, condition } = pairs;
    let item = nodes.in_pair(&variables, body);
    let (result, items) = (nodes.ident(RESULT), nodes.list(vec![item]));
    let mut step = nodes.call(operators::ADD, vec![result, items]);
    if let Some(condition) = condition {
        let (condition, result) = (nodes.in_pair(&variables, condition), nodes.ident(RESULT));
        step = nodes.call(operators::CONDITIONAL, vec![condition, step, result]);
    }
    let (init, goes_on) =
        (nodes.list(Vec::new()), nodes.literal(LiteralValue::Boolean(true.into())));
    let result = nodes.ident(RESULT);
    nodes.over_pairs(range, init, goes_on, step, result)
}

fn transform_map(nodes: &mut Nodes<'_, '_>, mut pairs: Pairs) -> IdedExpr {
    let [key, _] = &pairs.variables;
    let key = nodes.ident(key);
    pairs.body = nodes.list(vec![key, pairs.body]);
    let entries = transform_list(nodes, pairs);
    nodes.call(ENTRIES, vec![entries])
}

fn transform_map_entry(nodes: &mut Nodes<'_, '_>, pairs: Pairs) -> IdedExpr {
    let maps = transform_list(nodes, pairs);
    nodes.call(MERGED, vec![maps])
}

/// A maker of new nodes, which have the position of the macro's call.
struct Nodes<'h, 'p>(&'h mut MacroExprHelper<'p>);

impl Nodes<'_, '_> {
    fn ident(&mut self, name: &str) -> IdedExpr {
        self.0.next_expr(Expr::Ident(name.to_owned()))
    }

    fn literal(&mut self, literal: LiteralValue) -> IdedExpr {
        self.0.next_expr(Expr::Literal(literal))
    }

    fn int(&mut self, int: i64) -> IdedExpr {
        self.literal(LiteralValue::Int(int.into()))
    }

    fn list(&mut self, elements: Vec<IdedExpr>) -> IdedExpr {
        self.0.next_expr(Expr::List(ListExpr::new(elements)))
    }

    fn call(&mut self, function: &str, args: Vec<IdedExpr>) -> IdedExpr {
        let call = CallExpr { func_name: function.to_owned(), target: None, args };
        self.0.next_expr(Expr::Call(call))
    }

    /// `body` with `name` bound to `init`: a comprehension over nothing, whose result is computed
    /// from the first value of its variable.
    fn bind(&mut self, name: String, init: IdedExpr, body: IdedExpr) -> IdedExpr {
        let comprehension = ComprehensionExpr {
            iter_range: self.list(Vec::new()),
            iter_var: UNUSED.to_owned(),
            iter_var2: None,
            accu_init: init,
            loop_cond: self.literal(LiteralValue::Boolean(false.into())),
            loop_step: self.ident(&name),
            accu_var: name,
            result: body,
        };
        self.0.next_expr(Expr::Comprehension(Box::new(comprehension)))
    }

    /// A list with the value of `body` for each item of `range`.
    fn map(&mut self, range: IdedExpr, item: String, body: IdedExpr) -> IdedExpr {
        let (result, items) = (self.ident(RESULT), self.list(vec![body]));
        let comprehension = ComprehensionExpr {
            iter_range: range,
            iter_var: item,
            iter_var2: None,
            accu_var: RESULT.to_owned(),
            accu_init: self.list(Vec::new()),
            loop_cond: self.literal(LiteralValue::Boolean(true.into())),
            loop_step: self.call(operators::ADD, vec![result, items]),
            result: self.ident(RESULT),
        };
        self.0.next_expr(Expr::Comprehension(Box::new(comprehension)))
    }

    /// `body` with the two variables bound to the parts of the current pair.
    fn in_pair(&mut self, [key, value]: &[String; 2], body: IdedExpr) -> IdedExpr {
        let body = self.bind_part(value, 1, body);
        self.bind_part(key, 0, body)
    }

    fn bind_part(&mut self, name: &str, at: i64, body: IdedExpr) -> IdedExpr {
        let (pair, at) = (self.ident(PAIR), self.int(at));
        let part = self.call(operators::INDEX, vec![pair, at]);
        self.bind(name.to_owned(), part, body)
    }

    fn over_pairs(
        &mut self,
        range: IdedExpr,
        accu_init: IdedExpr,
        loop_cond: IdedExpr,
        loop_step: IdedExpr,
        result: IdedExpr,
    ) -> IdedExpr {
        let comprehension = ComprehensionExpr {
            iter_range: self.call(PAIRS, vec![range]),
            iter_var: PAIR.to_owned(),
            iter_var2: None,
            accu_var: RESULT.to_owned(),
            accu_init,
            loop_cond,
            loop_step,
            result,
        };
        self.0.next_expr(Expr::Comprehension(Box::new(comprehension)))
    }
}
