//! Trees and mistakes of sources.

mod hostile;
mod mistakes;
mod trees;

use std::fmt::Write;

use super::ast::{Kind, Literal, Node};
use super::{parse, position};

/// A tree as text: `_+_(a, 1)`, names of methods after their target, loops in full.
fn print(node: &Node) -> String {
    let all = |nodes: &[Node]| nodes.iter().map(print).collect::<Vec<_>>().join(", ");
    let mark = |optional: bool| if optional { "?" } else { "" };
    match &node.kind {
        Kind::Literal(literal) => match literal {
            Literal::Null => "null".to_owned(),
            Literal::Bool(value) => value.to_string(),
            Literal::Int(value) => value.to_string(),
            Literal::Uint(value) => format!("{value}u"),
            Literal::Double(value) => format!("{value:?}"),
            Literal::String(value) => format!("{value:?}"),
            Literal::Bytes(value) => format!("b{value:?}"),
        },
        Kind::Ident(name) => name.to_string(),
        Kind::Select(select) => {
            let test = if select.test { "~" } else { "" };
            format!("{}.{}{test}", print(&select.operand), select.field)
        }
        Kind::Call(call) => {
            let target = call.target.as_ref().map(|target| format!("{}.", print(target)));
            format!("{}{}({})", target.unwrap_or_default(), call.function, all(&call.arguments))
        }
        Kind::List(items) => {
            let items =
                items.iter().map(|item| mark(item.optional).to_owned() + &print(&item.value));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Kind::Map(entries) => {
            let entries = entries.iter().map(|entry| {
                format!("{}{}: {}", mark(entry.optional), print(&entry.key), print(&entry.value))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Kind::Struct(it) => {
            let fields = it.fields.iter().map(|field| {
                format!("{}{}: {}", mark(field.optional), field.name, print(&field.value))
            });
            format!("{}{{{}}}", it.name, fields.collect::<Vec<_>>().join(", "))
        }
        Kind::Comprehension(it) => {
            let mut text = format!("fold({} in {}", it.variable, print(&it.range));
            if let Some(second) = &it.second {
                text = format!("fold({}, {second} in {}", it.variable, print(&it.range));
            }
            let _ = write!(
                text,
                "; {} = {}; while {}; {}; {})",
                it.accumulator,
                print(&it.initial),
                print(&it.condition),
                print(&it.step),
                print(&it.result)
            );
            text
        }
    }
}

fn tree(source: &str) -> String {
    match parse(source) {
        Ok(ast) => print(&ast.root),
        Err(mistake) => panic!("{source}: {mistake:?}"),
    }
}

/// The first mistake, with its place.
fn mistake(source: &str) -> String {
    let mistake = match parse(source) {
        Ok(ast) => panic!("{source}: {}", print(&ast.root)),
        Err(mistake) => mistake,
    };
    let (line, column) = position(source, usize::try_from(mistake.offset).unwrap());
    format!("{line}:{column}: {}", mistake.message)
}
