//! The macros of Kubernetes, each with the tree that cel-go makes of it, because the cost and the errors
//! depend on the tree. `cel.bind` is ours.

use std::vec::IntoIter;

use super::Mistake;
use super::ast::{ACCUMULATOR, Comprehension, Kind, Literal, Node, operator};
use super::nodes::Nodes;

/// The variable of a comprehension that runs over nothing, only to bind another variable.
pub(crate) const UNUSED: &str = "#unused";

/// The list that `sortBy` sorts.
const SORTED: &str = "@__sortBy_input__";

/// The older name of the accumulator. cel-go keeps it out of reach, too.
const OLD_ACCUMULATOR: &str = "__result__";

/// The macros with an example of each, for messages about wrong use.
const USAGE: [(&str, &str); 14] = [
    ("has", "has(object.field)"),
    ("all", "list.all(item, condition) or map.all(key, value, condition)"),
    ("exists", "list.exists(item, condition) or map.exists(key, value, condition)"),
    ("exists_one", "list.exists_one(item, condition) or map.exists_one(key, value, condition)"),
    ("existsOne", "map.existsOne(key, value, condition); for one variable, list.exists_one"),
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

/// An example of a macro, for calls with its name that are none.
pub(crate) fn usage(name: &str) -> Option<&'static str> {
    USAGE.iter().find(|(macro_name, _)| *macro_name == name).map(|(_, usage)| *usage)
}

/// The tree of a macro's use.
pub(super) type Expand = fn(&mut Nodes, Use) -> Result<Node, Mistake>;

/// Finds the macro for a call.
pub(super) fn find(function: &str, target: Option<&Node>, arguments: usize) -> Option<Expand> {
    let Some(target) = target else {
        return (function == "has" && arguments == 1).then_some(has as Expand);
    };
    let expand: Expand = match (function, arguments) {
        ("all", 2) => |nodes, it| all(nodes, it, 1),
        ("all", 3) => |nodes, it| all(nodes, it, 2),
        ("exists", 2) => |nodes, it| exists(nodes, it, 1),
        ("exists", 3) => |nodes, it| exists(nodes, it, 2),
        // Kubernetes does not have `existsOne` with one variable.
        ("exists_one", 2) => |nodes, it| exists_one(nodes, it, 1),
        ("exists_one" | "existsOne", 3) => |nodes, it| exists_one(nodes, it, 2),
        ("map", 2) => |nodes, it| map(nodes, it, 1, false),
        ("map", 3) => |nodes, it| map(nodes, it, 1, true),
        ("filter", 2) => filter,
        ("transformList", 3) => |nodes, it| map(nodes, it, 2, false),
        ("transformList", 4) => |nodes, it| map(nodes, it, 2, true),
        ("transformMap", 3) => |nodes, it| transform_map(nodes, it, false),
        ("transformMap", 4) => |nodes, it| transform_map(nodes, it, true),
        ("transformMapEntry", 3) => |nodes, it| transform_map_entry(nodes, it, false),
        ("transformMapEntry", 4) => |nodes, it| transform_map_entry(nodes, it, true),
        ("optMap", 2) => |nodes, it| opt_map(nodes, it, true),
        ("optFlatMap", 2) => |nodes, it| opt_map(nodes, it, false),
        ("sortBy", 2) => sort_by,
        ("bind", 3) if matches!(&target.kind, Kind::Ident(name) if &**name == "cel") => bind,
        _ => return None,
    };
    Some(expand)
}

/// The use of a macro.
pub(super) struct Use {
    /// The byte of the source where the macro's name is.
    at: usize,
    target: Option<Node>,
    arguments: IntoIter<Node>,
}

impl Use {
    pub fn new(at: usize, target: Option<Node>, arguments: Vec<Node>) -> Self {
        Self { at, target, arguments: arguments.into_iter() }
    }

    fn target(&mut self) -> Result<Node, Mistake> {
        self.target.take().ok_or_else(|| Mistake::at(self.at, "needs a value before its name"))
    }

    fn argument(&mut self) -> Result<Node, Mistake> {
        self.arguments.next().ok_or_else(|| Mistake::at(self.at, "needs more arguments"))
    }

    /// Takes an argument that is the name of a new variable.
    fn name(&mut self, nodes: &Nodes) -> Result<(Box<str>, Node), Mistake> {
        let argument = self.argument()?;
        match &argument.kind {
            Kind::Ident(name) => Ok((name.clone(), argument)),
            _ => Err(Mistake::at(nodes.offset(&argument), "the variable must be a simple name")),
        }
    }

