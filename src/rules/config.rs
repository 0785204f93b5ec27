//! The configuration file: settings as an operator writes them.
//!
//! ```yaml
//! rules:
//!   parameter-overrides-class: deny
//!   default-snapshot-class: on
//! supportedSuspensionTypes: [Stop, Hibernate]
//! checkpointWriters: [system:serviceaccount:agent-sandbox-system:agent-sandbox-controller]
//! restoreAnnotations: [podsnapshot.gke.io/ps-name, dev.gvisor.internal.restore.*]
//! exemptUsers: [system:serviceaccount:backup:velero]
//! inUseNames: ByAccess
//! ```

use std::sync::Arc;

use kubernetes_cel::nearest;
use kubernetes_manifest::{Content, Document, Node, Position};

use super::in_use::InUseNames;
use super::references::did_you_mean;
use super::restore_authority;
use super::rule::{Action, Configurability, Rule};
use super::settings::Settings;
use super::{RULES, Registered};
use crate::api::SuspensionType;
use crate::strict::{Problem, Problems};

const KEYS: [&str; 6] = [
    "rules",
    "supportedSuspensionTypes",
    "checkpointWriters",
    "restoreAnnotations",
    "exemptUsers",
    "inUseNames",
];

impl Settings {
    /// Reads a configuration file's document.
    pub fn from_document(document: &Document) -> Result<Self, Problems> {
        let mut reader = Reader { file: &document.file, problems: Vec::new() };
        let settings = reader.settings(&document.root);
        if reader.problems.is_empty() { Ok(settings) } else { Err(Problems(reader.problems)) }
    }

    /// Sets a rule's action, as `--rule ID=ACTION` and the file's `rules` do. An error lists the
    /// possible actions.
    pub fn set_action(&mut self, id: &str, action: &str) -> Result<(), String> {
        let rule = rule(id)?;
        let wanted = rule.actions().iter().find(|known| known.name() == action);
        let wanted = wanted.ok_or_else(|| impossible(rule, action))?;
        self.actions.insert(rule.id, *wanted);
        Ok(())
    }
}

fn rule(id: &str) -> Result<&'static Registered, String> {
    RULES.iter().find(|rule| rule.id == id).ok_or_else(|| {
        let hint = match nearest(id, RULES.iter().map(|rule| rule.id)) {
            Some(near) => did_you_mean(Some(near)),
            None => "; `sandbox-admission rules` lists them".to_owned(),
        };
        format!("there is no rule \"{id}\"{hint}")
    })
}

fn impossible(rule: &Rule, action: &str) -> String {
    let possible: Vec<_> = rule.actions().iter().map(|action| action.name()).collect();
    let id = rule.id;
    if rule.configurability == Configurability::Structural {
        return format!(
            "rule \"{id}\" is structural: it always denies and cannot be set to \"{action}\""
        );
    }
    let hint = did_you_mean(nearest(action, possible.iter().copied()));
    format!("rule \"{id}\" can be {}, not \"{action}\"{hint}", possible.join(", "))
}

