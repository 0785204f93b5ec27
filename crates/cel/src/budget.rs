//! Bounds on every evaluation: all that it reads and makes costs fuel, and it ends when the fuel is
//! used up.
//!
//! The evaluator calls the code that takes fuel through plain function pointers, so the fuel
//! belongs to the thread. `||`, `all` and similar ones absorb errors, so the fuel itself, and not
//! the result, tells whether it is used up.

use std::cell::Cell;

use cel::ExecutionError;

/// The fuel that all expressions may use together, and that each of them may use.
///
/// A unit is a node of an expression evaluated once, or a few bytes read or made; ten million of
/// them are in the order of a second.
#[derive(Debug)]
pub struct Budget {
    left: u64,
    each: u64,
}

impl Budget {
    /// The units that Kubernetes allows each expression.
    pub const EACH: u64 = 1_000_000;
    /// The units that Kubernetes allows all expressions that belong together.
    pub const TOTAL: u64 = 10_000_000;

    /// Has `total` units for all expressions, and `each` for one expression.
    pub fn new(total: u64, each: u64) -> Self {
        Self { left: total, each }
    }

    /// The units that are left for all expressions.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Runs `evaluation`; fails if the fuel is used up.
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

/// The bytes that are read or made for one unit.
const BYTES: usize = 10;

/// Takes units of the fuel of the current evaluation.
///
/// # Errors
///
/// The fuel is used up. The error only ends the evaluation; it is never shown.
pub fn spend(units: usize) -> Result<(), ExecutionError> {
    let left = FUEL.get().saturating_sub(u64::try_from(units).unwrap_or(u64::MAX));
    FUEL.set(left);
    if left == 0 { Err(exhaust()) } else { Ok(()) }
}

/// Uses up the fuel of the current evaluation. The error only ends it.
pub(super) fn exhaust() -> ExecutionError {
    FUEL.set(0);
    ExecutionError::function_error("budget", "exhausted")
}

/// Returns whether the current evaluation still has fuel.
pub(super) fn lasts() -> bool {
    FUEL.get() > 0
}

/// Takes the units that reading or making so many bytes costs.
///
/// # Errors
///
/// See [`spend`].
pub fn spend_bytes(bytes: usize) -> Result<(), ExecutionError> {
    spend(1 + bytes / BYTES)
}