    /// Takes the variables of a loop.
    fn variables(&mut self, nodes: &Nodes, count: usize) -> Result<Variables, Mistake> {
        let (first, node) = self.name(nodes)?;
        let mut names = vec![(first.clone(), nodes.offset(&node))];
        let mut second = None;
        if count == 2 {
            let (name, other) = self.name(nodes)?;
            let at = nodes.offset(&other);
            if name == first {
                let message =
                    format!("the variables must have different names, not '{name}' twice");
                return Err(Mistake::at(at, message));
            }
            names.push((name.clone(), at));
            second = Some(name);
        }
        for (name, at) in names {
            if [ACCUMULATOR, OLD_ACCUMULATOR].contains(&&*name) {
                return Err(Mistake::at(at, format!("'{name}' cannot be the name of a variable")));
            }
        }
        Ok(Variables { first, second, node })
    }
}

/// The variables of a loop.
struct Variables {
    first: Box<str>,
    second: Option<Box<str>>,
    /// The argument that names the first one.
    node: Node,
}

/// What a loop does with its accumulator.
struct Fold {
    initial: Node,
    condition: Node,
    step: Node,
    result: Node,
}

fn repeat(nodes: &mut Nodes, at: usize, range: Node, variables: Variables, fold: Fold) -> Node {
    let Fold { initial, condition, step, result } = fold;
    let comprehension = Comprehension {
        range,
        variable: variables.first,
        second: variables.second,
        accumulator: ACCUMULATOR.into(),
        initial,
        condition,
        step,
        result,
    };
    nodes.make(at, Kind::Comprehension(Box::new(comprehension)))
}

fn has(nodes: &mut Nodes, mut it: Use) -> Result<Node, Mistake> {
    let argument = it.argument()?;
    let place = nodes.offset(&argument);
    match argument.kind {
        Kind::Select(select) => Ok(nodes.select(place, select.operand, &select.field, true)),
        _ => Err(Mistake::at(place, "has() needs a field, as in has(object.field)")),
    }
}

fn all(nodes: &mut Nodes, mut it: Use, count: usize) -> Result<Node, Mistake> {
    let (at, variables, range) = (it.at, it.variables(nodes, count)?, it.target()?);
    let initial = nodes.bool(at, true);
    let so_far = nodes.accumulator(at);
    let condition = nodes.call(at, operator::NOT_STRICTLY_FALSE, [so_far]);
    let so_far = nodes.accumulator(at);
    let step = nodes.call(at, operator::AND, [so_far, it.argument()?]);
    let result = nodes.accumulator(at);
    Ok(repeat(nodes, at, range, variables, Fold { initial, condition, step, result }))
}

fn exists(nodes: &mut Nodes, mut it: Use, count: usize) -> Result<Node, Mistake> {
    let (at, variables, range) = (it.at, it.variables(nodes, count)?, it.target()?);
    let initial = nodes.bool(at, false);
    let so_far = nodes.accumulator(at);
    let not_yet = nodes.call(at, operator::NOT, [so_far]);
    let condition = nodes.call(at, operator::NOT_STRICTLY_FALSE, [not_yet]);
    let so_far = nodes.accumulator(at);
    let step = nodes.call(at, operator::OR, [so_far, it.argument()?]);
    let result = nodes.accumulator(at);
    Ok(repeat(nodes, at, range, variables, Fold { initial, condition, step, result }))
}

fn exists_one(nodes: &mut Nodes, mut it: Use, count: usize) -> Result<Node, Mistake> {
    let (at, variables, range) = (it.at, it.variables(nodes, count)?, it.target()?);
    let initial = nodes.literal(at, Literal::Int(0));
    let condition = nodes.bool(at, true);
    let (so_far, one) = (nodes.accumulator(at), nodes.literal(at, Literal::Int(1)));
    let more = nodes.call(at, operator::ADD, [so_far, one]);
    let so_far = nodes.accumulator(at);
    let step = nodes.call(at, operator::CONDITIONAL, [it.argument()?, more, so_far]);
    let (so_far, one) = (nodes.accumulator(at), nodes.literal(at, Literal::Int(1)));
    let result = nodes.call(at, operator::EQUALS, [so_far, one]);
    Ok(repeat(nodes, at, range, variables, Fold { initial, condition, step, result }))
}

/// A loop that makes a new accumulator of each item, or of those that meet the condition.
fn transform(
    nodes: &mut Nodes,
    at: usize,
    (range, variables): (Node, Variables),
    initial: Node,
    condition: Option<Node>,
    next: impl FnOnce(&mut Nodes, Node) -> Node,
) -> Node {
    let so_far = nodes.accumulator(at);
    let mut step = next(nodes, so_far);
    if let Some(condition) = condition {
        let so_far = nodes.accumulator(at);
        step = nodes.call(at, operator::CONDITIONAL, [condition, step, so_far]);
    }
    let (condition, result) = (nodes.bool(at, true), nodes.accumulator(at));
    repeat(nodes, at, range, variables, Fold { initial, condition, step, result })
}

