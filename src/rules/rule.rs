//! What a rule is.

use std::fmt;

use super::Options;
pub use crate::admission::Refusal;

/// A rule: one stable id, its documentation, and what it does unless told otherwise. The docs page,
/// the `rules` command, metrics and audit annotations are all made from this.
#[derive(Debug)]
pub struct Rule {
    /// Stable, kebab case; an operator configures the rule by it.
    pub id: &'static str,
    /// Whether and how it may be configured.
    pub configurability: Configurability,
    /// Its action by default.
    pub default: Action,
    /// For a rule that is off by default because it needs a list: whether the operator gave one.
    /// Then it denies by default.
    pub denies_once: Option<fn(&Options) -> bool>,
    /// How a denial is answered.
    pub refusal: Refusal,
    /// What it says, in a sentence.
    pub summary: &'static str,
    /// Why it is there and how to mend what it finds.
    pub why: &'static str,
}

/// The id under which `check` reports an object that is not what its kind says: the API server's own
/// schema refuses it before a server of ours is asked. Like a rule's, it is no name for a policy.
pub const SCHEMA: &str = "schema";
/// The id under which `check` reports a field that its kind does not have: the API server drops it
/// before a server of ours is asked. No name for a policy either.
pub const UNKNOWN_FIELD: &str = "unknown-field";

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
    /// A rule that holds what the API itself says; the rest of its fields is still to be given.
    pub const STRUCTURAL: Self = Self {
        id: "",
        configurability: Configurability::Structural,
        default: Action::Deny,
        denies_once: None,
        refusal: Refusal::Invalid,
        summary: "",
        why: "",
    };
    /// A rule that may be configured and warns by default.
    pub const SEMANTIC: Self = Self {
        configurability: Configurability::Semantic,
        default: Action::Warn,
        ..Self::STRUCTURAL
    };
    /// A rule that fills in a value.
    pub const FILLS_IN: Self =
        Self { configurability: Configurability::Default, default: Action::On, ..Self::STRUCTURAL };

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
