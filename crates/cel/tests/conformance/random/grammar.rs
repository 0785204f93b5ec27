//! The rules of `grammar.txt`, and the types that they are about.

use std::collections::HashMap;
use std::fmt;

/// A type of an expression, or a variable that stands for one in a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    Plain(String),
    List(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Optional(Box<Type>),
    /// `A` or `B`; `K` is for keys, `C` for what has an order, `N` for numbers.
    Any(char),
}

/// What is meant by the letters in rules.
const ORDERED: &[&str] =
    &["int", "int", "double", "uint", "string", "string", "bool", "duration", "timestamp", "bytes"];

impl Type {
    pub fn plain(name: &str) -> Self {
        Self::Plain(name.to_owned())
    }

    pub fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    pub fn is(&self, name: &str) -> bool {
        matches!(self, Self::Plain(own) if own == name)
    }

    /// Reads a type, as in `map(string,list(A))`.
    pub fn parse(text: &str) -> Self {
        let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(of) = inside("list") {
            Self::list(Self::parse(of))
        } else if let Some(of) = inside("optional") {
            Self::Optional(Box::new(Self::parse(of)))
        } else if let Some(both) = inside("map") {
            let (key, value) = both.split_once(',').unwrap();
            Self::Map(Box::new(Self::parse(key)), Box::new(Self::parse(value)))
        } else {
            match text.as_bytes() {
                [letter @ b'A'..=b'Z'] => Self::Any(char::from(*letter)),
                _ => Self::plain(text),
            }
        }
    }

    /// The plain types that a letter may stand for.
    pub fn choices(letter: char) -> &'static [&'static str] {
        match letter {
            'K' => &["string", "string", "string", "int", "bool", "uint"],
            'C' => ORDERED,
            'N' => &["int", "int", "double", "uint"],
            _ => &["int", "int", "string", "string", "bool", "double", "dyn", "uint", "duration"],
        }
    }

    /// Whether a rule that gives `self` can give `wanted`; the letters that this settles.
    fn unify(&self, wanted: &Self, letters: &mut HashMap<char, Self>) -> bool {
        match (self, wanted) {
            (Self::Any(letter), _) => {
                let fits = match (letter, wanted) {
                    ('A' | 'B', _) => true,
                    (letter, Self::Plain(name)) => Self::choices(*letter).contains(&name.as_str()),
                    _ => false,
                };
                fits && letters.entry(*letter).or_insert_with(|| wanted.clone()) == wanted
            }
            (Self::List(a), Self::List(b)) | (Self::Optional(a), Self::Optional(b)) => {
                a.unify(b, letters)
            }
            (Self::Map(k, v), Self::Map(l, w)) => k.unify(l, letters) && v.unify(w, letters),
            (Self::Plain(a), Self::Plain(b)) => a == b,
            _ => false,
        }
    }

    /// With its letters replaced.
    pub fn resolve(&self, letters: &HashMap<char, Self>) -> Self {
        match self {
            Self::Plain(_) => self.clone(),
            Self::List(of) => Self::list(of.resolve(letters)),
            Self::Optional(of) => Self::Optional(Box::new(of.resolve(letters))),
            Self::Map(key, value) => {
                Self::Map(Box::new(key.resolve(letters)), Box::new(value.resolve(letters)))
            }
            Self::Any(letter) => letters[letter].clone(),
        }
    }

    /// Calls `see` with each letter in it.
    fn letters(&self, see: &mut impl FnMut(char)) {
        match self {
            Self::Plain(_) => {}
            Self::List(of) | Self::Optional(of) => of.letters(see),
            Self::Map(key, value) => {
                key.letters(see);
                value.letters(see);
            }
            Self::Any(letter) => see(*letter),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(key, value) => write!(f, "map({key},{value})"),
            Self::Optional(of) => write!(f, "optional({of})"),
            Self::Any(letter) => write!(f, "{letter}"),
        }
    }
}

/// A part of a template.
#[derive(Debug, Clone)]
pub enum Part {
    Text(String),
    Of(Type),
    Item(Type),
    NewVariable(Type),
    TextOf(String),
    SmallInt,
    /// A name of a pool, as in `{datepart}`.
    Word(String),
}

/// A way to write an expression of a type.
#[derive(Debug, Clone)]
pub struct Rule {
    pub result: Type,
    pub weight: usize,
    pub parts: Vec<Part>,
    /// An operator, which is put in parentheses.
    pub is_operator: bool,
    /// Letters of the template.
    pub letters: Vec<char>,
}

/// Names that stand for words and not for types.
const WORDS: &[&str] = &[
    "name",
    "path",
    "variable",
    "requestfield",
    "datepart",
    "durationpart",
    "ipproperty",
    "listsize",
];

impl Rule {
    fn parse(line: &str) -> Self {
        let (head, template) = line.split_once(" <- ").unwrap();
        let (weight, result) = match head.split_once(' ') {
            Some((weight, result)) => (weight.parse().unwrap(), result),
            None => (1, head),
        };
        let parts = parts(template);
        let mut letters = Vec::new();
        for part in &parts {
            if let Part::Of(of) | Part::Item(of) | Part::NewVariable(of) = part {
                of.letters(&mut |letter| letters.push(letter));
            }
        }
        Self {
            result: Type::parse(result),
            weight,
            is_operator: is_operator(template),
            parts,
            letters,
        }
    }
}

/// Whether there is a space outside of brackets, or a sign before all.
fn is_operator(template: &str) -> bool {
    let mut depth = 0;
    let spaced = template.chars().any(|it| {
        depth += i32::from("([{".contains(it)) - i32::from(")]}".contains(it));
        depth == 0 && it == ' '
    });
    spaced || template.starts_with(['!', '-'])
}

/// Splits a template. A brace before another brace or a `?` is CEL's own.
fn parts(template: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        let inside = match after.find(['{', '}']) {
            Some(end) if first == '{' && end > 0 && after.as_bytes()[end] == b'}' => &after[..end],
            _ => {
                text.push(first);
                rest = after;
                continue;
            }
        };
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        parts.push(if let Some(variable) = inside.strip_prefix('$') {
            Part::NewVariable(Type::parse(variable.split_once(' ').unwrap().1))
        } else if let Some(kind) = inside.strip_prefix('~') {
            Part::TextOf(kind.to_owned())
        } else if let Some(of) = inside.strip_prefix('=') {
            Part::Item(Type::parse(of))
        } else if inside == "#" {
            Part::SmallInt
        } else if WORDS.contains(&inside) {
            Part::Word(inside.to_owned())
        } else {
            Part::Of(Type::parse(inside))
        });
        rest = &after[inside.len() + 1..];
    }
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    parts
}

/// A rule that gives a wanted type, with the letters that the type settles.
pub type Candidate = (Rule, HashMap<char, Type>);

/// All rules.
pub struct Grammar(Vec<Rule>);

impl Grammar {
    pub fn load() -> Self {
        let lines = include_str!("grammar.txt").lines();
        Self(lines.filter(|it| !it.starts_with('#') && !it.is_empty()).map(Rule::parse).collect())
    }

    /// The rules that give a type.
    pub fn candidates(&self, wanted: &Type) -> Vec<Candidate> {
        let unified = |rule: &Rule| {
            let mut letters = HashMap::new();
            rule.result.unify(wanted, &mut letters).then(|| (rule.clone(), letters))
        };
        self.0.iter().filter_map(unified).collect()
    }
}
