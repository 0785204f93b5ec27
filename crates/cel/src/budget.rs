//! Every evaluation is bounded: what it reads and makes is paid with fuel, and when the fuel is
//! used up it ends.
//!
//! The code that pays is called from deep inside the evaluator, through plain function pointers:
//! hence fuel for each thread. `||`, `all` and their like absorb errors, so whether the fuel is used
//! up is not asked of the result but of the fuel itself.

use std::cell::Cell;

use cel::ExecutionError;

/// What expressions may spend together, and each of them.
///
/// A unit is a node of an expression evaluated once, or a few bytes read or made; ten million of
/// them are in the order of a second.
#[derive(Debug)]
pub struct Budget {
    left: u64,
    each: u64,
}

impl Budget {
    /// What Kubernetes allows each expression.
    pub const EACH: u64 = 1_000_000;
    /// What Kubernetes allows the expressions of one policy together.
    pub const TOTAL: u64 = 10_000_000;

    /// Of `total` units for all expressions and `each` for an expression.
    pub fn new(total: u64, each: u64) -> Self {
        Self { left: total, each }
    }

    /// What is left for all of them.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Runs `evaluation`, and says whether the fuel lasted.
    pub(super) fn run<T>(&mut self, evaluation: impl FnOnce() -> T) -> Result<T, Exhausted> {
        let given = self.left.min(self.each);
        let outer = FUEL.replace(given);
        let result = evaluation();
        let rest = FUEL.replace(outer);
        self.left -= given - rest.min(given);
        if rest == 0 { Err(Exhausted) } else { Ok(result) }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Self::TOTAL, Self::EACH)
    }
}

/// The fuel was used up: the result means nothing.
#[derive(Debug)]
pub(super) struct Exhausted;

thread_local! {
    static FUEL: Cell<u64> = const { Cell::new(0) };
}

/// Bytes that are read or made for one unit.
const BYTES: usize = 10;

/// Takes units of the fuel of the evaluation under way.
///
/// # Errors
///
/// The fuel is used up. The error is only there to end what is being done, it is never shown.
pub fn spend(units: usize) -> Result<(), ExecutionError> {
    let left = FUEL.get().saturating_sub(u64::try_from(units).unwrap_or(u64::MAX));
    FUEL.set(left);
    if left == 0 { Err(exhaust()) } else { Ok(()) }
}

/// Uses up the fuel of the evaluation under way. The error only ends what is being done.
pub(super) fn exhaust() -> ExecutionError {
    FUEL.set(0);
    ExecutionError::function_error("budget", "exhausted")
}

/// Whether the fuel of the evaluation under way has lasted so far.
pub(super) fn lasts() -> bool {
    FUEL.get() > 0
}

/// Takes what reading or making so many bytes costs.
///
/// # Errors
///
/// As [`spend`].
pub fn spend_bytes(bytes: usize) -> Result<(), ExecutionError> {
    spend(1 + bytes / BYTES)
}
