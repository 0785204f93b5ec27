//! What an engine makes of an expression.

use std::fmt;

use serde::Deserialize;

/// The verdict of a ValidatingAdmissionPolicy with one expression on an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    True,
    False,
    /// Not a bool, where any type is asked for.
    Value,
    /// The expression cannot be evaluated.
    Error,
    /// A policy with this expression cannot be created.
    Refused,
    /// Kubernetes is still computing.
    Timeout,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::True => "true",
            Self::False => "false",
            Self::Value => "value",
            Self::Error => "error",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
        })
    }
}

/// The type that an expression must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    Bool,
    Any,
}

/// The answer of an engine, as the oracle writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    pub verdict: Verdict,
    #[serde(default)]
    pub kind: String,
    /// The value in the oracle's notation; nothing where an engine cannot write it.
    pub value: Option<String>,
    #[serde(default)]
    pub message: String,
    pub cost: Option<u64>,
    #[serde(default)]
    pub over_budget: bool,
}

impl Answer {
    pub fn refused(message: String) -> Self {
        Self { verdict: Verdict::Refused, message, ..Self::of(Verdict::Refused) }
    }

    pub fn of(verdict: Verdict) -> Self {
        Self {
            verdict,
            kind: String::new(),
            value: None,
            message: String::new(),
            cost: None,
            over_budget: false,
        }
    }

    /// Whether the lists of two answers have the same items in another order.
    pub fn is_reordered(&self, other: &Self) -> bool {
        let items = |answer: &Self| {
            let text = answer.value.as_deref()?.strip_prefix('[')?.strip_suffix(']')?;
            let mut items: Vec<_> = text.split(", ").map(str::to_owned).collect();
            items.sort();
            Some(items)
        };
        items(self).is_some_and(|own| items(other).is_some_and(|others| own == others))
    }

    /// Whether two engines agree and take the same steps for it.
    pub fn equals(&self, other: &Self) -> bool {
        self.agrees(other) && self.cost == other.cost
    }

    /// Whether two engines agree: on the verdict, and on the value where both write it.
    pub fn agrees(&self, other: &Self) -> bool {
        let value = |one: &Option<String>, two: &Option<String>| match (one, two) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        self.verdict == other.verdict
            && (self.verdict != Verdict::Value
                || (self.kind == other.kind && value(&self.value, &other.value)))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.verdict)?;
        if self.verdict == Verdict::Value {
            write!(f, " {} {}", self.kind, self.value.as_deref().unwrap_or("?"))?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match self.cost {
            Some(cost) => write!(f, " (cost {cost})"),
            None => Ok(()),
        }
    }
}
