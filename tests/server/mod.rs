//! The HTTPS server over real sockets, with a handler that decides nothing.

mod certificates;
mod clients;
mod fairness;
mod http;
mod leaving;
mod limits;
mod newcomers;
mod patience;
mod probes;
mod running;
