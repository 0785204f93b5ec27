//! The steps of a plan: cel-go's, because its costs are those of its steps.

use std::sync::Arc;

use crate::function::{Code, Cost};
use crate::protobuf::Message;
use crate::types::Type;
use crate::value::{Map, Value};

/// A step, with the steps below it.
#[derive(Debug)]
pub(super) enum Step {
    /// A constant, at no cost.
    Constant(Value<'static>),
    /// A variable or another value with the fields and items that are read of it.
    Attribute(Attribute),
    /// `has(a.b)`: the last qualifier of the attribute only asks.
    Has(Attribute),
    /// `a && b`.
    And(Box<(Step, Step)>),
    /// `a || b`.
    Or(Box<(Step, Step)>),
    /// `a == b`.
    Equals(Box<(Step, Step)>),
    /// `a != b`.
    NotEquals(Box<(Step, Step)>),
    /// `a in b`, and whether it is known at load that `b` is a list.
    In(Box<(Step, Step)>, bool),
    /// `a in [constants]`, at no cost but that of `a`.
    Member(Box<(Step, Map<'static>)>),
    /// The condition of loops: true, too, for what is no bool or fails.
    NotStrictlyFalse(Box<Step>),
    /// `a.or(b)`.
    OptionalOr(Box<(Step, Step)>),
    /// `a.orValue(b)`.
    OptionalOrValue(Box<(Step, Step)>),
    /// A call of a function.
    Call(Box<Call>),
    /// `[a, ?b]`.
    List(Box<[Item]>),
    /// `{a: b, ?c: d}`.
    Map(Box<[(Step, Item)]>),
    /// `Name{field: a, ?field: b}`, with the place of each field.
    Message(Message, Box<[(usize, Item)]>),
    /// A loop.
    Fold(Box<Fold>),
    /// `accumulator + list`, which becomes the accumulator, in place. Its cost is that of a call.
    Append(u32, Box<Call>),
    /// `cel.@mapInsert(accumulator, ...)`, in the same way.
    Insert(u32, Box<Call>),
}

/// An item of a list, or a value of a map.
#[derive(Debug)]
pub(super) struct Item {
    pub step: Step,
    /// Whether it is an optional that adds its value if it has one.
    pub optional: bool,
}

/// A value with the fields and items that are read of it, in one step.
#[derive(Debug)]
pub(super) struct Attribute {
    pub root: Root,
    pub qualifiers: Vec<Qualifier>,
}

/// The value that an attribute begins with.
#[derive(Debug)]
pub(super) enum Root {
    /// A variable of the activation.
    Variable(Box<str>),
    /// `variables`, of which only fields can be read.
    Definitions,
    /// The accumulator of a loop.
    Accumulator(u32),
    /// A variable of a loop.
    Item(u32),
    /// Any other expression.
    Step(Box<Step>),
    /// `condition ? a : b`. The qualifiers are those of the branches.
    Conditional(Box<(Step, Attribute, Attribute)>),
}

/// A field or item that is read.
#[derive(Debug, Clone)]
pub(super) struct Qualifier {
    pub key: Key,
    /// `a.?b`, `a[?b]`.
    pub optional: bool,
    /// Whether only the presence is asked.
    pub test: bool,
}

/// The key of a qualifier.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// A field or a constant.
    Constant(Value<'static>),
    /// An attribute, whose own step costs nothing here, as in cel-go.
    Attribute(Arc<Attribute>),
    /// Any other expression.
    Step(Arc<Step>),
}

/// A call of a function.
#[derive(Debug)]
pub(super) struct Call {
    /// The receiver first.
    pub arguments: Box<[Step]>,
    /// The overloads that are tried, in this order. If the types at load leave one, it is that one.
    pub overloads: Box<[Candidate]>,
    /// The cost.
    pub cost: Cost,
    /// Whether the types at load leave one overload.
    pub is_resolved: bool,
    /// Whether a failed argument keeps those after it from being evaluated. Cel-go evaluates both
    /// arguments of functions that it knows to have two.
    pub stops_early: bool,
}

/// An overload that a call may mean.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The types of the arguments; none where the code itself goes by the values.
    pub parameters: Option<Box<[Type]>>,
    pub code: Code,
}

/// A loop over a list or a map.
#[derive(Debug)]
pub(super) struct Fold {
    pub range: Step,
    /// The place of the accumulator. What it begins with is evaluated when it is first read.
    pub accumulator: u32,
    /// The place of the item, or of the key of a map.
    pub first: u32,
    /// The place of the value, where the first variable is the index or the key.
    pub second: Option<u32>,
    pub condition: Step,
    pub step: Step,
    pub result: Step,
}
