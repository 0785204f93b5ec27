//! Admission for agent-sandbox's suspend/resume and snapshot API: a webhook server and the same
//! verdicts offline.
//!
//! Start at [`webhook`]: it is the whole way of a request through the program.

pub mod admission;
pub mod api;
pub mod catalog;
pub mod certs;
pub mod check;
pub mod cli;
pub mod client;
pub mod install;
mod junit;
pub mod policy;
pub mod rules;
pub mod server;
pub mod strict;
mod visible;
pub mod webhook;
