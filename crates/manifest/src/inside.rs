//! Places inside of a YAML scalar: the line and column in the file of one of its characters.
//!
//! A scalar can be plain, quoted or a block, and folded over several lines. Apart from escapes, all
//! of these keep the characters of the text in their order and change only the white space between
//! them. So the text and the file are read in parallel, where any run of white space matches any
//! other.

use std::iter::Peekable;
use std::str::Chars;

use super::Position;

/// The position in the file of the character that has this line and column in the scalar's own
/// text, both from 1. `None` where the file has other characters than the text, like escapes of
/// code points.
pub(super) fn position(
    file: &str,
    scalar: Position,
    text: &str,
    (line, column): (usize, usize),
) -> Option<Position> {
    let mut source = Source::at(file, scalar)?;
    source.skip_header();
    let above = text.split_inclusive('\n').take(line.saturating_sub(1));
    let above: usize = above.map(|line| line.chars().count()).sum();
    let before = above + column.saturating_sub(1);
    let mut read = text.chars().take(before).peekable();
    while let Some(char) = read.next() {
        if char.is_whitespace() {
            while read.next_if(|next| next.is_whitespace()).is_some() {}
            source.skip_whitespace();
        } else {
            source.take(char)?;
        }
    }
    let follows_space = text.chars().nth(before).is_some_and(|next| !next.is_whitespace());
    if follows_space {
        source.skip_whitespace();
    }
    Some(source.position)
}

/// The characters of a file, from a place on.
struct Source<'s> {
    rest: Peekable<Chars<'s>>,
    position: Position,
    quote: Option<char>,
}

impl<'s> Source<'s> {
    fn at(file: &'s str, position: Position) -> Option<Self> {
        let line = file.split_inclusive('\n').take(usize::try_from(position.line).ok()? - 1);
        let start: usize = line.map(str::len).sum();
        let mut rest = file.get(start..)?.chars().peekable();
        for _ in 1..position.column {
            rest.next()?;
        }
        let quote = rest.peek().copied().filter(|char| matches!(char, '"' | '\''));
        Some(Self { rest, position, quote })
    }

    fn step(&mut self) -> Option<char> {
        let char = self.rest.next()?;
        if char == '\n' {
            self.position = Position { line: self.position.line + 1, column: 1 };
        } else {
            self.position.column += 1;
        }
        Some(char)
    }

    /// Skips what comes before a scalar's text: a quote, or the line of a `|` or `>`.
    fn skip_header(&mut self) {
        match self.rest.peek() {
            Some('"' | '\'') => _ = self.step(),
            Some('|' | '>') => {
                while self.step().is_some_and(|char| char != '\n') {}
                self.skip_whitespace();
            }
            _ => {}
        }
    }

    fn skip_whitespace(&mut self) {
        while self.rest.peek().is_some_and(|char| char.is_whitespace()) {
            self.step();
        }
    }

    /// Skips a character of the text; `None` if another one comes.
    fn take(&mut self, char: char) -> Option<()> {
        let mut found = self.step()?;
        // A single quote within single quotes is written twice; within double quotes, an escaped
        // character follows a backslash.
        if self.quote == Some('\'') && found == '\'' || self.quote == Some('"') && found == '\\' {
            found = self.step()?;
        }
        (found == char).then_some(())
    }
}
