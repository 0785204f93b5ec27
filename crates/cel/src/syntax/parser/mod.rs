//! From tokens to a tree: recursive descent over the grammar of cel-go.
//!
//! ```text
//! expression  = or ["?" or ":" expression]
//! or          = and {"||" and}
//! and         = relation {"&&" relation}
//! relation    = sum {("<" | "<=" | ">" | ">=" | "==" | "!=" | "in") sum}
//! sum         = product {("+" | "-") product}
//! product     = unary {("*" | "/" | "%") unary}
//! unary       = member | "!" {"!"} member | "-" {"-"} member
//! member      = primary {"." ["?"] name | "." name arguments | "[" ["?"] expression "]"}
//! primary     = ["."] name [arguments] | "(" expression ")" | list | map | struct | literal
//! ```
//!
//! cel-go allows 250 levels of each rule, and 250 of operators, selections and calls in the tree.
//! Both are counted here as there. `&&` and `||` do not count, because they make balanced trees.

mod operands;

use super::ast::{Ast, Node, operator};
use super::lexer::{Lexeme, Lexer, Token};
use super::nodes::Nodes;
use super::{Mistake, position};
use crate::limits::MAX_NESTING;

/// A parsed part with its height: the most operators, selections and calls in one another.
struct Part {
    node: Node,
    height: usize,
}

/// The levels of the rules that are open.
#[derive(Debug, Default)]
struct Levels {
    expressions: usize,
    relations: usize,
    sums: usize,
    members: usize,
}

type Counter = fn(&mut Levels) -> &mut usize;
type Rule<'s> = fn(&mut Parser<'s>) -> Result<Part, Mistake>;

#[derive(Debug)]
pub(super) struct Parser<'s> {
    source: &'s str,
    lexer: Lexer<'s>,
    /// The token that comes next.
    next: Lexeme,
    levels: Levels,
    nodes: Nodes,
}

impl<'s> Parser<'s> {
    pub fn new(source: &'s str) -> Result<Self, Mistake> {
        let mut lexer = Lexer::new(source);
        let next = lexer.next()?;
        Ok(Self { source, lexer, next, levels: Levels::default(), nodes: Nodes::default() })
    }

    pub fn parse(mut self) -> Result<Ast, Mistake> {
        let part = self.expression()?;
        if self.next.token != Token::End {
            return Err(self.unexpected_after_expression());
        }
        Ok(Ast { root: part.node, offsets: self.nodes.offsets })
    }

    fn advance(&mut self) -> Result<Lexeme, Mistake> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn at(&self, symbol: &str) -> bool {
        matches!(self.next.token, Token::Symbol(next) if next == symbol)
    }

    /// Takes a symbol, if it comes next.
    fn take(&mut self, symbol: &str) -> Result<Option<Lexeme>, Mistake> {
        if self.at(symbol) { self.advance().map(Some) } else { Ok(None) }
    }

