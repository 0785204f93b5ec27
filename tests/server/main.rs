//! The HTTPS server over real sockets, with a handler that decides nothing.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/client.rs"]
mod support;

mod certificates;
mod http;
mod leaving;
mod limits;
mod patience;
mod probes;
mod running;
