//! The HTTPS server over real sockets, with a handler that decides nothing.

mod certificates;
mod clients;
mod http;
mod leaving;
mod limits;
mod patience;
mod probes;
mod running;
