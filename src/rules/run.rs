//! Running a kind's rules over a request.

use json_patch::{AddOperation, Patch, PatchOperation};

use super::errors::Errors;
use super::findings::Findings;
use super::rule::{Action, Effect, Rule};
use crate::admission::UserInfo;
use crate::api::{Kind, ObjectMeta};
use crate::catalog::{Catalog, Unavailable};
use crate::rules::Options;

/// The mistakes that a rule found that asks the catalog, or the reason why it cannot tell.
pub type RuleResult = Result<Errors, Unavailable>;

/// A kind with rules.
pub trait RuleSubject: Sized + 'static {
    /// Its rules, in the order in which their findings are reported.
    const CHECKS: &'static [Check<Self>];
    /// The object, decoded as far as rules read it.
    type Object<'a>;

    /// The kind, for the documentation.
    const KIND: Kind;

    /// The object's metadata.
    fn metadata<'r>(object: &'r Self::Object<'_>) -> &'r ObjectMeta<'r>;

    /// Returns whether this write must not end in a Sandbox that cannot be resumed.
    fn is_suspending(_write: &Write<'_, '_, Self>) -> bool {
        false
    }
}

/// A rule and its code.
#[derive(Debug)]
pub enum Check<K: RuleSubject> {
    /// Fills in a value, before anything is judged.
    Fill(&'static Rule, fn(&Write<'_, '_, K>) -> Result<Option<AddOperation>, Unavailable>),
    /// Judges the object of a CREATE or UPDATE by itself. Like [`Check::Lookup`], not run on an
    /// object that is being deleted: it must always be possible to finish a deletion.
    Object(&'static Rule, fn(&Write<'_, '_, K>) -> Errors),
    /// Judges the object of a CREATE or UPDATE by other objects.
    Lookup(&'static Rule, fn(&Write<'_, '_, K>) -> RuleResult),
    /// Judges a write to the status subresource.
    Status(&'static Rule, fn(&Write<'_, '_, K>) -> Errors),
    /// Protects a stored object that others depend on, from UPDATE and DELETE. Not run on a second
    /// DELETE of an object that is being deleted already.
    Protection(&'static Rule, fn(&Disruption<'_, '_, K>) -> RuleResult),
}

impl<K: RuleSubject> Clone for Check<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: RuleSubject> Copy for Check<K> {}

impl<K: RuleSubject> Check<K> {
    /// The rule that the code implements.
    pub fn rule(&self) -> &'static Rule {
        match self {
            Self::Fill(rule, _)
            | Self::Object(rule, _)
            | Self::Lookup(rule, _)
            | Self::Status(rule, _)
            | Self::Protection(rule, _) => rule,
        }
    }
}

/// The facts that rules know besides the object itself.
#[derive(Clone, Copy)]
pub struct Context<'r> {
    /// The object's namespace; empty for cluster-scoped kinds.
    pub namespace: &'r str,
    /// The object's name; empty while a `generateName` is not resolved.
    pub name: &'r str,
    /// The user who sent the request.
    pub user: &'r UserInfo<'r>,
    /// The other objects.
    pub catalog: &'r dyn Catalog,
    /// The operator's settings besides actions.
    pub options: &'r Options,
}

/// A CREATE or UPDATE.
pub struct Write<'r, 'a, K: RuleSubject> {
    /// The new object.
    pub new: &'r K::Object<'a>,
    /// The object as stored; `None` on CREATE.
    pub old: Option<&'r K::Object<'a>>,
    /// The rest of the request.
    pub cx: Context<'r>,
}

impl<'r, 'a, K: RuleSubject> Write<'r, 'a, K> {
    /// Returns whether what a rule reads differs from what is stored; always true on CREATE. Rules
    /// look only at changes: an object that was always wrong may still be labelled, or fixed step
    /// by step.
    pub fn changes<P: PartialEq>(&self, read: impl Fn(&'r K::Object<'a>) -> P) -> bool {
        self.old.is_none_or(|old| read(old) != read(self.new))
    }
}

/// An UPDATE or DELETE of an object that others may depend on.
pub struct Disruption<'r, 'a, K: RuleSubject> {
    /// The object as stored.
    pub old: &'r K::Object<'a>,
    /// The new object; `None` on DELETE.
    pub new: Option<&'r K::Object<'a>>,
    /// The rest of the request.
    pub cx: Context<'r>,
}

impl<'r, 'a, K: RuleSubject> Disruption<'r, 'a, K> {
    /// Returns whether the object goes away or what is read of it changes.
    pub fn affects<P: PartialEq>(&self, read: impl Fn(&'r K::Object<'a>) -> P) -> bool {
        self.new.is_none_or(|new| read(self.old) != read(new))
    }
}

/// The values that rules fill in.
#[derive(Debug, Default)]
pub struct Filled {
    /// The operations that fill them in; none where the object needs nothing.
    pub patch: Patch,
    /// The ids of the rules that want them.
    pub rules: Vec<&'static str>,
}

/// The rules of a kind that are on, each with its action.
#[derive(Debug)]
pub struct EnabledRules<K: RuleSubject>(Vec<(Action, Check<K>)>);

impl<K: RuleSubject> EnabledRules<K> {
    /// Keeps the rules that are not off.
    pub fn new(action: impl Fn(&'static Rule) -> Action) -> Self {
        let checks = K::CHECKS.iter().map(|check| (action(check.rule()), *check));
        Self(checks.filter(|(action, _)| *action != Action::Off).collect())
    }

    /// The operations that fill in what is missing, and the rules behind them.
    pub fn fill(&self, write: &Write<'_, '_, K>) -> Result<Filled, Unavailable> {
        let mut filled = Filled::default();
        for (_, check) in &self.0 {
            if let Check::Fill(rule, run) = check
                && let Some(add) = run(write)?
            {
                filled.patch.0.push(PatchOperation::Add(add));
                filled.rules.push(rule.id);
            }
        }
        Ok(filled)
    }

    /// Runs the rules for a CREATE or UPDATE of the object itself.
    pub fn object(&self, write: &Write<'_, '_, K>) -> Result<Findings, Unavailable> {
        let disruption =
            write.old.map(|old| Disruption { old, new: Some(write.new), cx: write.cx });
        let is_terminating = K::metadata(write.new).is_terminating()
            || write.old.is_some_and(|old| K::metadata(old).is_terminating());
        let is_suspending = K::is_suspending(write);
        self.run(is_suspending, |check| match check {
            Check::Object(_, run) if !is_terminating => Some(Ok(run(write))),
            Check::Lookup(_, run) if !is_terminating => Some(run(write)),
            Check::Protection(_, run) => disruption.as_ref().map(run),
            _ => None,
        })
    }

    /// Runs the rules for a CREATE or UPDATE that the definition of the kind holds too.
    pub fn said_by_definition(&self, write: &Write<'_, '_, K>) -> Findings {
        let is_terminating = write.old.is_some_and(|old| K::metadata(old).is_terminating());
        let findings = self.run(false, |check| match check {
            Check::Object(rule, run) if rule.is_structural() && !is_terminating => {
                Some(Ok(run(write)))
            }
            _ => None,
        });
        // None of them asks the catalog.
        findings.unwrap_or_default()
    }

    /// Runs the rules for a write of the status.
    pub fn status(&self, write: &Write<'_, '_, K>) -> Result<Findings, Unavailable> {
        self.run(false, |check| match check {
            Check::Status(_, run) => Some(Ok(run(write))),
            _ => None,
        })
    }

    /// Runs the rules for a DELETE.
    pub fn deletion(&self, disruption: &Disruption<'_, '_, K>) -> Result<Findings, Unavailable> {
        let is_exempt = disruption.cx.options.is_exempt(disruption.cx.user);
        if is_exempt || K::metadata(disruption.old).is_terminating() {
            return Ok(Findings::default());
        }
        self.run(false, |check| match check {
            Check::Protection(_, run) => Some(run(disruption)),
            _ => None,
        })
    }

    fn run(
        &self,
        is_suspending: bool,
        judge: impl Fn(&Check<K>) -> Option<RuleResult>,
    ) -> Result<Findings, Unavailable> {
        let mut findings = Findings::default();
        let mut undecided = None;
        let mut is_protected = false;
        for (action, check) in &self.0 {
            let effect = match action {
                Action::Deny => Effect::Deny,
                Action::DenyWhenSuspending if is_suspending => Effect::Deny,
                Action::DenyWhenSuspending | Action::Warn | Action::On | Action::Off => {
                    Effect::Warn
                }
            };
            // While an object is refused for its checkpoints, mere references to it are not
            // reported.
            let protects = matches!(check, Check::Protection(..));
            if protects && is_protected && effect == Effect::Warn {
                continue;
            }
            let Some(outcome) = judge(check) else { continue };
            match outcome {
                Ok(errors) => {
                    let denies = findings.add(check.rule(), effect, errors);
                    is_protected |= protects && denies;
                }
                // A possible warning is not worth a failed request.
                Err(reason) if effect == Effect::Deny => undecided = undecided.or(Some(reason)),
                Err(_) => {}
            }
        }
        // A denial stands, even where another rule cannot tell.
        match undecided {
            Some(reason) if !findings.deny() => Err(reason),
            _ => Ok(findings),
        }
    }
}
