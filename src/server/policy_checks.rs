//! A count of the checks of each policy, by result. Labels are the names of the policies in use and
//! no others, however often they are replaced.

use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::policy::PolicyResult;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PolicyLabels {
    policy: String,
    result: &'static str,
}

impl PolicyLabels {
    fn new(policy: &str, result: PolicyResult) -> Self {
        Self { policy: policy.to_owned(), result: result.name() }
    }
}

/// A counter for each policy in use and each result.
pub(super) struct PolicyChecks {
    counters: Family<PolicyLabels, Counter>,
    names: Mutex<Vec<Arc<str>>>,
}

impl PolicyChecks {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let counters = Family::default();
        let help = "Requests that a policy checked, by result";
        registry.register("policy_checks", help, Family::clone(&counters));
        Self { counters, names: Mutex::default() }
    }

    /// Keeps counters for the policies of these names, and no others.
    pub(super) fn keep(&self, names: &[Arc<str>]) {
        let mut known = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        for gone in known.iter().filter(|name| !names.contains(name)) {
            for result in PolicyResult::ALL {
                self.counters.remove(&PolicyLabels::new(gone, result));
            }
        }
        for name in names {
            for result in PolicyResult::ALL {
                drop(self.counters.get_or_create(&PolicyLabels::new(name, result)));
            }
        }
        names.clone_into(&mut known);
    }

    /// Counts a result; not that of a policy that was replaced meanwhile.
    pub(super) fn count(&self, policy: &str, result: PolicyResult) {
        if let Some(counter) = self.counters.get(&PolicyLabels::new(policy, result)) {
            counter.inc();
        }
    }
}
