//! Every rule, made from the tables of the kinds: a rule is registered where its code is named.

use std::ops::Deref;
use std::sync::LazyLock;

use super::rule::{Configurability, Rule};
use super::run::{Check, RuleSubject};
use super::sandbox::Sandboxes;
use super::snapshot_claim::SnapshotClaims;
use super::snapshot_claim_template::SnapshotClaimTemplates;
use super::snapshot_class::SnapshotClasses;
use super::snapshot_provider::SnapshotProviders;
use crate::api::Kind;

/// A rule, and the kinds whose tables contain it.
#[derive(Debug)]
pub struct Registered {
    rule: &'static Rule,
    /// The kinds that it judges.
    pub kinds: Vec<Kind>,
}

impl Deref for Registered {
    type Target = Rule;

    fn deref(&self) -> &Rule {
        self.rule
    }
}

/// Every rule in the order of the documentation: first those that fill in values, then kind by
/// kind.
pub static RULES: LazyLock<Vec<Registered>> = LazyLock::new(|| {
    let mut rules = Vec::new();
    add::<Sandboxes>(&mut rules);
    add::<SnapshotClasses>(&mut rules);
    add::<SnapshotClaims>(&mut rules);
    add::<SnapshotClaimTemplates>(&mut rules);
    add::<SnapshotProviders>(&mut rules);
    rules.sort_by_key(|rule| rule.configurability != Configurability::Default);
    rules
});

fn add<K: RuleSubject>(rules: &mut Vec<Registered>) {
    for rule in K::CHECKS.iter().map(Check::rule) {
        match rules.iter_mut().find(|known| known.id == rule.id) {
            Some(known) => known.kinds.push(K::KIND),
            None => rules.push(Registered { rule, kinds: vec![K::KIND] }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    #[test]
    fn no_two_rules_have_the_same_id() {
        fn of<K: RuleSubject>() -> impl Iterator<Item = &'static Rule> {
            K::CHECKS.iter().map(Check::rule)
        }
        let rules = of::<Sandboxes>()
            .chain(of::<SnapshotClasses>())
            .chain(of::<SnapshotClaims>())
            .chain(of::<SnapshotClaimTemplates>())
            .chain(of::<SnapshotProviders>());
        for rule in rules {
            let registered = RULES.iter().find(|it| it.id == rule.id).unwrap();
            assert!(ptr::eq(registered.rule, rule), "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_has_an_id_a_sentence_and_a_reason() {
        for rule in RULES.iter() {
            assert!(!rule.id.is_empty() && !rule.summary.is_empty() && !rule.why.is_empty());
        }
    }
}
