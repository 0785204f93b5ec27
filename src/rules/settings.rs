//! The operator's settings: actions by rule id, and a few lists.

use std::collections::BTreeMap;

use super::in_use::InUseNames;
use super::rule::{Action, Rule};
use super::snapshot_class_use::SNAPSHOT_CLASS_USE;
use crate::admission::UserInfo;
use crate::api::SuspensionType;

/// The users whose deletions always pass in-use protection: they finish what a person has ordered.
/// Nobody asks either whether they may use a class.
const CONTROLLERS: [&str; 3] = [
    "system:serviceaccount:kube-system:namespace-controller",
    "system:serviceaccount:kube-system:generic-garbage-collector",
    // Both, where kube-controller-manager runs without `--use-service-account-credentials`.
    "system:kube-controller-manager",
];

/// Actions and options; the default is what `rules` prints.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Actions that differ from the rules' defaults, by id.
    pub actions: BTreeMap<&'static str, Action>,
    /// The lists.
    pub options: Options,
}

impl Settings {
    /// The action of a rule. One that needs a list is off until there is one.
    pub fn action(&self, rule: &Rule) -> Action {
        let has_its_list = rule.denies_once.is_some_and(|is_given| is_given(&self.options));
        let default = if has_its_list { Action::Deny } else { rule.default };
        self.actions.get(rule.id).copied().unwrap_or(default)
    }

    /// Returns whether the API server is asked for the rights of users.
    pub fn ask_for_rights(&self) -> bool {
        self.action(&SNAPSHOT_CLASS_USE) != Action::Off
            || self.options.in_use_names == InUseNames::ByAccess
    }
}

/// The settings of rules besides their action.
#[derive(Debug, Clone)]
pub struct Options {
    /// The suspension types that the controller supports.
    pub suspension_types: Vec<&'static str>,
    /// User names and groups that may write `status.snapshot`, and what decides on a restore.
    pub checkpoint_writers: Vec<String>,
    /// Keys of Pod annotations that decide what is restored; a `*` at the end stands for any end.
    pub restore_annotations: Vec<String>,
    /// User names whose deletions pass in-use protection, and who may use every class.
    pub exempt_users: Vec<String>,
    /// Who reads the names of the objects that use one.
    pub in_use_names: InUseNames,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            suspension_types: SuspensionType::SUPPORTED.to_vec(),
            checkpoint_writers: Vec::new(),
            restore_annotations: Vec::new(),
            exempt_users: CONTROLLERS.map(str::to_owned).to_vec(),
            in_use_names: InUseNames::All,
        }
    }
}

impl Options {
    /// Returns whether the controller supports only some suspension types.
    pub fn limits_suspension_types(&self) -> bool {
        self.suspension_types.len() < SuspensionType::SUPPORTED.len()
    }

    /// Returns whether only some users may write `status.snapshot`.
    pub fn names_checkpoint_writers(&self) -> bool {
        !self.checkpoint_writers.is_empty()
    }

    /// Returns whether some annotations of a Pod decide what is restored.
    pub fn names_restore_annotations(&self) -> bool {
        !self.restore_annotations.is_empty()
    }

    /// Returns whether a Pod's annotation decides what is restored.
    pub fn decides_restore(&self, key: &str) -> bool {
        self.restore_annotations.iter().any(|known| match known.strip_suffix('*') {
            Some(prefix) => key.starts_with(prefix),
            None => key == known,
        })
    }

    /// Returns whether in-use protection lets this user's deletions pass, and every class may be used.
    pub fn is_exempt(&self, user: &UserInfo<'_>) -> bool {
        self.exempt_users.iter().any(|exempt| exempt == user.username.as_str())
    }

    /// Returns whether this user, or a group of theirs, may write `status.snapshot`.
    pub fn may_write_checkpoints(&self, user: &UserInfo<'_>) -> bool {
        self.checkpoint_writers.iter().any(|writer| {
            writer == user.username.as_str()
                || user.groups.iter().any(|group| writer == group.as_str())
        })
    }
}
