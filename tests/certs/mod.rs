//! Replicas that share a certificate through an API server in memory. Their pauses use a clock of the
//! tests, on which minutes pass at once; the validity of certificates uses the real one.

mod command;
mod fake;
mod running;
mod sharing;
mod trouble;
