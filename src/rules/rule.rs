//! What a rule is.

use std::fmt;

pub use crate::admission::Refusal;
use crate::api::Kind;

/// A rule: one stable id, its documentation, and what it does unless told otherwise. The docs page,
/// the `rules` command, metrics and audit annotations are all made from this.
#[derive(Debug)]
pub struct Rule {
    /// Stable, kebab case; an operator configures the rule by it.
    pub id: &'static str,
    /// The kinds that it judges.
    pub kinds: &'static [Kind],
    /// Whether and how it may be configured.
    pub configurability: Configurability,
    /// What it does by default.
    pub default: Action,
    /// How a denial is answered.
    pub refusal: Refusal,
    /// What it says, in a sentence.
    pub summary: &'static str,
    /// Why it is there and how to mend what it finds.
    pub why: &'static str,
}

/// What may be configured of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configurability {
    /// Fills in a value: on or off.
    Default,
    /// Holds what the API itself says: always denies.
    Structural,
    /// Any action.
    Semantic,
}

/// What a rule does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Refuse the write.
    Deny,
    /// Refuse it where a Sandbox is created as, or turned to, Suspended with type Hibernate, or is
    /// Suspended and its strategy changes; otherwise warn.
    DenyWhenSuspending,
    /// Allow it and say what is probably wrong.
    Warn,
    /// Fill in the value.
    On,
    /// Nothing.
    Off,
}

impl Action {
    /// The action as configuration spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::DenyWhenSuspending => "deny-when-suspending",
            Self::Warn => "warn",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a rule did to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The write is refused.
    Deny,
    /// A warning is shown.
    Warn,
    /// A value was filled in.
    Patch,
}

impl Effect {
    /// Every effect.
    pub const ALL: [Self; 3] = [Self::Deny, Self::Warn, Self::Patch];

    /// The effect as metrics spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Patch => "patch",
        }
    }
}

impl Rule {
    /// The actions that may be configured, the default among them.
    pub fn actions(&self) -> &'static [Action] {
        match (self.configurability, self.default) {
            (Configurability::Structural, _) => &[Action::Deny],
            (Configurability::Default, _) => &[Action::On, Action::Off],
            (Configurability::Semantic, Action::DenyWhenSuspending) => {
                &[Action::Deny, Action::DenyWhenSuspending, Action::Warn, Action::Off]
            }
            (Configurability::Semantic, _) => &[Action::Deny, Action::Warn, Action::Off],
        }
    }
}
