//! Replicas that share a certificate through an API server in memory. Their clock is the tests':
//! minutes pass in no time, but certificates count by the real one.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/trust.rs"]
mod trust;

#[path = "../support/api_answer.rs"]
mod api_answer;
mod command;
mod fake;
mod running;
mod sharing;
mod trouble;
