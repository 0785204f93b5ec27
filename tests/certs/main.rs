//! Replicas that share a certificate through an API server in memory. Their pauses use a clock of the
//! tests, on which minutes pass at once; the validity of certificates uses the real one.

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
