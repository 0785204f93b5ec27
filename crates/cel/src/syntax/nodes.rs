//! A maker of nodes, which gives each its number.

use super::Mistake;
use super::ast::{ACCUMULATOR, Call, Id, Item, Kind, Literal, Node, Select};
use crate::limits;

/// Makes nodes, and remembers where they are in the source.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    /// For each [`Id`], the byte of the source.
    pub offsets: Vec<u32>,
}

impl Nodes {
    pub fn make(&mut self, offset: usize, kind: Kind) -> Node {
        Node { id: self.number(offset), kind }
    }

    /// A number for a node that is made later.
    pub fn number(&mut self, offset: usize) -> Id {
        let id = Id::try_from(self.offsets.len()).unwrap_or(Id::MAX);
        self.offsets.push(u32::try_from(offset).unwrap_or(u32::MAX));
        id
    }

    /// The byte of the source where a node is.
    pub fn offset(&self, node: &Node) -> usize {
        let offset = usize::try_from(node.id).ok().and_then(|id| self.offsets.get(id));
        offset.map_or(0, |offset| usize::try_from(*offset).unwrap_or(usize::MAX))
    }

    pub fn ident(&mut self, offset: usize, name: &str) -> Node {
        self.make(offset, Kind::Ident(name.into()))
    }

    pub fn accumulator(&mut self, offset: usize) -> Node {
        self.ident(offset, ACCUMULATOR)
    }

    pub fn literal(&mut self, offset: usize, literal: Literal) -> Node {
        self.make(offset, Kind::Literal(literal))
    }

    pub fn bool(&mut self, offset: usize, value: bool) -> Node {
        self.literal(offset, Literal::Bool(value))
    }

    pub fn list(&mut self, offset: usize, items: impl IntoIterator<Item = Node>) -> Node {
        let items = items.into_iter().map(|value| Item { value, optional: false });
        let items = items.collect();
        self.make(offset, Kind::List(items))
    }

    pub fn call(
        &mut self,
        offset: usize,
        function: &str,
        arguments: impl IntoIterator<Item = Node>,
    ) -> Node {
        let arguments = arguments.into_iter().collect();
        let call = Call { function: function.into(), target: None, arguments };
        self.make(offset, Kind::Call(Box::new(call)))
    }

    pub fn method(
        &mut self,
        offset: usize,
        target: Node,
        function: &str,
        arguments: impl IntoIterator<Item = Node>,
    ) -> Node {
        let arguments = arguments.into_iter().collect();
        let call = Call { function: function.into(), target: Some(target), arguments };
        self.make(offset, Kind::Call(Box::new(call)))
    }

    pub fn select(&mut self, offset: usize, operand: Node, field: &str, test: bool) -> Node {
        let select = Select { operand, field: field.into(), test };
        self.make(offset, Kind::Select(Box::new(select)))
    }

    /// Refuses a tree with too many nodes.
    pub fn check(&self, offset: usize) -> Result<(), Mistake> {
        limits::check_nodes(self.offsets.len(), offset)
    }

    /// A copy in which each node has a number of its own.
    pub fn copy(&mut self, node: &Node) -> Result<Node, Mistake> {
        let mut copy = node.clone();
        self.renumber(&mut copy)?;
        Ok(copy)
    }

    fn renumber(&mut self, node: &mut Node) -> Result<(), Mistake> {
        let offset = self.offset(node);
        self.check(offset)?;
        node.id = self.number(offset);
        node.children_mut().into_iter().try_for_each(|child| self.renumber(child))
    }
}