/// `map` and `transformList`.
fn map(nodes: &mut Nodes, mut it: Use, count: usize, is_filter: bool) -> Result<Node, Mistake> {
    let (at, variables, range) = (it.at, it.variables(nodes, count)?, it.target()?);
    let condition = if is_filter { Some(it.argument()?) } else { None };
    let value = it.argument()?;
    let initial = nodes.list(at, []);
    Ok(transform(nodes, at, (range, variables), initial, condition, |nodes, so_far| {
        let item = nodes.list(at, [value]);
        nodes.call(at, operator::ADD, [so_far, item])
    }))
}

fn filter(nodes: &mut Nodes, mut it: Use) -> Result<Node, Mistake> {
    let (at, variables, range) = (it.at, it.variables(nodes, 1)?, it.target()?);
    let item = variables.node.clone();
    let (condition, initial) = (it.argument()?, nodes.list(at, []));
    Ok(transform(nodes, at, (range, variables), initial, Some(condition), |nodes, so_far| {
        let item = nodes.list(at, [item]);
        nodes.call(at, operator::ADD, [so_far, item])
    }))
}

fn transform_map(nodes: &mut Nodes, mut it: Use, is_filter: bool) -> Result<Node, Mistake> {
    let (at, variables, range) = (it.at, it.variables(nodes, 2)?, it.target()?);
    let condition = if is_filter { Some(it.argument()?) } else { None };
    let (value, key) = (it.argument()?, nodes.ident(at, &variables.first));
    let initial = nodes.make(at, Kind::Map(Vec::new()));
    Ok(transform(nodes, at, (range, variables), initial, condition, |nodes, so_far| {
        nodes.call(at, operator::MAP_INSERT, [so_far, key, value])
    }))
}

fn transform_map_entry(nodes: &mut Nodes, mut it: Use, is_filter: bool) -> Result<Node, Mistake> {
    let (at, variables, range) = (it.at, it.variables(nodes, 2)?, it.target()?);
    let condition = if is_filter { Some(it.argument()?) } else { None };
    let entries = it.argument()?;
    let initial = nodes.make(at, Kind::Map(Vec::new()));
    Ok(transform(nodes, at, (range, variables), initial, condition, |nodes, so_far| {
        nodes.call(at, operator::MAP_INSERT, [so_far, entries])
    }))
}

/// `result` with `name` bound to `value`: a loop over nothing, which begins with the value.
fn bound(nodes: &mut Nodes, at: usize, name: &str, value: Node, result: Node) -> Node {
    let comprehension = Comprehension {
        range: nodes.list(at, []),
        variable: UNUSED.into(),
        second: None,
        accumulator: name.into(),
        initial: value,
        condition: nodes.bool(at, false),
        step: nodes.ident(at, name),
        result,
    };
    nodes.make(at, Kind::Comprehension(Box::new(comprehension)))
}

fn bind(nodes: &mut Nodes, mut it: Use) -> Result<Node, Mistake> {
    let (name, _) = it.name(nodes)?;
    let (value, result) = (it.argument()?, it.argument()?);
    Ok(bound(nodes, it.at, &name, value, result))
}

/// `optMap`, which makes an optional of the result, and `optFlatMap`, whose result is one.
fn opt_map(nodes: &mut Nodes, mut it: Use, wraps: bool) -> Result<Node, Mistake> {
    let (at, target) = (it.at, it.target()?);
    let ((name, _), result) = (it.name(nodes)?, it.argument()?);
    let copy = nodes.copy(&target)?;
    let has_value = nodes.method(at, target, "hasValue", []);
    let inner = nodes.method(at, copy, "value", []);
    let mut some = bound(nodes, at, &name, inner, result);
    if wraps {
        some = nodes.call(at, "optional.of", [some]);
    }
    let none = nodes.call(at, "optional.none", []);
    Ok(nodes.call(at, operator::CONDITIONAL, [has_value, some, none]))
}

/// `sortBy`: makes a list of the keys of all items, and sorts the items by it.
fn sort_by(nodes: &mut Nodes, mut it: Use) -> Result<Node, Mistake> {
    let (at, items) = (it.at, it.target()?);
    if matches!(items.kind, Kind::Literal(_) | Kind::Map(_) | Kind::Struct(_)) {
        return Err(Mistake::at(nodes.offset(&items), "sortBy needs a list before its name"));
    }
    it.target = Some(nodes.ident(at, SORTED));
    let keys = map(nodes, it, 1, false)?;
    let target = nodes.ident(at, SORTED);
    let sorted = nodes.method(at, target, "@sortByAssociatedKeys", [keys]);
    Ok(bound(nodes, at, SORTED, items, sorted))
}
