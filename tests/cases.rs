//! The proof of the rules: every case of `tests/cases/` through the library's own functions.

use std::path::Path;

use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{RULES, RuleSet};
use sandbox_admission::webhook::{self, Reply};

use crate::support::answer::Said;
use crate::support::cases::{Case, UID, load};

fn cases() -> Vec<Case> {
    load(Path::new("tests/cases"))
}

/// The library's answer.
fn ask(case: &Case) -> Result<Said, String> {
    let rules = RuleSet::new(case.settings());
    let (body, policies) = (case.body(), PolicySet::default());
    let (reply, _) = webhook::answer(case.phase(), &body, &rules, &policies, &case.catalog());
    match reply {
        Reply::Review(body) => Said::from_review(&body, UID),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn every_case_is_answered_as_the_rules_say() {
    let mut failures = Vec::new();
    for case in cases() {
        match ask(&case) {
            Ok(said) => {
                let differences = case.differences(&said);
                if !differences.is_empty() {
                    failures.push(format!("{case}\n  {}\n{said:#?}", differences.join("\n  ")));
                }
            }
            Err(error) => failures.push(format!("{case}\n  {error}")),
        }
    }
    assert!(failures.is_empty(), "{} failed\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn nobody_is_refused_where_nobody_can_be_asked_for_rights() {
    for mut case in cases().into_iter().filter(|case| case.may_use.is_some()) {
        case.may_use = None;
        let said = ask(&case).unwrap();
        let mut fired = said.fires.values().flatten();
        assert!(said.allowed && fired.all(|rule| rule != "snapshot-class-use"), "{case}");
    }
}

#[test]
fn every_case_says_enough() {
    for case in cases() {
        assert_eq!(case.flaw(), None, "{case}");
    }
}

#[test]
fn every_rule_has_a_case_that_fires_it_and_a_near_miss() {
    let cases = cases();
    for rule in RULES.iter() {
        let about = || cases.iter().filter(|case| case.folder == rule.id);
        let fires = |case: &Case| case.fires().is_some_and(|fires| fires.contains(&rule.id));
        assert!(about().any(fires), "{}: no case fires it", rule.id);
        assert!(about().any(|case| !fires(case)), "{}: no near miss", rule.id);
    }
}
