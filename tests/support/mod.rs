//! Code that the tests share; no test uses all of it.
#![allow(dead_code, reason = "each test is a crate of its own")]

pub mod answer;
pub mod cases;
pub mod client;
pub mod expect;
pub mod process;
pub mod samples;
