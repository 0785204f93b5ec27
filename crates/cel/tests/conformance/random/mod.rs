//! Random expressions of a typed grammar, over a rich object. Most can be compiled and evaluated; some are wrong
//! on purpose.

mod grammar;
mod mutation;
mod paths;
mod pools;

use std::collections::HashMap;

use fastrand::Rng;
use serde_json::Value;

use grammar::{Candidate, Grammar, Part, Rule, Type};
use paths::Paths;
use pools::{literal, pick, quote, text, word};

use crate::answer::Wanted;

/// The objects and variables that random expressions are about.
pub fn situation() -> Value {
    let mut situation: Value = serde_json::from_str(include_str!("situation.json")).unwrap();
    // Enough to exceed the limits on cost.
    let spec = &mut situation["object"]["spec"];
    spec["many"] = (0..300).collect();
    spec["long"] = "ab c".repeat(3000).into();
    situation
}

/// Writes random expressions.
pub struct Generator {
    grammar: Grammar,
    paths: Paths,
    candidates: HashMap<Type, Vec<Candidate>>,
    /// The variables of the macros around.
    variables: Vec<(String, Type)>,
    rng: Rng,
}

impl Generator {
    pub fn new(situation: &Value) -> Self {
        Self {
            grammar: Grammar::load(),
            paths: Paths::of(situation),
            candidates: HashMap::new(),
            variables: Vec::new(),
            rng: Rng::with_seed(0),
        }
    }

    /// The expressions of a seed.
    pub fn expressions(&mut self, seed: u64, number: usize, wanted: Wanted) -> Vec<String> {
        self.rng = Rng::with_seed(seed);
        (0..number).map(|_| self.top(wanted)).collect()
    }

    fn top(&mut self, wanted: Wanted) -> String {
        self.variables.clear();
        let is_bool = wanted == Wanted::Bool || self.chance(140);
        let wanted = if is_bool { Type::plain("bool") } else { self.any() };
        let depth = self.rng.u32(1..=4);
        let expression = self.write(&wanted, depth);
        // The operator of the whole needs no parentheses.
        let whole = expression.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
        let expression = match whole {
            Some(inner) if is_balanced(inner) => inner.to_owned(),
            _ => expression,
        };
        if self.chance(18) { mutation::mutate(&expression, &mut self.rng) } else { expression }
    }

    /// Yes, so many times of 256.
    fn chance(&mut self, of_256: u8) -> bool {
        self.rng.u8(..) < of_256
    }

    /// Any type.
    fn any(&mut self) -> Type {
        Type::parse(word("type", &mut self.rng))
    }

    fn write(&mut self, wanted: &Type, depth: u32) -> String {
        if self.chance(3) {
            let other = self.any();
            return self.leaf(&other);
        }
        if depth == 0 || self.chance(45) {
            return self.leaf(wanted);
        }
        if wanted.is("dyn") && self.chance(150) {
            if self.chance(170) {
                return self.leaf(wanted);
            }
            let other = self.any();
            return self.write(&other, depth);
        }
        if !self.candidates.contains_key(wanted) {
            let found = self.grammar.candidates(wanted);
            self.candidates.insert(wanted.clone(), found);
        }
        let candidates = &self.candidates[wanted];
        let total: usize = candidates.iter().map(|(rule, _)| rule.weight).sum();
        if total == 0 {
            return self.leaf(wanted);
        }
        let mut at = self.rng.usize(..total);
        let chosen = candidates.iter().find(|(rule, _)| {
            let here = at < rule.weight;
            at = at.saturating_sub(rule.weight);
            here
        });
        let (rule, letters) = chosen.unwrap().clone();
        self.apply(&rule, letters, depth - 1)
    }

    fn apply(&mut self, rule: &Rule, mut letters: HashMap<char, Type>, depth: u32) -> String {
        for letter in &rule.letters {
            let choice = Type::plain(pick(Type::choices(*letter), &mut self.rng));
            letters.entry(*letter).or_insert(choice);
        }
        let known = self.variables.len();
        let mut text = String::new();
        for part in &rule.parts {
            match part {
                Part::Text(part) => text += part,
                Part::Of(of) => text += &self.write(&of.resolve(&letters), depth),
                Part::Item(of) => text += &self.item(&of.resolve(&letters)),
                Part::NewVariable(of) => {
                    let name = format!("x{}", self.variables.len());
                    text += &name;
                    self.variables.push((name, of.resolve(&letters)));
                }
                Part::TextOf(kind) => text += &self.text(kind),
                Part::SmallInt => text += &self.small(),
                Part::Word(pool) if pool == "path" => text += &self.paths.plain(&mut self.rng),
                Part::Word(pool) => text += word(&format!("word {pool}"), &mut self.rng),
            }
        }
        self.variables.truncate(known);
        if rule.is_operator { format!("({text})") } else { text }
    }

