//! What the tests share.

pub mod answer;
pub mod cases;
