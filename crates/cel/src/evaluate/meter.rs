//! What an evaluation may still take.

use crate::error::Failure;
use crate::value::Value;

/// The result of a step or of a function.
pub(crate) type Answer<'a> = Result<Value<'a>, Stop>;

/// The end of an evaluation, or of a part of it, without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// An operation failed; others may absorb it.
    Failed(Failure),
    /// An operation failed in a way that nothing absorbs: where Go panics in cel-go.
    Aborted(Failure),
    /// The expression costs more than Kubernetes allows. Nothing absorbs it, except that a variable that
    /// costs too much is one that failed.
    OverLimit,
    /// Our own bound is exceeded. Nothing absorbs it.
    Exhausted,
}

/// What failed apart from what ends the evaluation, for those who go on after a failure.
pub(crate) fn attempted<T>(result: Result<T, Stop>) -> Result<Result<T, Failure>, Stop> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Stop::Failed(failure)) => Ok(Err(failure)),
        Err(stop) => Err(stop),
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What an evaluation may still take: units as Kubernetes counts them, and our own bound on time and
/// memory beneath, because some operations take far more of these than Kubernetes counts.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The units of Kubernetes that the expression took, without those of the variables it read.
    spent: u64,
    /// The most that it may take.
    limit: u64,
    /// The units of the variables that it was the first to read. They have limits of their own.
    of_variables: u64,
    /// The steps that are left: an item looked at or copied, or some bytes.
    steps: u64,
    /// The levels of steps in one another that are left, those of variables included.
    levels: u32,
}

/// The bytes that are read or made in one step.
const BYTES: usize = 16;

/// The most levels of steps in one another: those of an expression, and of the variables that it reads,
/// which may read others. The walk recurs, and the stack of a thread has an end.
const LEVELS: u32 = 600;

impl Meter {
    /// A meter with so many units of Kubernetes and so many steps.
    pub fn new(units: u64, steps: u64) -> Self {
        Self { spent: 0, limit: units, of_variables: 0, steps, levels: LEVELS }
    }

    /// Takes units as Kubernetes counts them. As there, the last one may be used up.
    pub fn charge(&mut self, units: u64) -> Result<(), Stop> {
        self.spent = self.spent.saturating_add(units);
        if self.spent > self.limit { Err(Stop::OverLimit) } else { Ok(()) }
    }

    /// Takes back the unit of an attribute. As in Kubernetes there may be none to take back; then the cost is
    /// beyond all limits.
    pub fn refund(&mut self) -> Result<(), Stop> {
        self.spent = self.spent.wrapping_sub(1);
        self.charge(0)
    }

    /// Begins a step inside another.
    pub fn enter(&mut self) -> Result<(), Stop> {
        self.work(1)?;
        self.levels = self.levels.checked_sub(1).ok_or(Stop::Exhausted)?;
        Ok(())
    }

    /// Ends a step inside another.
    pub fn leave(&mut self) {
        self.levels = self.levels.saturating_add(1);
    }

    /// Takes steps, before the work is done.
    pub fn work(&mut self, steps: usize) -> Result<(), Stop> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        if let Some(left) = self.steps.checked_sub(steps) {
            self.steps = left;
            return Ok(());
        }
        // No smaller piece of work may follow.
        self.steps = 0;
        Err(Stop::Exhausted)
    }

    /// Takes the steps for bytes, before they are read or made.
    pub fn bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.work(1 + bytes / BYTES)
    }

    /// Evaluates a variable: on a limit of its own, and the steps that are left.
    pub fn variable<T>(&mut self, evaluate: impl FnOnce(&mut Self) -> T) -> T {
        let mut own = Self { levels: self.levels, ..Self::new(self.limit, self.steps) };
        let result = evaluate(&mut own);
        self.steps = own.steps;
        self.of_variables = self.of_variables.saturating_add(own.units());
        result
    }

    /// All units of Kubernetes that were taken.
    pub fn units(&self) -> u64 {
        self.spent.saturating_add(self.of_variables)
    }

    /// The steps that are left.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}