struct Reader<'d> {
    file: &'d Arc<str>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn settings(&mut self, root: &Node) -> Settings {
        let mut settings = Settings::default();
        let Content::Mapping(entries) = &root.content else {
            self.report(
                root.position,
                "the configuration must be a mapping of settings".to_owned(),
            );
            return settings;
        };
        for entry in entries {
            match entry.key.as_str() {
                "rules" => self.actions(&entry.value, &mut settings),
                "supportedSuspensionTypes" => {
                    settings.options.suspension_types = self.suspension_types(&entry.value);
                }
                "checkpointWriters" => {
                    settings.options.checkpoint_writers = self.strings(&entry.value);
                }
                "restoreAnnotations" => {
                    settings.options.restore_annotations = self.annotations(&entry.value);
                }
                // The two controllers stay: without them no namespace could be deleted.
                "exemptUsers" => settings.options.exempt_users.extend(self.strings(&entry.value)),
                "inUseNames" => {
                    settings.options.in_use_names = self.in_use_names(&entry.value);
                }
                unknown => {
                    let hint = match nearest(unknown, KEYS) {
                        Some(near) => did_you_mean(Some(near)),
                        None => format!("; use one of {}", KEYS.join(", ")),
                    };
                    self.report(entry.position, format!("there is no setting \"{unknown}\"{hint}"));
                }
            }
        }
        settings
    }

    fn actions(&mut self, node: &Node, settings: &mut Settings) {
        let entries = match &node.content {
            Content::Mapping(entries) => entries,
            Content::Null => return,
            _ => {
                return self
                    .report(node.position, "rules must be a mapping of ids to actions".to_owned());
            }
        };
        for entry in entries {
            // YAML reads a plain `on` and `off` as booleans.
            let action = match &entry.value.content {
                Content::String(action) => action.as_str(),
                Content::Bool(true) => Action::On.name(),
                Content::Bool(false) => Action::Off.name(),
                _ => {
                    let text = format!(
                        "the action of rule \"{}\" must be a word, such as deny",
                        entry.key
                    );
                    self.report(entry.value.position, text);
                    continue;
                }
            };
            if let Err(text) = settings.set_action(&entry.key, action) {
                self.report(entry.position, text);
            }
        }
    }

    fn suspension_types(&mut self, node: &Node) -> Vec<&'static str> {
        let mut types = Vec::new();
        for wanted in self.strings(node) {
            let known = SuspensionType::SUPPORTED.into_iter().find(|known| *known == wanted);
            types.extend(known);
            if known.is_none() {
                let hint = did_you_mean(nearest(&wanted, SuspensionType::SUPPORTED));
                let text = format!("there is no suspension type \"{wanted}\"{hint}");
                self.report(node.position, text);
            }
        }
        types
    }

    fn in_use_names(&mut self, node: &Node) -> InUseNames {
        let names = InUseNames::EVERY.map(InUseNames::name);
        let wanted = node.as_str().unwrap_or_default();
        let known = InUseNames::EVERY.into_iter().find(|known| known.name() == wanted);
        known.unwrap_or_else(|| {
            let hint = did_you_mean(nearest(wanted, names));
            self.report(node.position, format!("this can be {}{hint}", names.join(", ")));
            InUseNames::default()
        })
    }

    fn annotations(&mut self, node: &Node) -> Vec<String> {
        let keys = self.strings(node);
        for error in keys.iter().filter_map(|key| restore_authority::entry_error(key)) {
            self.report(node.position, error);
        }
        keys
    }

    fn strings(&mut self, node: &Node) -> Vec<String> {
        let Content::Sequence(items) = &node.content else {
            self.report(node.position, "this must be a list, as in [a, b]".to_owned());
            return Vec::new();
        };
        let mut strings = Vec::new();
        for item in items {
            match item.as_str() {
                Some(text) if !text.is_empty() => strings.push(text.to_owned()),
                _ => self.report(item.position, "this must be a non-empty string".to_owned()),
            }
        }
        strings
    }

    fn report(&mut self, position: Position, text: String) {
        self.problems.push(Problem { file: Arc::clone(self.file), position, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        let documents = kubernetes_manifest::parse("admission.yaml", text).unwrap();
        Settings::from_document(&documents[0]).map_err(|error| error.to_string())
    }

    #[test]
    fn actions_and_lists_are_read() {
        let settings = read(
            "rules:\n  parameter-overrides-class: deny\n  hibernate-ignored: off\n  \
             default-snapshot-class: on\nsupportedSuspensionTypes: [Stop]\n\
             checkpointWriters: [\"system:masters\"]\nexemptUsers: [backup]\n\
             restoreAnnotations: [podsnapshot.gke.io/ps-name, dev.gvisor.internal.restore.*]\n\
             inUseNames: ByAccess\n",
        )
        .unwrap();
        let action = |id: &str| settings.action(rule(id).unwrap());
        assert_eq!(action("parameter-overrides-class"), Action::Deny);
        assert_eq!(action("hibernate-ignored"), Action::Off);
        assert_eq!(action("default-snapshot-class"), Action::On);
        assert_eq!(action("suspension-type-available"), Action::Deny);
        assert_eq!(action("checkpoint-record-writer"), Action::Deny);
        assert_eq!(action("restore-authority"), Action::Deny);
        assert_eq!(settings.options.in_use_names, InUseNames::ByAccess);
        for (key, decides) in [
            ("podsnapshot.gke.io/ps-name", true),
            ("podsnapshot.gke.io/ps-names", false),
            ("dev.gvisor.internal.restore.image", true),
            ("dev.gvisor.internal.restor", false),
        ] {
            assert_eq!(settings.options.decides_restore(key), decides, "{key}");
        }
        let exempt = crate::rules::Options::default().exempt_users.len() + 1;
        assert_eq!(settings.options.exempt_users.len(), exempt);
    }

    #[test]
    fn mistakes_are_named_with_their_place_and_what_was_probably_meant() {
        for (text, expected) in [
            ("rule: {}", "1:1: there is no setting \"rule\"; did you mean \"rules\"?"),
            (
                "rules:\n  hibernate-ignord: warn",
                "2:3: there is no rule \"hibernate-ignord\"; did you mean \"hibernate-ignored\"?",
            ),
            (
                "rules:\n  hibernate-required: off",
                "2:3: rule \"hibernate-required\" is structural: it always denies and cannot be set \
                 to \"off\"",
            ),
            (
                "rules: {hibernate-ignored: dney}",
                "1:9: rule \"hibernate-ignored\" can be deny, warn, off, not \"dney\"; did you mean \
                 \"deny\"?",
            ),
            (
                "supportedSuspensionTypes: [hibernate]",
                "1:27: there is no suspension type \"hibernate\"; did you mean \"Hibernate\"?",
            ),
            (
                "inUseNames: byAccess",
                "1:13: this can be All, OwnNamespace, ByAccess; did you mean \"ByAccess\"?",
            ),
            ("exemptUsers: backup", "1:14: this must be a list, as in [a, b]"),
            ("checkpointWriters: [1]", "1:21: this must be a non-empty string"),
            ("restoreAnnotations: [a*b]", "1:21: \"a*b\" has a * that is not at its end"),
            ("restoreAnnotations: ['*']", "1:21: \"*\" would be every annotation; name a prefix"),
            (
                "restoreAnnotations: [a/b/*]",
                "1:21: no annotation can be called \"a/b/*\": a valid label key must consist of \
                 alphanumeric characters, '-', '_' or '.', and must start and end with an \
                 alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used \
                 for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS \
                 subdomain prefix and '/' (e.g. 'example.com/MyName')",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), format!("admission.yaml:{expected}"), "{text}");
        }
    }

    #[test]
    fn all_mistakes_are_named_at_once() {
        let errors = read("rules: {a: warn}\nexemptUsers: 1\nnope: 1").unwrap_err();
        assert_eq!(errors.lines().count(), 3, "{errors}");
    }
}
