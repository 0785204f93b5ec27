//! Strict reading of our own files: every key must be known, and every value must have its type.
//! All mistakes are reported at once, each with its place.

use std::fmt;
use std::sync::Arc;

use kubernetes_cel::nearest;
use kubernetes_manifest::{Content, Entry, Node, Position};

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// The place of the mistake.
    pub position: Position,
    /// The mistake, and what to do about it.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.position, self.text)
    }
}

/// All mistakes of some files, one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

/// The known name that is nearest to a mistyped one, as the end of a sentence; all known names
/// where none is near.
pub fn meant(typed: &str, known: &[&str]) -> String {
    match nearest(typed, known.iter().copied()) {
        Some(near) => format!("; did you mean \"{near}\"?"),
        None => format!("; use one of {}", known.join(", ")),
    }
}

/// Reads one file's nodes and notes what is wrong with them.
#[derive(Debug)]
pub struct Strict<'f> {
    file: &'f Arc<str>,
    problems: Vec<Problem>,
}

impl<'f> Strict<'f> {
    /// A reader that has found no mistakes yet.
    pub fn new(file: &'f Arc<str>) -> Self {
        Self { file, problems: Vec::new() }
    }

    /// All mistakes that were found.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Notes a mistake.
    pub fn report(&mut self, position: Position, text: impl Into<String>) {
        self.problems.push(Problem { file: Arc::clone(self.file), position, text: text.into() });
    }

    /// The members of a mapping that may have only these keys; `what` names it in messages. A
    /// member that is null counts as absent, as for the API server.
    pub fn mapping<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Mapping<'n> {
        let Content::Mapping(entries) = &node.content else {
            self.report(
                node.position,
                format!("{what} must be a mapping, not {}", node.content.name()),
            );
            return Mapping { position: node.position, entries: &[] };
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let hint = meant(&entry.key, known);
                self.report(entry.position, format!("{what} has no \"{}\"{hint}", entry.key));
            }
        }
        Mapping { position: node.position, entries }
    }

    /// The items of a list of at most `max`; none where it is absent.
    pub fn list<'n>(&mut self, node: Option<&'n Node>, what: &str, max: usize) -> &'n [Node] {
        let Some(node) = node else { return &[] };
        let Content::Sequence(items) = &node.content else {
            self.report(
                node.position,
                format!("{what} must be a list, not {}", node.content.name()),
            );
            return &[];
        };
        if items.len() > max {
            let text = format!("{what} has {} items and may have at most {max}", items.len());
            self.report(node.position, text);
            return &[];
        }
        items
    }

    /// A text; `None` where it is absent, or where it is something else, which is reported.
    pub fn text<'n>(&mut self, node: Option<&'n Node>, what: &str) -> Option<&'n str> {
        let node = node?;
        if node.as_str().is_none() {
            let hint = match node.content {
                Content::Bool(_) | Content::Number(_) => ": put it in quotes",
                _ => "",
            };
            let found = node.content.name();
            self.report(node.position, format!("{what} must be a string, not {found}{hint}"));
        }
        node.as_str()
    }

    /// A list of texts.
    pub fn texts(&mut self, node: Option<&Node>, what: &str, max: usize) -> Vec<String> {
        let items = self.list(node, what, max);
        let texts = items.iter().filter_map(|item| self.text(Some(item), what));
        texts.map(str::to_owned).collect()
    }

    /// One of a few words.
    pub fn word<T: Copy>(
        &mut self,
        node: Option<&Node>,
        what: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let typed = self.text(node, what)?;
        let found = words.iter().find(|(word, _)| *word == typed).map(|(_, value)| *value);
        if found.is_none()
            && let Some(node) = node
        {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let hint = meant(typed, &known);
            self.report(node.position, format!("{what} cannot be \"{typed}\"{hint}"));
        }
        found
    }
}

/// The members of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Mapping<'n> {
    /// The position of its beginning.
    pub position: Position,
    entries: &'n [Entry],
}

impl<'n> Mapping<'n> {
    /// The value of a key, unless it is null.
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        (entry.value.content != Content::Null).then_some(&entry.value)
    }

    /// The position of a key, or of the mapping where it lacks the key.
    pub fn position_of(&self, key: &str) -> Position {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        entry.map_or(self.position, |entry| entry.position)
    }
}
