//! Room for what recurses. A stack overflow ends the process, and cannot be caught.

/// What the parser needs for the deepest source that it accepts, with room to spare.
const PARSER: usize = 16 << 20;

/// What the evaluator needs for the most levels that an expression may have: 1.5 KiB each, and 40
/// where it is not optimised.
const EVALUATOR: usize = if cfg!(debug_assertions) { 64 << 20 } else { 1 << 20 };

/// Runs the parser, or what is as deep as what it gives.
pub(super) fn large<T>(parse: impl FnOnce() -> T) -> T {
    stacker::grow(PARSER, parse)
}

/// Runs the evaluator: on the stack at hand where that is enough, as a worker's is.
pub(super) fn enough<T>(evaluate: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(EVALUATOR, EVALUATOR, evaluate)
}
