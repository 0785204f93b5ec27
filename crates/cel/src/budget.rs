//! Bounds on every evaluation: Kubernetes' own, and those on time and memory beneath.

use crate::error::EvaluationError;
use crate::evaluate::Meter;

/// The units that each expression may use, that expressions may use which belong together (those of one
/// policy), and that all may use.
///
/// The first two limits are Kubernetes' own, and so is a unit. Without the third, a request costs more with
/// every policy that is about it.
///
/// Beneath is a bound on time and memory, in steps: a step of the evaluation, an item looked at, or some bytes read
/// or made. It is so high that few expressions come to it before Kubernetes' limits: those that
/// Kubernetes lets take seconds.
#[derive(Debug)]
pub struct Budget {
    each: u64,
    /// `None` after an expression took more than was left: as in Kubernetes no other of its group is evaluated.
    left_for_group: Option<u64>,
    left_for_all: u64,
    steps: u64,
}

/// The steps that one evaluation may take, with the definitions that it is the first to read. A step takes 10 to 50
/// nanoseconds, and makes 24 bytes at most: together about 150 milliseconds and 72 MB. A loop that comes to
/// Kubernetes' limit takes about a million.
const STEPS: u64 = 3_000_000;

/// The steps that all evaluations may take: about a second.
const ALL_STEPS: u64 = 8 * STEPS;

impl Budget {
    /// The units that Kubernetes allows each expression.
    pub const EACH: u64 = 1_000_000;
    /// The units that Kubernetes allows all expressions that belong together.
    pub const GROUP: u64 = 10_000_000;
    /// The units that Kubernetes allows all match conditions of a policy.
    pub const CONDITIONS: u64 = Self::GROUP / 4;
    /// The units for all expressions: what Kubernetes allows one policy, and half of it for all others.
    pub const ALL: u64 = Self::GROUP + Self::GROUP / 2;

    /// Has `each` units for an expression, `group` for those that belong together, and `all` for all.
    pub fn new(each: u64, group: u64, all: u64) -> Self {
        Self { each, left_for_group: Some(group), left_for_all: all, steps: ALL_STEPS }
    }

    /// Begins with other expressions that belong together: they have so many units.
    pub fn begin_group(&mut self, units: u64) {
        self.left_for_group = Some(units);
    }

    /// Returns whether an expression took more than was left for those that belong together. No other
    /// of them will have a result.
    pub fn is_group_used_up(&self) -> bool {
        self.left_for_group.is_none()
    }

    /// Returns whether the units for all expressions are used up. Then the last evaluation had no
    /// result, and no other will have one.
    pub fn is_used_up(&self) -> bool {
        self.left_for_all == 0 || self.steps == 0
    }

    /// The units that are left for all expressions.
    pub fn left(&self) -> u64 {
        self.left_for_all
    }

    /// Runs `evaluation`, and takes what it took.
    ///
    /// # Errors
    ///
    /// Its own; or it took more than was left, and then its result means nothing.
    pub(crate) fn run<T>(
        &mut self,
        evaluation: impl FnOnce(&mut Meter) -> Result<T, EvaluationError>,
    ) -> Result<T, EvaluationError> {
        if self.is_used_up() {
            return Err(EvaluationError::AllSpent);
        }
        let Some(left_for_group) = self.left_for_group else {
            return Err(EvaluationError::BudgetExceeded);
        };
        let units = self.each.min(left_for_group).min(self.left_for_all);
        let steps = STEPS.min(self.steps);
        let mut meter = Meter::new(units, steps);
        let result = evaluation(&mut meter);
        let spent = meter.units();
        self.steps -= steps - meter.steps().min(steps);
        self.left_for_group = left_for_group.checked_sub(spent);
        self.left_for_all = self.left_for_all.saturating_sub(spent);
        if self.is_used_up() {
            return Err(EvaluationError::AllSpent);
        }
        if self.left_for_group.is_none() {
            return Err(EvaluationError::BudgetExceeded);
        }
        result
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Self::EACH, Self::GROUP, Self::ALL)
    }
}
