//! The policies in use, found by what is done to which kind.

use std::collections::HashSet;
use std::sync::Arc;

use kubernetes_cel::{Environment, Projection};

use super::compile::Policy;
use super::constraints::Reach;
use super::definition::Definition;
use crate::admission::Operation;
use crate::api::Kind;
use crate::strict::{Problem, Problems};

/// The functions that expressions may use; an error in them is reported for the first policy.
pub(super) fn environment(first: &Definition) -> Result<Environment, Problems> {
    Environment::new().map_err(|error| {
        let (file, position) = (Arc::clone(&first.document.file), first.position());
        Problems(vec![Problem { file, position, text: error.to_string() }])
    })
}

/// The policies in use; none by default.
#[derive(Debug, Default)]
pub struct PolicySet {
    policies: Vec<Policy>,
    /// By [`Reach::index`]; empty where there are no policies.
    table: Vec<PoliciesInReach>,
}

/// The policies that are about one thing done to one kind.
#[derive(Debug, Default)]
pub(super) struct PoliciesInReach {
    /// Their indexes among all.
    policies: Vec<usize>,
    /// The parts of the request that any of them reads.
    pub(super) reads: Projection,
    /// True where any of them selects objects by their labels.
    pub(super) needs_labels: bool,
}

impl PolicySet {
    /// Compiles policies, or says all that is wrong with them.
    pub fn compile(definitions: Vec<Definition>) -> Result<Self, Problems> {
        let Some(first) = definitions.first() else { return Ok(Self::default()) };
        let environment = environment(first)?;
        let mut policies = Vec::new();
        let mut problems = Vec::new();
        let mut seen = HashSet::new();
        for definition in definitions {
            match Policy::compile(definition, &environment) {
                Ok(policy) => policies.push(policy),
                // A policy that is bound twice has its mistakes once.
                Err(found) => {
                    problems.extend(found.into_iter().filter(|it| seen.insert(it.clone())));
                }
            }
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let mut table: Vec<PoliciesInReach> =
            (0..Reach::LEN).map(|_| PoliciesInReach::default()).collect();
        for (at, policy) in policies.iter().enumerate() {
            let reach = policy.constraints.common_reach(policy.bound_to.as_ref());
            for (_, entry) in table.iter_mut().enumerate().filter(|(it, _)| reach.contains(*it)) {
                entry.policies.push(at);
                entry.reads.merge(&policy.reads);
                entry.needs_labels |= policy.all_constraints().any(|it| !it.objects.is_empty());
            }
        }
        Ok(Self { policies, table })
    }

    /// The names of the policies, sorted, none twice.
    pub fn names(&self) -> Vec<Arc<str>> {
        let mut names: Vec<_> = self.policies.iter().map(|it| Arc::clone(&it.name)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// The operations, kinds and parts of kinds that any policy is about.
    pub fn reach(&self) -> impl Iterator<Item = (Kind, &'static str, Operation)> {
        let reaches = self.policies.iter();
        let reaches = reaches.map(|it| it.constraints.common_reach(it.bound_to.as_ref()));
        reaches.fold(Reach::default(), Reach::or).each()
    }

    /// Returns the index of the policies about this operation; `None` where there are none. Costs
    /// one look at a table.
    pub fn matching(&self, kind: Kind, part: Option<&str>, operation: Operation) -> Option<usize> {
        let index = Reach::index(kind, part, operation)?;
        (!self.table.get(index)?.policies.is_empty()).then_some(index)
    }

    pub(super) fn entry(&self, index: usize) -> Option<&PoliciesInReach> {
        self.table.get(index)
    }

    pub(super) fn at(&self, entry: &PoliciesInReach) -> impl Iterator<Item = &Policy> {
        entry.policies.iter().filter_map(|at| self.policies.get(*at))
    }
}
