//! The syntax tree of an expression, after macros are expanded.

use std::sync::Arc;

use crate::value::{Text, Value};

/// The number of a node, by which the checker keeps its type. Macros number what they make, too.
pub(crate) type Id = u32;

/// An expression with the places of its nodes in the source.
#[derive(Debug)]
pub(crate) struct Ast {
    /// The whole expression.
    pub root: Node,
    /// For each [`Id`], the byte of the source where the node is: of an operator the operator itself, of a
    /// call the name, of a selection the field; of what a macro makes, the macro's name.
    pub offsets: Vec<u32>,
}

/// A node with what is below it.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Its number, which no other node has, except where a macro uses an argument twice.
    pub id: Id,
    /// What it is.
    pub kind: Kind,
}

impl Node {
    /// The nodes below it, in the order of evaluation.
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::Literal(_) | Kind::Ident(_) => Vec::new(),
            Kind::Select(select) => vec![&select.operand],
            Kind::Call(call) => call.target.iter().chain(&call.arguments).collect(),
            Kind::List(items) => items.iter().map(|item| &item.value).collect(),
            Kind::Map(entries) => entries.iter().flat_map(|e| [&e.key, &e.value]).collect(),
            Kind::Struct(it) => it.fields.iter().map(|field| &field.value).collect(),
            Kind::Comprehension(it) => {
                vec![&it.range, &it.initial, &it.condition, &it.step, &it.result]
            }
        }
    }

    /// The nodes below it, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.kind {
            Kind::Literal(_) | Kind::Ident(_) => Vec::new(),
            Kind::Select(select) => vec![&mut select.operand],
            Kind::Call(call) => call.target.iter_mut().chain(&mut call.arguments).collect(),
            Kind::List(items) => items.iter_mut().map(|item| &mut item.value).collect(),
            Kind::Map(entries) => {
                entries.iter_mut().flat_map(|e| [&mut e.key, &mut e.value]).collect()
            }
            Kind::Struct(it) => it.fields.iter_mut().map(|field| &mut field.value).collect(),
            Kind::Comprehension(it) => {
                let Comprehension { range, initial, condition, step, result, .. } = &mut **it;
                vec![range, initial, condition, step, result]
            }
        }
    }

    /// The names with dots between, if it is a chain of them: `a.b.c`.
    pub fn dotted(&self) -> Option<String> {
        match &self.kind {
            Kind::Ident(name) => Some(name.to_string()),
            Kind::Select(select) if !select.test => {
                let mut name = select.operand.dotted()?;
                name.push('.');
                name.push_str(&select.field);
                Some(name)
            }
            _ => None,
        }
    }
}

/// The kinds of nodes.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A constant.
    Literal(Literal),
    /// A name: `object`, and `.object` with its dot.
    Ident(Box<str>),
    /// `operand.field`, or `has(operand.field)`.
    Select(Box<Select>),
    /// A call. Operators are calls with the names of [`operator`].
    Call(Box<Call>),
    /// `[a, ?b]`.
    List(Vec<Item>),
    /// `{key: value, ?key: value}`.
    Map(Vec<Entry>),
    /// `Name{field: value}`. Kubernetes has no types that can be made so, but the checker says it.
    Struct(Box<Struct>),
    /// A loop, which macros make.
    Comprehension(Box<Comprehension>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
}

impl Literal {
    /// The value that it stands for.
    pub fn value(&self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Int(int) => Value::Int(*int),
            Self::Uint(uint) => Value::Uint(*uint),
            Self::Double(double) => Value::Double(*double),
            Self::String(text) => Value::String(Text::Shared(text.clone())),
            Self::Bytes(bytes) => Value::Bytes(bytes.clone()),
        }
    }
}

/// `operand.field`.
#[derive(Debug, Clone)]
pub(crate) struct Select {
    pub operand: Node,
    pub field: Box<str>,
    /// Whether only the presence is asked: `has(operand.field)`.
    pub test: bool,
}

/// `target.function(arguments)`, or `function(arguments)`.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub function: Box<str>,
    pub target: Option<Node>,
    pub arguments: Vec<Node>,
}

/// An item of a list.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub value: Node,
    /// `?value`: an optional that adds its value if it has one.
    pub optional: bool,
}

/// An entry of a map.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: Node,
    pub value: Node,
    /// `?key: value`: the value is an optional.
    pub optional: bool,
}

/// `Name{field: value}`.
#[derive(Debug, Clone)]
pub(crate) struct Struct {
    pub name: Box<str>,
    pub fields: Vec<Field>,
}

/// `field: value`.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub name: Box<str>,
    pub value: Node,
    /// `?field: value`: the value is an optional.
    pub optional: bool,
}

/// A fold over a list or over the keys of a map, as cel-go makes it of each macro:
///
/// ```text
/// accumulator = initial
/// for variable (, second) in range, while condition: accumulator = step
/// result
/// ```
///
/// The same shape gives the same cost as in Kubernetes.
#[derive(Debug, Clone)]
pub(crate) struct Comprehension {
    pub range: Node,
    pub variable: Box<str>,
    /// The value, where `variable` is the index or the key.
    pub second: Option<Box<str>>,
    pub accumulator: Box<str>,
    pub initial: Node,
    pub condition: Node,
    pub step: Node,
    pub result: Node,
}

/// The names of operators as functions.
pub(crate) mod operator {
    pub const CONDITIONAL: &str = "_?_:_";
    pub const AND: &str = "_&&_";
    pub const OR: &str = "_||_";
    pub const NOT: &str = "!_";
    pub const EQUALS: &str = "_==_";
    pub const NOT_EQUALS: &str = "_!=_";
    pub const LESS: &str = "_<_";
    pub const LESS_EQUALS: &str = "_<=_";
    pub const GREATER: &str = "_>_";
    pub const GREATER_EQUALS: &str = "_>=_";
    pub const ADD: &str = "_+_";
    pub const SUBTRACT: &str = "_-_";
    pub const MULTIPLY: &str = "_*_";
    pub const DIVIDE: &str = "_/_";
    pub const MODULO: &str = "_%_";
    pub const NEGATE: &str = "-_";
    pub const INDEX: &str = "_[_]";
    pub const OPTIONAL_INDEX: &str = "_[?_]";
    pub const OPTIONAL_SELECT: &str = "_?._";
    pub const IN: &str = "@in";
    /// The condition of `all` and `exists`: true also for an error, so that the loop goes on.
    pub const NOT_STRICTLY_FALSE: &str = "@not_strictly_false";
    /// Adds an entry to the map that a macro builds.
    pub const MAP_INSERT: &str = "cel.@mapInsert";
}

/// The name of the accumulator in the macros of cel-go.
pub(crate) const ACCUMULATOR: &str = "@result";
