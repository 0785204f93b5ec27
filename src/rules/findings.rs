//! What the rules and policies found in a request.

use std::borrow::Cow;

use super::errors::Errors;
use super::rule::{Effect, Refusal, Rule};
use crate::admission::field::FieldError;

/// A mistake that a rule found, and the consequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id, or a policy's name.
    pub rule: Cow<'static, str>,
    /// The status of a denial.
    pub refusal: Refusal,
    /// Deny or warn.
    pub effect: Effect,
    /// The mistake.
    pub error: FieldError,
}

impl Finding {
    fn new(rule: &'static Rule, effect: Effect, error: FieldError) -> Self {
        let effect = if error.is_advisory { Effect::Warn } else { effect };
        let error = if effect == Effect::Deny { error.with_more(rule.way_out) } else { error };
        Self { rule: rule.id.into(), refusal: rule.refusal, effect, error }
    }

    /// Returns whether it refuses the write.
    pub fn denies(&self) -> bool {
        self.effect == Effect::Deny
    }
}

/// All that was found in a request. Each rule lists only so many mistakes and counts the others.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    listed: Vec<Finding>,
    unlisted: Vec<Unlisted>,
}

/// Mistakes that a rule found and did not list.
#[derive(Debug, Clone, Copy)]
pub struct Unlisted {
    /// The rule's id.
    pub rule: &'static str,
    /// The effect of each.
    pub effect: Effect,
    /// Their number.
    pub count: usize,
}

impl Findings {
    /// Those that are listed.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.listed.iter()
    }

    /// Those that are not.
    pub fn unlisted(&self) -> &[Unlisted] {
        &self.unlisted
    }

    /// The number of those that are not listed and have this effect.
    pub fn count_unlisted(&self, effect: Effect) -> usize {
        self.unlisted.iter().filter(|it| it.effect == effect).map(|it| it.count).sum()
    }

    /// Returns whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Returns whether any of them refuses the write.
    pub fn deny(&self) -> bool {
        self.iter().any(Finding::denies)
    }

    /// Adds what a rule found; returns whether any of that refuses the write.
    pub(super) fn add(&mut self, rule: &'static Rule, effect: Effect, errors: Errors) -> bool {
        let before = self.listed.len();
        let (listed, unlisted) = errors.into_parts();
        self.listed.extend(listed.into_iter().map(|error| Finding::new(rule, effect, error)));
        if unlisted > 0 {
            self.unlisted.push(Unlisted { rule: rule.id, effect, count: unlisted });
        }
        self.iter().skip(before).any(Finding::denies)
    }

    /// Removes the listed ones of which this is not true.
    pub(super) fn retain(&mut self, is_kept: impl FnMut(&Finding) -> bool) {
        self.listed.retain(is_kept);
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        self.listed.extend(findings);
    }
}

impl From<Vec<Finding>> for Findings {
    fn from(listed: Vec<Finding>) -> Self {
        Self { listed, unlisted: Vec::new() }
    }
}
