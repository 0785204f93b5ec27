//! Code that the tests share. Programs other than `tests/all.rs` take single files of it.

#![allow(dead_code)] // each test program uses a part

pub mod alone;
pub mod answer;
pub mod api_answer;
pub mod cases;
pub mod client;
pub mod expect;
pub mod process;
pub mod replace;
pub mod resident;
pub mod rights;
pub mod samples;
pub mod trust;
