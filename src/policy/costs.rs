//! The cost of the policies about one request.
//!
//! Each has a budget of its own, as in Kubernetes: a costly one does not use up another's. All
//! together they are bounded too, by about a second of time. A policy that is not asked for that
//! reason could have refused the request, even one that ignores failures. So the request is neither
//! allowed nor denied.

use kubernetes_cel::{Activation, Budget};

use super::compile::Policy;
use super::evaluate::Evaluation;
use crate::catalog::Unavailable;

/// The number of policies that are named when they were not asked.
const MAX_NAMES: usize = 3;

/// The budget that is left for a request's policies, and the policies that used the rest.
#[derive(Debug, Default)]
pub struct Costs<'p> {
    budget: Budget,
    most: u64,
    costliest: &'p str,
    not_asked: Vec<&'p str>,
}

impl<'p> Costs<'p> {
    /// Evaluates a policy on its own budget, or on what all policies have left if that is less.
    pub fn evaluate<'a>(
        &mut self,
        policy: &'a Policy,
        activation: &Activation<'a>,
    ) -> Option<Evaluation>
    where
        'a: 'p,
    {
        let before = self.budget.left();
        let evaluation = policy.evaluate(activation, &mut self.budget);
        let cost = before - self.budget.left();
        if cost > self.most {
            (self.most, self.costliest) = (cost, &policy.name);
        }
        if self.budget.is_used_up() {
            self.not_asked.push(&policy.name);
        }
        evaluation
    }

    /// Returns the reason why there is no answer; `None` where every policy could be asked.
    pub fn unavailable(&self) -> Option<Unavailable> {
        let named = self.not_asked.get(..MAX_NAMES).unwrap_or(&self.not_asked);
        if named.is_empty() {
            return None;
        }
        let more = match self.not_asked.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(Unavailable(format!(
            "the policies about this request cost more than {} units or about a second together, \
             most of it {}, so that these could not be asked: {}{more}; let matchConstraints and \
             matchConditions of the costly ones leave out what need not be judged, or let their \
             expressions go through less",
            Budget::ALL,
            self.costliest,
            named.join(", "),
        )))
    }
}