    /// An index or a count.
    fn small(&mut self) -> String {
        match self.rng.u8(..) {
            0..20 => self.leaf(&Type::plain("int")),
            20..30 => "-1".to_owned(),
            30..36 => self.leaf(&Type::plain("dyn")),
            36..150 => "0".to_owned(),
            150..200 => "1".to_owned(),
            _ => self.rng.u8(..4).to_string(),
        }
    }

    /// A string of a kind. What is constant is computed when it is compiled, so it hides at times.
    fn text(&mut self, kind: &str) -> String {
        if self.chance(14) {
            return self.leaf(&Type::plain("string"));
        }
        let literal = quote(&text(kind, &mut self.rng), &mut self.rng);
        match self.rng.u8(..) {
            0..70 => literal,
            70..95 => format!("dyn({literal})"),
            95..120 => format!("({literal} + '')"),
            120..200 => format!("({literal} + object.spec.empty)"),
            _ => format!("dyn(object.spec.enabled ? {literal} : '')"),
        }
    }

    /// An expression without parts of its own.
    fn leaf(&mut self, wanted: &Type) -> String {
        if wanted.is("iterable") {
            return self.iterable();
        }
        let fits: Vec<_> = self
            .variables
            .iter()
            .filter(|(_, of)| of == wanted || wanted.is("dyn"))
            .cloned()
            .collect();
        if !fits.is_empty() && self.chance(190) {
            return fits[self.rng.usize(..fits.len())].0.clone();
        }
        if self.chance(110)
            && let Some(path) = self.paths.to(wanted, &mut self.rng)
        {
            return path;
        }
        match wanted {
            Type::Plain(name) => self.literal(name),
            _ => self.composed(wanted),
        }
    }

    /// A literal of items, or an optional.
    fn composed(&mut self, wanted: &Type) -> String {
        match wanted {
            Type::List(of) => {
                let most = if self.chance(40) { 0 } else { self.rng.u8(1..5) };
                let items: Vec<_> = (0..most).map(|_| self.item(of)).collect();
                format!("[{}]", items.join(", "))
            }
            Type::Map(key, value) => {
                let entries: Vec<_> = (0..self.rng.u8(..4).min(2))
                    .map(|_| format!("{}: {}", self.item(key), self.item(value)))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            Type::Optional(_) if self.chance(60) => "optional.none()".to_owned(),
            Type::Optional(of) if of.is("dyn") => self.paths.optional(&mut self.rng),
            Type::Optional(of) => format!("optional.of({})", self.leaf(of)),
            Type::Plain(_) | Type::Any(_) => unreachable!("a rule has settled its letters"),
        }
    }

    /// A list or a map, of which that is not known when it is compiled.
    fn iterable(&mut self) -> String {
        let of = pick(
            &["list(dyn)", "list(dyn)", "list(int)", "list(string)", "map(string,dyn)"],
            &mut self.rng,
        );
        let of = Type::parse(of);
        match self.paths.to(&of, &mut self.rng) {
            Some(path) if self.chance(200) => path,
            _ => format!("dyn({})", self.composed(&of)),
        }
    }

    /// An item of a literal: all of them must have one type.
    fn item(&mut self, of: &Type) -> String {
        if self.chance(10) {
            return self.leaf(of);
        }
        match of {
            Type::Plain(name) if name != "dyn" => self.literal(name),
            Type::Plain(_) => {
                let other = Type::plain(pick(Type::choices('A'), &mut self.rng));
                format!("dyn({})", self.leaf(&other))
            }
            other => self.composed(other),
        }
    }

    fn literal(&mut self, name: &str) -> String {
        match name {
            "bool" => self.rng.bool().to_string(),
            "null" => "null".to_owned(),
            "string" => {
                let text = literal(name, &mut self.rng).unwrap_or_default();
                format!("'{}'", text.replace('\'', "\\'"))
            }
            "duration" | "timestamp" | "quantity" | "url" | "ip" | "cidr" | "semver" => {
                let text = self.text(name);
                let is_lenient = name == "semver" && self.chance(60);
                let more = if is_lenient { ", true" } else { "" };
                format!("{name}({text}{more})")
            }
            "format" => format!("format.{}()", word("word format", &mut self.rng)),
            _ => match literal(name, &mut self.rng) {
                Some(literal) => literal.to_owned(),
                None => self.hidden(),
            },
        }
    }

    /// A literal whose type is not known when it is compiled.
    fn hidden(&mut self) -> String {
        match pick(Type::choices('A'), &mut self.rng) {
            "dyn" => "null".to_owned(),
            of => format!("dyn({})", self.literal(of)),
        }
    }
}

/// Whether brackets are closed before the end only where they were opened.
fn is_balanced(text: &str) -> bool {
    let mut depth = 0;
    crate::tokens::tokens(text).iter().all(|token| {
        depth += i32::from(token.starts_with(['(', '[', '{']));
        depth -= i32::from(token.starts_with([')', ']', '}']));
        depth >= 0
    }) && depth == 0
}
