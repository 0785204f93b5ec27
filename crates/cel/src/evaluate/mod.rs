//! Evaluation: a plan of steps that is made at load, and walked for each object.

mod meter;

pub(crate) use meter::{Meter, Stop};

/// The steps of an expression.
#[derive(Debug)]
pub(crate) struct Program;
