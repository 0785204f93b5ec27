//! Signatures of functions: `string.charAt(int) -> string`.

use std::collections::BTreeMap;

use crate::types::{OPAQUE, Type};

/// A signature, read.
#[derive(Debug)]
pub(crate) struct Signature {
    /// As it is written in the table.
    text: &'static str,
    /// The name, with its namespace.
    pub name: &'static str,
    /// Whether it is called as `receiver.name(arguments)`.
    pub is_member: bool,
    /// The types of the receiver, if there is one, and of the arguments.
    pub parameters: Vec<Type>,
    /// The type of the result.
    pub result: Type,
    /// The number of types that stand for any other.
    pub variables: u32,
}

impl Signature {
    /// Reads `[receiver.]name(type, ...) -> type`; nothing if it is none.
    ///
    /// A receiver is a type, so what stands before the last dot is one if it reads as a type, and
    /// else belongs to the name: `optional.of(T) -> optional_type(T)`.
    pub fn read(text: &'static str) -> Option<Self> {
        let mut reader = Reader { rest: text, variables: BTreeMap::new() };
        let receiver = reader.receiver();
        let name = reader.until('(')?;
        let mut parameters: Vec<_> = receiver.into_iter().collect();
        let is_member = !parameters.is_empty();
        if !reader.take(")") {
            loop {
                parameters.push(reader.r#type()?);
                if reader.take(")") {
                    break;
                }
                reader.expect(", ")?;
            }
        }
        reader.expect(" -> ")?;
        let result = reader.r#type()?;
        let variables = u32::try_from(reader.variables.len()).ok()?;
        let is_whole = reader.rest.is_empty() && !name.is_empty();
        is_whole.then_some(Self { text, name, is_member, parameters, result, variables })
    }

    /// The signature without its result: `string.charAt(int)`.
    pub fn usage(&self) -> &'static str {
        self.text.split(" -> ").next().unwrap_or(self.text)
    }
}

/// The types without parameters.
const PLAIN: [(&str, Type); 10] = [
    ("bool", Type::Bool),
    ("bytes", Type::Bytes),
    ("double", Type::Double),
    ("duration", Type::Duration),
    ("dyn", Type::Dyn),
    ("int", Type::Int),
    ("null", Type::Null),
    ("string", Type::String),
    ("timestamp", Type::Timestamp),
    ("uint", Type::Uint),
];

struct Reader {
    rest: &'static str,
    /// The numbers of the capital letters that stand for types.
    variables: BTreeMap<char, u32>,
}

impl Reader {
    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) -> Option<()> {
        self.take(text).then_some(())
    }

    fn until(&mut self, end: char) -> Option<&'static str> {
        let (before, after) = self.rest.split_once(end)?;
        self.rest = after;
        Some(before)
    }

    /// The receiver with the dot after it, if there is one.
    fn receiver(&mut self) -> Option<Type> {
        let all = self.rest;
        let receiver = self.r#type().filter(|_| self.take("."));
        if receiver.is_none() {
            self.rest = all;
            self.variables.clear();
        }
        receiver
    }

    fn r#type(&mut self) -> Option<Type> {
        if let Some(opaque) = OPAQUE.into_iter().find(|name| self.take(name)) {
            return Some(Type::Opaque(opaque));
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let end = self.rest.bytes().position(|byte| !is_name(byte)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        if let Some((_, plain)) = PLAIN.iter().find(|(plain, _)| *plain == name) {
            return Some(plain.clone());
        }
        if let [letter @ 'A'..='Z'] = name.chars().collect::<Vec<_>>()[..] {
            let next = u32::try_from(self.variables.len()).ok()?;
            return Some(Type::Parameter(*self.variables.entry(letter).or_insert(next)));
        }
        self.expect("(")?;
        let first = self.r#type()?;
        let made = match name {
            "list" => Type::list(first),
            "optional_type" => Type::optional(first),
            "type" => Type::Type(first.into()),
            "map" => {
                self.expect(", ")?;
                Type::map(first, self.r#type()?)
            }
            _ => return None,
        };
        self.expect(")")?;
        Some(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_is_what_reads_as_a_type() {
        for (text, name, is_member, parameters) in [
            ("string.charAt(int) -> string", "charAt", true, "string, int"),
            ("optional.of(T) -> optional_type(T)", "optional.of", false, "T0"),
            ("type(T) -> type(T)", "type", false, "T0"),
            ("duration(string) -> duration", "duration", false, "string"),
            ("net.IP.family() -> int", "family", true, "net.IP"),
            ("ip.isCanonical(string) -> bool", "ip.isCanonical", false, "string"),
            ("optional.none() -> optional_type(T)", "optional.none", false, ""),
            ("_[_](map(K, V), K) -> V", "_[_]", false, "map(T0, T1), T0"),
            ("list(list(T)).flatten() -> list(T)", "flatten", true, "list(list(T0))"),
        ] {
            let read = Signature::read(text).unwrap_or_else(|| panic!("{text}"));
            let types: Vec<_> = read.parameters.iter().map(Type::to_string).collect();
            assert_eq!((read.name, read.is_member), (name, is_member), "{text}");
            assert_eq!(types.join(", "), parameters, "{text}");
        }
    }

    #[test]
    fn what_is_no_signature_is_not_read() {
        for text in
            ["", "f", "f(", "f()", "f(int) -> ", "f(strnig) -> int", "(int) -> int", "f() -> list"]
        {
            assert!(Signature::read(text).is_none(), "{text}");
        }
    }
}
