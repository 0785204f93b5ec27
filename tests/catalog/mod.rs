//! The catalog that follows a cluster, with an API server in memory and a clock that does not wait.

mod clients;
mod connecting;
mod fake;
mod following;
mod look_ups;
mod look_ups_of_use;
mod memory;
mod oracle;
mod questions;
mod rights;
mod running;
