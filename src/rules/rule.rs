//! The definition of a rule.

use std::fmt;

use super::Options;
pub use crate::admission::Refusal;

/// A rule: one stable id, its documentation, and its default action. The docs page, the `rules`
/// command, metrics and audit annotations are all made from this.
#[derive(Debug)]
pub struct Rule {
    /// Stable, kebab case; an operator configures the rule by it.
    pub id: &'static str,
    /// The ways in which it may be configured.
    pub configurability: Configurability,
    /// Its action by default.
    pub default: Action,
    /// For a rule that is off by default because it needs a list: returns whether the operator gave
    /// one. Then it denies by default.
    pub denies_once: Option<fn(&Options) -> bool>,
    /// The status of a denial.
    pub refusal: Refusal,
    /// The rule in one sentence.
    pub summary: &'static str,
    /// The reason for the rule, and how to fix what it finds.
    pub why: &'static str,
    /// The way to do it all the same, which a denial says besides; empty where there is none.
    pub way_out: &'static str,
}

/// The id under which `check` reports an object that does not fit its kind: the API server's own
/// schema refuses it before our server is asked. Like a rule's id, it cannot name a policy.
pub const SCHEMA: &str = "schema";
/// The id under which `check` reports a field that its kind does not have: the API server drops it
/// before our server is asked. It cannot name a policy either.
pub const UNKNOWN_FIELD: &str = "unknown-field";

/// The ways in which a rule may be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Configurability {
    /// Fills in a value: on or off.
    Default,
    /// Holds what the API itself says: always denies.
    Structural,
    /// Any action.
    Semantic,
}

/// The action of a rule where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Refuses the write.
    Deny,
    /// Refuses it where a Sandbox is created as, or turned to, Suspended with type Hibernate, or is
    /// Suspended and its strategy changes; otherwise warns.
    DenyWhenSuspending,
    /// Allows it and says what is probably wrong.
    Warn,
    /// Fills in the value.
    On,
    /// Does nothing.
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

/// The effect of a rule on one request.
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
    /// A rule that holds what the API itself says; its other fields have to be given.
    pub const STRUCTURAL: Self = Self {
        id: "",
        configurability: Configurability::Structural,
        default: Action::Deny,
        denies_once: None,
        refusal: Refusal::Invalid,
        summary: "",
        why: "",
        way_out: "",
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

    /// Returns whether it holds what the API itself says.
    pub fn is_structural(&self) -> bool {
        self.configurability == Configurability::Structural
    }

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
