//! Bounds on every evaluation: all that it reads and makes costs fuel, and it ends when the fuel is
//! used up.
//!
//! The evaluator calls the code that takes fuel through plain function pointers, so the fuel
//! belongs to the thread. `||`, `all` and similar ones absorb errors, so the fuel itself, and not
//! the result, tells whether it is used up.

use std::cell::Cell;

use cel::ExecutionError;

/// The fuel that each expression may use, that expressions may use which belong together (those of one
/// policy), and that all may use.
///
/// The first two limits are Kubernetes' own. Without the third, a request costs more with every policy
/// that is about it.
///
/// A unit is a node of an expression evaluated once, or a few bytes read or made.
#[derive(Debug)]
pub struct Budget {
    each: u64,
    group: u64,
    left_for_group: u64,
    left_for_all: u64,
}

impl Budget {
    /// The units that Kubernetes allows each expression.
    pub const EACH: u64 = 1_000_000;
    /// The units that Kubernetes allows all expressions that belong together.
    pub const GROUP: u64 = 10_000_000;
    /// The units for all expressions: what Kubernetes allows one policy, and half of it for all others.
    /// The most costly steps, those through lists and maps, take 60 to 100 nanoseconds a unit, so this
    /// is about a second, and two at worst.
    pub const ALL: u64 = Self::GROUP + Self::GROUP / 2;

    /// Has `each` units for an expression, `group` for those that belong together, and `all` for all.
    pub fn new(each: u64, group: u64, all: u64) -> Self {
        Self { each, group, left_for_group: group, left_for_all: all }
    }

    /// Begins with other expressions that belong together: they have all the units of a group.
    pub fn next_group(&mut self) {
        self.left_for_group = self.group;
    }

    /// Returns whether the units for all expressions are used up. Then the last evaluation had no
    /// result, and no other will have one.
    pub fn is_used_up(&self) -> bool {
        self.left_for_all == 0
    }

    /// The units that are left for all expressions.
    pub fn left(&self) -> u64 {
        self.left_for_all
    }

    /// Runs `evaluation`; fails if the fuel is used up.
    pub(super) fn run<T>(&mut self, evaluation: impl FnOnce() -> T) -> Result<T, Exhausted> {
        let given = self.each.min(self.left_for_group).min(self.left_for_all);
        let outer = FUEL.replace(given);
        let result = evaluation();
        let rest = FUEL.replace(outer);
        let spent = given - rest.min(given);
        self.left_for_group -= spent;
        self.left_for_all -= spent;
        match rest {
            0 if self.is_used_up() => Err(Exhausted::All),
            0 => Err(Exhausted::Own),
            _ => Ok(result),
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Self::EACH, Self::GROUP, Self::ALL)
    }
}

/// The fuel was used up: the result means nothing.
#[derive(Debug)]
pub(super) enum Exhausted {
    /// What the expression had, or those that it belongs to.
    Own,
    /// What all expressions had.
    All,
}

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
