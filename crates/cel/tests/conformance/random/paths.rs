//! Paths through the objects of the situation: to values of a wanted type, in all ways of writing, and a little astray.

use std::fmt::Write;

use fastrand::Rng;
use serde_json::Value;

use super::grammar::Type;
use super::pools::{pick, quote, word};

#[derive(Debug, Clone)]
enum Step {
    Field(String),
    Index(usize),
}

/// A path with the type of what is there.
#[derive(Debug, Clone)]
struct Path {
    root: &'static str,
    steps: Vec<Step>,
    to: Type,
}

/// All paths through the objects.
pub struct Paths {
    untyped: Vec<Path>,
    typed: Vec<(Type, &'static str)>,
}

/// What Kubernetes knows the types of: only fields can be selected there.
const TYPED: &[(&str, &str)] = &[
    ("string", "request.operation"),
    ("string", "request.name"),
    ("string", "request.namespace"),
    ("string", "request.kind.kind"),
    ("string", "request.resource.group"),
    ("string", "request.userInfo.username"),
    ("string", "request.subResource"),
    ("bool", "request.dryRun"),
    ("list(string)", "request.userInfo.groups"),
    ("map(string,list(string))", "request.userInfo.extra"),
    ("dyn", "request.options"),
    ("string", "request.options.fieldManager"),
    ("dyn", "request"),
    ("dyn", "request.kind"),
    ("dyn", "namespaceObject"),
    ("string", "namespaceObject.metadata.name"),
    ("string", "namespaceObject.metadata.generateName"),
    ("string", "namespaceObject.status.phase"),
    ("map(string,string)", "namespaceObject.metadata.labels"),
    ("list(string)", "namespaceObject.spec.finalizers"),
    ("timestamp", "namespaceObject.metadata.creationTimestamp"),
    ("int", "variables.replicas"),
    ("int", "variables.count"),
    ("list(string)", "variables.names"),
    ("list(int)", "variables.lengths"),
    ("int", "variables.failing"),
    ("optional(dyn)", "variables.maybe"),
    ("duration", "variables.wait"),
    ("map(string,int)", "variables.settings"),
];

/// The type of a value as an expression may rely on it.
fn type_of(value: &Value) -> Type {
    let common = |mut types: Vec<Type>| {
        let first = types.pop().unwrap_or_else(|| Type::plain("dyn"));
        if types.iter().all(|it| *it == first) { first } else { Type::plain("dyn") }
    };
    match value {
        Value::Null => Type::plain("null"),
        Value::Bool(_) => Type::plain("bool"),
        Value::Number(number) if number.is_i64() => Type::plain("int"),
        Value::Number(_) => Type::plain("double"),
        Value::String(_) => Type::plain("string"),
        Value::Array(items) => Type::list(common(items.iter().map(type_of).collect())),
        Value::Object(fields) => {
            let value = common(fields.values().map(type_of).collect());
            Type::Map(Box::new(Type::plain("string")), Box::new(value))
        }
    }
}

fn walk(value: &Value, path: &Path, found: &mut Vec<Path>) {
    let path = Path { to: type_of(value), ..path.clone() };
    let mut follow = |step: Step, value: &Value| {
        let mut longer = path.clone();
        longer.steps.push(step);
        walk(value, &longer, found);
    };
    match value {
        Value::Array(items) => {
            let first = items.iter().enumerate().take(8);
            first.for_each(|(at, item)| follow(Step::Index(at), item));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| follow(Step::Field(name.clone()), value));
        }
        _ => {}
    }
    found.push(path);
}

impl Paths {
    pub fn of(situation: &Value) -> Self {
        let mut untyped = Vec::new();
        for root in ["object", "oldObject", "params"] {
            let path = Path { root, steps: Vec::new(), to: Type::plain("dyn") };
            walk(&situation[root], &path, &mut untyped);
        }
        Self { untyped, typed: TYPED.iter().map(|(of, path)| (Type::parse(of), *path)).collect() }
    }

