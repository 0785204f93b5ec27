//! What is wrong with an object, all of it.

use serde_json::{Map, Value};

use crate::decode::{decode, version_of};
use crate::definition::{Definition, Version};
use crate::finding::Finding;
use crate::{embedded, lists, metadata, scale, structural};

/// What the API server would answer, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, in the order of the API server's steps.
    pub findings: Vec<Finding>,
    /// Returns whether rules were not evaluated, because other things are wrong. There may be more to say
    /// when these are mended.
    pub are_rules_unchecked: bool,
}

impl Report {
    /// Returns whether the API server would take the object.
    pub fn is_admitted(&self) -> bool {
        self.findings.iter().all(|finding| finding.is_warning)
    }
}

impl Definition {
    /// Holds an object that is to be created against the definition, as a strict client (`kubectl`) sends
    /// it.
    pub fn create(&self, object: &Value) -> Report {
        self.judge(None, object)
    }

    /// Holds a new version of an object against the definition. `old` is what is stored.
    pub fn update(&self, old: &Value, new: &Value) -> Report {
        self.judge(Some(old), new)
    }

    fn judge(&self, old: Option<&Value>, object: &Value) -> Report {
        let mut findings = Vec::new();
        let Some(version) = version_of(self, object, &mut findings) else {
            return Report { findings, are_rules_unchecked: false };
        };
        let mut new = decode(self, version, object, &mut findings);
        // What is wrong with the old one is known to whoever stored it. If it has another version it is
        // read as this one: nothing converts it here.
        let old = old.map(|old| decode(self, version, old, &mut Vec::new()));
        keep_status(version, old.as_ref(), &mut new);

        let old_object = old.as_ref().and_then(Value::as_object);
        if let Some(object) = object.as_object() {
            metadata::judge(self, old_object, object, &mut findings);
        }
        structural::judge(&version.schema, old.as_ref(), &new, &mut findings);
        scale::judge(version.scale.as_ref(), &new, &mut findings);
        embedded::judge(&version.schema, &new, &mut findings);
        lists::judge(&version.schema, old.as_ref(), &new, &mut findings);

        let mut are_rules_unchecked = false;
        if let Some(rules) = &version.rules {
            are_rules_unchecked = findings.iter().any(|finding| finding.fault.hides_rules());
            if !are_rules_unchecked {
                rules.judge(&version.schema, old.as_ref(), &new, &mut findings);
            }
        }
        Report { findings, are_rules_unchecked }
    }
}

/// Nobody writes the status with the rest where it is a subresource.
fn keep_status(version: &Version, old: Option<&Value>, new: &mut Value) {
    let Some(new) = new.as_object_mut().filter(|_| version.has_status) else { return };
    match old.and_then(Value::as_object).and_then(|old: &Map<_, _>| old.get("status")) {
        Some(status) => _ = new.insert("status".to_owned(), status.clone()),
        None => _ = new.remove("status"),
    }
}
