//! The catalog that follows a cluster, with an API server in memory and a clock that does not wait.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/api_answer.rs"]
mod api_answer;
mod connecting;
mod fake;
mod following;
mod look_ups;
mod oracle;
mod questions;
mod running;
