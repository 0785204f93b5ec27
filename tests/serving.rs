//! The server over real sockets, apart from all other tests: deadlines here are short, and busy
//! neighbours in the same program would make them pass.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod http; // the real server over HTTPS
mod server; // connections and their limits, with short timings

mod support;
