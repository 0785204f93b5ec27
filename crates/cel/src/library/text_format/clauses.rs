//! The parts of a format like `'%s has %d'`.

use crate::library::arguments::Refusal;
use crate::types::Type;

/// A part of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// Text that stands for itself.
    Text(&'t str),
    /// A clause, which a value takes the place of.
    Clause(Clause),
}

/// A clause of a format, which says how a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clause {
    pub conversion: Conversion,
    /// The number after a point.
    pub precision: Option<u64>,
}

/// The ways of writing a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// `%s`
    Text,
    /// `%d`
    Decimal,
    /// `%f`
    Fixed,
    /// `%e`
    Scientific,
    /// `%b`
    Binary,
    /// `%o`
    Octal,
    /// `%x`
    Hexadecimal,
    /// `%X`
    UpperHexadecimal,
}

impl Conversion {
    /// The types that it takes, in words.
    pub fn takes(self) -> &'static str {
        match self {
            Self::Text => {
                "%s takes strings, bools, bytes, numbers, null, lists, maps, types, durations and \
                 timestamps"
            }
            Self::Decimal => "%d takes ints and uints",
            Self::Fixed => "%f takes doubles",
            Self::Scientific => "%e takes doubles",
            Self::Binary => "%b takes ints, uints and bools",
            Self::Octal => "%o takes ints and uints",
            Self::Hexadecimal => "%x takes ints, uints, strings and bytes",
            Self::UpperHexadecimal => "%X takes ints, uints, strings and bytes",
        }
    }

    /// Returns whether it may take a value of a type, as the check of a literal format finds it.
    /// It takes strings for doubles, because there are some that it writes: `NaN`, `Infinity`.
    pub fn may_take(self, of: &Type) -> bool {
        match of {
            Type::Dyn => true,
            Type::Nullable(of) => self.may_take(of),
            Type::Int | Type::Uint => !matches!(self, Self::Fixed | Self::Scientific),
            Type::Double => matches!(self, Self::Text | Self::Fixed | Self::Scientific),
            Type::Bool => matches!(self, Self::Text | Self::Binary),
            Type::String => !matches!(self, Self::Decimal | Self::Binary | Self::Octal),
            Type::Bytes => matches!(self, Self::Text | Self::Hexadecimal | Self::UpperHexadecimal),
            Type::Null
            | Type::List(_)
            | Type::Map(_)
            | Type::Type(_)
            | Type::Duration
            | Type::Timestamp => self == Self::Text,
            _ => false,
        }
    }
}

/// The parts of a format, one after the other; after a mistake there are no more.
pub(crate) fn parts(format: &str) -> impl Iterator<Item = Result<Part<'_>, Refusal>> {
    let mut rest = format;
    std::iter::from_fn(move || {
        let part = next(rest)?;
        rest = part.as_ref().map_or("", |(_, rest)| rest);
        Some(part.map(|(part, _)| part))
    })
}

/// The first part of a format and the text after it; none of an empty text.
fn next(format: &str) -> Option<Result<(Part<'_>, &str), Refusal>> {
    let Some(clause) = format.strip_prefix('%') else {
        let (text, rest) = format.split_at(format.find('%').unwrap_or(format.len()));
        return (!text.is_empty()).then_some(Ok((Part::Text(text), rest)));
    };
    Some(match clause.strip_prefix('%') {
        Some(rest) => Ok((Part::Text("%"), rest)),
        None => read_clause(clause),
    })
}

fn read_clause(text: &str) -> Result<(Part<'_>, &str), Refusal> {
    let (precision, rest) = match text.strip_prefix('.') {
        None => (None, text),
        Some(rest) => {
            let end = rest.find(|at: char| !at.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, rest) = rest.split_at(end);
            let precision: i64 = digits.parse().map_err(|_| "there must be a number after '%.'")?;
            (Some(precision.unsigned_abs()), rest)
        }
    };
    let mut characters = rest.chars();
    let conversion = match characters.next() {
        Some('s') => Conversion::Text,
        Some('d') => Conversion::Decimal,
        Some('f') => Conversion::Fixed,
        Some('e') => Conversion::Scientific,
        Some('b') => Conversion::Binary,
        Some('o') => Conversion::Octal,
        Some('x') => Conversion::Hexadecimal,
        Some('X') => Conversion::UpperHexadecimal,
        Some(other) => return Err(format!("there is no clause '%{other}'")),
        None => return Err("the text ends within a clause".into()),
    };
    Ok((Part::Clause(Clause { conversion, precision }), characters.as_str()))
}
