//! Places inside of a text: where in its file a character of a YAML scalar stands, however the
//! scalar is written.

use std::iter::Peekable;
use std::str::Chars;

use super::Position;

/// Where the character of a scalar stands that has this line and column in the scalar's own text,
/// both from 1. `None` where the text was made up of more than what stands there, as by escapes of
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

/// The characters of a file from a place on.
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

    /// Passes over what is in front of a scalar's text: a quote, or the line of a `|` or `>`.
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

    /// Passes over a character of the text; `None` if another stands here.
    fn take(&mut self, char: char) -> Option<()> {
        let mut found = self.step()?;
        // Within single quotes one is written twice, within double quotes it has a backslash.
        if self.quote == Some('\'') && found == '\'' || self.quote == Some('"') && found == '\\' {
            found = self.step()?;
        }
        (found == char).then_some(())
    }
}