    fn text(&self, lexeme: Lexeme) -> &'s str {
        self.source.get(lexeme.start..lexeme.end).unwrap_or_default()
    }

    /// Takes the symbol that closes `open`.
    fn close(&mut self, open: Lexeme, symbol: &str, or: &str) -> Result<(), Mistake> {
        if self.take(symbol)?.is_some() {
            return Ok(());
        }
        let (line, column) = position(self.source, open.start);
        let open = self.text(open);
        let message = format!(
            "expected {or}'{symbol}' to close the '{open}' at {line}:{column}, but found {}",
            self.found()
        );
        Err(Mistake::at(self.next.start, message))
    }

    /// The next token in words.
    fn found(&self) -> String {
        match self.next.token {
            Token::End => "the end".to_owned(),
            _ => format!("'{}'", self.text(self.next).escape_debug()),
        }
    }

    fn expected(&self, what: &str) -> Mistake {
        Mistake::at(self.next.start, format!("expected {what}, but found {}", self.found()))
    }

    fn unexpected_after_expression(&self) -> Mistake {
        let hint = match self.text(self.next) {
            "and" | "AND" => ", did you mean '&&'?",
            "or" | "OR" => ", did you mean '||'?",
            "not" | "is" => ", did you mean '!=' or '=='?",
            ")" | "]" | "}" => ", which closes nothing",
            _ => " after the end of the expression",
        };
        Mistake::at(self.next.start, format!("unexpected {}{hint}", self.found()))
    }

    /// Goes one level deeper into a rule.
    fn enter(&mut self, counter: Counter) -> Result<(), Mistake> {
        let level = counter(&mut self.levels);
        *level += 1;
        if *level > MAX_NESTING { Err(self.too_deep()) } else { Ok(()) }
    }

    /// Stays in a rule that has one more operand. As in cel-go, this costs no level.
    fn repeat(&mut self, counter: Counter) -> Result<(), Mistake> {
        self.leave(counter, 1);
        self.enter(counter)
    }

    /// Leaves a rule that had so many operands. cel-go counts each of them, and so falls below
    /// the levels that are open; but never below 0.
    fn leave(&mut self, counter: Counter, operands: usize) {
        let level = counter(&mut self.levels);
        *level = level.saturating_sub(operands);
    }

    fn too_deep(&self) -> Mistake {
        let message = format!("must be nested less deeply: the limit is {MAX_NESTING} levels");
        Mistake::at(self.next.start, message)
    }

    /// A part that is one higher than what is below it.
    fn higher(&self, node: Node, below: usize) -> Result<Part, Mistake> {
        let height = below + 1;
        if height > MAX_NESTING { Err(self.too_deep()) } else { Ok(Part { node, height }) }
    }

    fn expression(&mut self) -> Result<Part, Mistake> {
        self.enter(|levels| &mut levels.expressions)?;
        let mut part = self.or()?;
        if let Some(mark) = self.take("?")? {
            let yes = self.or()?;
            self.close(mark, ":", "")?;
            let no = self.expression()?;
            let height = part.height.max(yes.height).max(no.height);
            let parts = [part.node, yes.node, no.node];
            let node = self.nodes.call(mark.start, operator::CONDITIONAL, parts);
            part = self.higher(node, height)?;
        }
        self.leave(|levels| &mut levels.expressions, 1);
        Ok(part)
    }

    fn or(&mut self) -> Result<Part, Mistake> {
        self.logic("||", operator::OR, Self::and)
    }

    fn and(&mut self) -> Result<Part, Mistake> {
        self.logic("&&", operator::AND, Self::relation)
    }

    /// Parses the terms between the symbols of a logical operator, and makes a balanced tree of them.
    fn logic(&mut self, symbol: &str, function: &str, term: Rule<'s>) -> Result<Part, Mistake> {
        let first = term(self)?;
        if !self.at(symbol) {
            return Ok(first);
        }
        let mut height = first.height;
        let (mut terms, mut operators) = (vec![first.node], Vec::new());
        while let Some(lexeme) = self.take(symbol)? {
            operators.push(lexeme.start);
            let part = term(self)?;
            height = height.max(part.height);
            terms.push(part.node);
        }
        let node = self.balanced(function, &operators, &mut terms.into_iter());
        node.map(|node| Part { node, height }).ok_or_else(|| self.expected("an expression"))
    }

    /// The tree of some operators between terms: the one in the middle is at the top.
    fn balanced(
        &mut self,
        function: &str,
        operators: &[usize],
        terms: &mut impl Iterator<Item = Node>,
    ) -> Option<Node> {
        let (left, right) = operators.split_at(operators.len() / 2);
        let Some((middle, right)) = right.split_first() else { return terms.next() };
        let left = self.balanced(function, left, terms)?;
        let right = self.balanced(function, right, terms)?;
        Some(self.nodes.call(*middle, function, [left, right]))
    }

    fn relation(&mut self) -> Result<Part, Mistake> {
        let counter: Counter = |levels| &mut levels.relations;
        self.enter(counter)?;
        let mut operands = 1;
        let mut left = self.sum(1)?;
        while let Some(function) = self.relation_operator() {
            self.repeat(counter)?;
            operands += 1;
            let at = self.advance()?.start;
            self.enter(counter)?;
            let right = self.sum(1)?;
            self.leave(counter, 1);
            left = self.binary(at, function, left, right)?;
        }
        self.leave(counter, operands);
        Ok(left)
    }

    fn relation_operator(&self) -> Option<&'static str> {
        let Token::Symbol(symbol) = self.next.token else { return None };
        match symbol {
            "==" => Some(operator::EQUALS),
            "!=" => Some(operator::NOT_EQUALS),
            "<" => Some(operator::LESS),
            "<=" => Some(operator::LESS_EQUALS),
            ">" => Some(operator::GREATER),
            ">=" => Some(operator::GREATER_EQUALS),
            "in" => Some(operator::IN),
            _ => None,
        }
    }

    /// Parses sums and products: operators that bind at least as strongly as `precedence`.
    fn sum(&mut self, precedence: u8) -> Result<Part, Mistake> {
        let counter: Counter = |levels| &mut levels.sums;
        self.enter(counter)?;
        let mut operands = 1;
        let mut left = self.unary()?;
        while let Some((function, binds)) = self.sum_operator().filter(|(_, b)| *b >= precedence) {
            self.repeat(counter)?;
            operands += 1;
            let at = self.advance()?.start;
            let right = self.sum(binds + 1)?;
            left = self.binary(at, function, left, right)?;
        }
        self.leave(counter, operands);
        Ok(left)
    }

    fn sum_operator(&self) -> Option<(&'static str, u8)> {
        let Token::Symbol(symbol) = self.next.token else { return None };
        match symbol {
            "+" => Some((operator::ADD, 1)),
            "-" => Some((operator::SUBTRACT, 1)),
            "*" => Some((operator::MULTIPLY, 2)),
            "/" => Some((operator::DIVIDE, 2)),
            "%" => Some((operator::MODULO, 2)),
            _ => None,
        }
    }

    fn binary(
        &mut self,
        at: usize,
        function: &str,
        left: Part,
        right: Part,
    ) -> Result<Part, Mistake> {
        let height = left.height.max(right.height);
        let node = self.nodes.call(at, function, [left.node, right.node]);
        self.higher(node, height)
    }

    fn unary(&mut self) -> Result<Part, Mistake> {
        let (symbol, function) = if self.at("!") {
            ("!", operator::NOT)
        } else if self.at("-") {
            ("-", operator::NEGATE)
        } else {
            return self.member(None);
        };
        let first = self.advance()?;
        let (mut is_single, mut is_even) = (true, false);
        while self.take(symbol)?.is_some() {
            (is_single, is_even) = (false, !is_even);
        }
        // A single minus before a number is its sign, and binds more strongly than a selection.
        if symbol == "-" && is_single && self.at_number() {
            return self.member(Some(first));
        }
        // `!-1` is in the grammar; `!-a` and `-!a` are not.
        let sign = if symbol == "!" { self.take("-")? } else { None };
        if sign.is_some() && !self.at_number() {
            return Err(self.expected("a number; put '-...' in parentheses"));
        }
        let part = self.member(sign)?;
        Ok(self.prefixed(first.start, function, is_even, part))
    }

    fn at_number(&self) -> bool {
        matches!(self.next.token, Token::Int | Token::Double)
    }

    /// An operand with equal prefixes, of which two undo each other.
    fn prefixed(&mut self, at: usize, function: &str, is_even: bool, part: Part) -> Part {
        if is_even {
            return part;
        }
        Part { node: self.nodes.call(at, function, [part.node]), height: part.height }
    }
}
