//! Stacks for recursion. A stack overflow ends the process and cannot be caught.

/// The stack for the deepest source that the parser accepts, with a reserve.
const PARSER: usize = 16 << 20;

/// The stack for the most levels that an expression may have: 1.5 KiB each in the evaluator, and 40
/// KiB where it is not optimised.
const EVALUATOR: usize = if cfg!(debug_assertions) { 64 << 20 } else { 1 << 20 };

/// Runs the parser, or code that recurses as deep as its result.
pub(super) fn large<T>(parse: impl FnOnce() -> T) -> T {
    stacker::grow(PARSER, parse)
}

/// Runs the evaluator, on the current stack where that is enough.
pub(super) fn enough<T>(evaluate: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(EVALUATOR, EVALUATOR, evaluate)
}
