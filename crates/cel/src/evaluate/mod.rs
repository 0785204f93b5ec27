//! Evaluation: a plan of steps that is made at load, and walked for each object.
//!
//! The steps are those of cel-go's interpreter, because its costs are those of its steps: a field that is read,
//! an attribute as a whole, a call, a list that is made. A value that is never needed is never made.

mod activation;
mod attribute;
mod call;
mod expression;
mod fold;
mod machine;
mod message;
mod meter;
mod plan;
mod step;
#[cfg(test)]
mod tests;

pub use activation::Activation;
pub(crate) use meter::{Answer, Meter, Stop};
pub(crate) use plan::Program;
