//! Operands: names, literals, lists, maps, and what is selected, called or indexed of them.

use super::super::ast::{Call, Entry, Field, Item, Kind, Literal, Node, Struct, operator};
use super::super::lexer::{Lexeme, Token};
use super::super::{Mistake, literals, macros};
use super::{Counter, Parser, Part};

/// The names that are kept for other languages of the family: they may be fields, not variables.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

impl Parser<'_> {
    /// Parses a primary with its selections, calls and indices. `sign` is the minus of a number.
    pub(super) fn member(&mut self, sign: Option<Lexeme>) -> Result<Part, Mistake> {
        let counter: Counter = |levels| &mut levels.members;
        self.enter(counter)?;
        let mut operands = 1;
        let mut is_name = matches!(self.next.token, Token::Name) || self.at(".");
        let mut part = self.primary(sign)?;
        is_name &= matches!(part.node.kind, Kind::Ident(_));
        loop {
            if is_name && self.at("{") {
                part = self.structure(&part.node)?;
            } else if self.at(".") || self.at("[") {
                self.repeat(counter)?;
                operands += 1;
                part = if self.at(".") { self.field(part)? } else { self.index(part)? };
            } else {
                break;
            }
            is_name &= matches!(&part.node.kind, Kind::Select(select) if !select.test);
        }
        self.leave(counter, operands);
        Ok(part)
    }

    /// Parses `.field`, `.?field` or `.method(arguments)`.
    fn field(&mut self, operand: Part) -> Result<Part, Mistake> {
        self.advance()?;
        let is_optional = self.take("?")?.is_some();
        let name = match self.next.token {
            Token::Name => self.advance()?,
            Token::Quoted => {
                let name = self.text(self.next).replace('`', "'");
                let message = format!("names in backticks are not supported, use [{name}]");
                return Err(Mistake::at(self.next.start, message));
            }
            Token::Symbol(word @ ("in" | "true" | "false" | "null")) => {
                let message =
                    format!("'{word}' cannot be a field's name after '.', use ['{word}']");
                return Err(Mistake::at(self.next.start, message));
            }
            _ => return Err(self.expected("the name of a field after '.'")),
        };
        let text = self.text(name);
        if is_optional {
            let field = self.nodes.literal(name.start, Literal::String(text.into()));
            let node =
                self.nodes.call(name.start, operator::OPTIONAL_SELECT, [operand.node, field]);
            return self.higher(node, operand.height);
        }
        if self.at("(") {
            let (arguments, height) = self.arguments()?;
            let node = self.call(name, text, Some(operand.node), arguments)?;
            return self.higher(node, operand.height.max(height));
        }
        let node = self.nodes.select(name.start, operand.node, text, false);
        self.higher(node, operand.height)
    }

    /// Parses `[index]` or `[?index]`.
    fn index(&mut self, operand: Part) -> Result<Part, Mistake> {
        let open = self.advance()?;
        let is_optional = self.take("?")?.is_some();
        let index = self.expression()?;
        self.close(open, "]", "")?;
        let function = if is_optional { operator::OPTIONAL_INDEX } else { operator::INDEX };
        let height = operand.height.max(index.height);
        let node = self.nodes.call(open.start, function, [operand.node, index.node]);
        self.higher(node, height)
    }

    fn primary(&mut self, sign: Option<Lexeme>) -> Result<Part, Mistake> {
        match self.next.token {
            Token::Symbol("(") => {
                let open = self.advance()?;
                let part = self.expression()?;
                self.close(open, ")", "")?;
                Ok(part)
            }
            Token::Symbol("[") => self.list(),
            Token::Symbol("{") => self.map(),
            Token::Symbol(".") => {
                let dot = self.advance()?;
                if self.next.token != Token::Name {
                    return Err(self.expected("a name after '.'"));
                }
                self.name(Some(dot))
            }
            Token::Name => self.name(None),
            _ => {
                let literal = self.literal(sign)?;
                let lexeme = self.advance()?;
                let start = sign.map_or(lexeme.start, |sign| sign.start);
                Ok(Part { node: self.nodes.literal(start, literal), height: 0 })
            }
        }
    }

    /// Parses a name, or the call of a function.
    fn name(&mut self, dot: Option<Lexeme>) -> Result<Part, Mistake> {
        let name = self.advance()?;
        let text = self.text(name);
        if RESERVED.contains(&text) {
            let message = format!("'{text}' is reserved and cannot be the name of a variable");
            return Err(Mistake::at(name.start, message));
        }
        let full = if dot.is_some() { format!(".{text}") } else { text.to_owned() };
        if self.at("(") {
            let (arguments, height) = self.arguments()?;
            let node = self.call(name, &full, None, arguments)?;
            return Ok(Part { node, height });
        }
        Ok(Part { node: self.nodes.ident(name.start, &full), height: 0 })
    }

    /// The literal that comes next.
    fn literal(&self, sign: Option<Lexeme>) -> Result<Literal, Mistake> {
        let (text, start) = (self.text(self.next), self.next.start);
        let is_negative = sign.is_some();
        let number = |literal: Option<Literal>, range: &str| {
            let sign = if is_negative { "-" } else { "" };
            literal.ok_or_else(|| Mistake::at(start, format!("{sign}{text} is no {range}")))
        };
        match self.next.token {
            Token::Symbol("true") => Ok(Literal::Bool(true)),
            Token::Symbol("false") => Ok(Literal::Bool(false)),
            Token::Symbol("null") => Ok(Literal::Null),
            Token::Int => {
                let value = literals::int(text, is_negative).map(Literal::Int);
                number(value, "int: it needs more than 64 bits")
            }
            Token::Uint => {
                number(literals::uint(text).map(Literal::Uint), "uint: it needs more than 64 bits")
            }
            Token::Double => {
                let value = literals::double(text, is_negative).map(Literal::Double);
                number(value, "double: it is too large")
            }
            Token::String => Ok(Literal::String(literals::string(text, start)?.into())),
            Token::Bytes => Ok(Literal::Bytes(literals::bytes(text, start)?.into())),
            Token::Symbol("!" | "-") => {
                Err(self.expected("an operand; put one with another '!' or '-' in parentheses"))
            }
            _ => Err(self.expected("an expression")),
        }
    }

    /// Parses the arguments of a call in their parentheses; returns them with their height.
    fn arguments(&mut self) -> Result<(Vec<Node>, usize), Mistake> {
        let open = self.advance()?;
        let (mut arguments, mut height) = (Vec::new(), 0);
        if !self.at(")") {
            loop {
                let argument = self.expression()?;
                height = height.max(argument.height);
                arguments.push(argument.node);
                if self.take(",")?.is_none() {
                    break;
                }
            }
        }
        self.close(open, ")", if arguments.is_empty() { "" } else { "',' or " })?;
        Ok((arguments, height))
    }

    /// A call, or what a macro makes of it.
    fn call(
        &mut self,
        name: Lexeme,
        function: &str,
        target: Option<Node>,
        arguments: Vec<Node>,
    ) -> Result<Node, Mistake> {
        if let Some(expand) = macros::find(function, target.as_ref(), arguments.len()) {
            let node = expand(&mut self.nodes, macros::Use::new(name.start, target, arguments))?;
            self.nodes.check(name.start)?;
            return Ok(node);
        }
        let call = Call { function: function.into(), target, arguments };
        Ok(self.nodes.make(name.start, Kind::Call(Box::new(call))))
    }

    /// Parses what is between brackets, with commas between and perhaps one at the end.
    fn items(
        &mut self,
        symbol: &str,
        mut item: impl FnMut(&mut Self, bool) -> Result<(), Mistake>,
    ) -> Result<Lexeme, Mistake> {
        let open = self.advance()?;
        let mut is_empty = true;
        while !self.at(symbol) && !self.at(",") {
            is_empty = false;
            let is_optional = self.take("?")?.is_some();
            item(self, is_optional)?;
            if self.take(",")?.is_none() {
                self.close(open, symbol, "',' or ")?;
                return Ok(open);
            }
        }
        if is_empty {
            // cel-go takes a comma where there is nothing: `[,]`.
            self.take(",")?;
        }
        self.close(open, symbol, "")?;
        Ok(open)
    }

    fn list(&mut self) -> Result<Part, Mistake> {
        let (mut items, mut height) = (Vec::new(), 0);
        let open = self.items("]", |parser, optional| {
            let part = parser.expression()?;
            height = height.max(part.height);
            items.push(Item { value: part.node, optional });
            Ok(())
        })?;
        Ok(Part { node: self.nodes.make(open.start, Kind::List(items)), height })
    }

    fn map(&mut self) -> Result<Part, Mistake> {
        let (mut entries, mut height) = (Vec::new(), 0);
        let open = self.items("}", |parser, optional| {
            let key = parser.expression()?;
            parser.colon("key")?;
            let value = parser.expression()?;
            height = height.max(key.height).max(value.height);
            entries.push(Entry { key: key.node, value: value.node, optional });
            Ok(())
        })?;
        Ok(Part { node: self.nodes.make(open.start, Kind::Map(entries)), height })
    }

    /// Parses the fields of the struct `name`.
    fn structure(&mut self, name: &Node) -> Result<Part, Mistake> {
        let (mut fields, mut height) = (Vec::new(), 0);
        self.items("}", |parser, optional| {
            if parser.next.token != Token::Name {
                return Err(parser.expected("the name of a field"));
            }
            let field = parser.advance()?;
            let field = parser.text(field).into();
            parser.colon("name")?;
            let value = parser.expression()?;
            height = height.max(value.height);
            fields.push(Field { name: field, value: value.node, optional });
            Ok(())
        })?;
        let at = self.nodes.offset(name);
        let name = name.dotted().unwrap_or_default().into();
        let node = self.nodes.make(at, Kind::Struct(Box::new(Struct { name, fields })));
        Ok(Part { node, height })
    }

    fn colon(&mut self, what: &str) -> Result<(), Mistake> {
        let expected = format!("':' after the {what}");
        self.take(":")?.map(drop).ok_or_else(|| self.expected(&expected))
    }
}