    /// A path to a value of a type, if there is one; now and then to something else.
    pub fn to(&self, wanted: &Type, rng: &mut Rng) -> Option<String> {
        let is_dyn = wanted.is("dyn") || rng.u8(..) < 12;
        if rng.u8(..) < 70 {
            let fits: Vec<_> = self.typed.iter().filter(|(of, _)| is_dyn || of == wanted).collect();
            if !fits.is_empty() {
                return Some(fits[rng.usize(..fits.len())].1.to_owned());
            }
        }
        let fits: Vec<_> =
            self.untyped.iter().filter(|it| is_dyn || fits(&it.to, wanted)).collect();
        let path = fits.get(rng.usize(..fits.len().max(1)))?;
        Some(path.write(wanted, rng))
    }

    /// A path without optionals, for `has`.
    pub fn plain(&self, rng: &mut Rng) -> String {
        let path = &self.untyped[rng.usize(..self.untyped.len())];
        let mut text = path.root.to_owned();
        path.steps.iter().for_each(|step| step.write(false, &mut text, rng));
        text
    }

    /// A path to an optional.
    pub fn optional(&self, rng: &mut Rng) -> String {
        let path = &self.untyped[rng.usize(..self.untyped.len())];
        let mut text = path.root.to_owned();
        let from = rng.usize(..=path.steps.len());
        for (at, step) in path.steps.iter().enumerate() {
            step.write(at >= from, &mut text, rng);
        }
        if from == path.steps.len() || rng.u8(..) < 60 {
            Step::Field(word("word name", rng).to_owned()).write(true, &mut text, rng);
        }
        text
    }
}

/// Whether a value of a type does where another is wanted.
fn fits(is: &Type, wanted: &Type) -> bool {
    match (is, wanted) {
        (_, wanted) if wanted.is("dyn") => true,
        (Type::List(is), Type::List(wanted)) => fits(is, wanted),
        (Type::Map(_, is), Type::Map(key, wanted)) => {
            (key.is("string") || key.is("dyn")) && fits(is, wanted)
        }
        (is, wanted) => is == wanted,
    }
}

impl Path {
    fn write(&self, wanted: &Type, rng: &mut Rng) -> String {
        let mut text = self.root.to_owned();
        let optional_from = if wanted.is("dyn") && rng.u8(..) < 30 {
            rng.usize(..=self.steps.len())
        } else {
            usize::MAX
        };
        let astray = if rng.u8(..) < 15 { rng.usize(..=self.steps.len()) } else { usize::MAX };
        for (at, step) in self.steps.iter().enumerate() {
            if at == astray {
                Step::Field(word("word name", rng).to_owned()).write(false, &mut text, rng);
                if rng.bool() {
                    continue;
                }
            }
            step.write(at >= optional_from, &mut text, rng);
        }
        if optional_from < self.steps.len() && rng.u8(..) < 180 {
            text += pick(
                &[
                    ".orValue(null)",
                    ".orValue(0)",
                    ".orValue('')",
                    ".orValue([])",
                    ".value()",
                    ".hasValue()",
                ],
                rng,
            );
        }
        text
    }
}

impl Step {
    fn write(&self, optional: bool, text: &mut String, rng: &mut Rng) {
        let mark = if optional { "?" } else { "" };
        match self {
            Self::Index(at) => {
                let at = match rng.u8(..) {
                    0..8 => format!("{}", at + 10),
                    8..16 => "-1".to_owned(),
                    16..24 => format!("{at}u"),
                    24..30 => format!("{at}.0"),
                    30..34 => "'0'".to_owned(),
                    34..37 => "null".to_owned(),
                    _ => at.to_string(),
                };
                _ = write!(text, "[{mark}{at}]");
            }
            Self::Field(name) if is_identifier(name) && rng.u8(..) < 215 => {
                _ = write!(text, ".{mark}{name}");
            }
            Self::Field(name) if rng.u8(..) < 10 && is_identifier(name) => {
                _ = write!(text, ".{mark}`{name}`");
            }
            Self::Field(name) => _ = write!(text, "[{mark}{}]", quote(name, rng)),
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|it| it.is_ascii_alphabetic() || it == '_')
        && letters.all(|it| it.is_ascii_alphanumeric() || it == '_')
        && name != "in"
}
