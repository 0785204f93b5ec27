//! The tests that need no control plane, in one program: each program costs seconds to link and many
//! megabytes. One topic alone: `cargo test --test all cases::`, and likewise for each module here.
//!
//! Programs of their own are `serving`, where time is measured, `allocations`, which counts allocations,
//! and those that start control planes.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

// The rules and a review's way.
mod cases; // every case of `tests/cases/` is answered as the rules say
mod doors; // it gets the same answer on every way into the program
mod properties; // what holds for every body
mod reviews; // what a real API server sent, and what is no review
mod two_readings; // the quick reader and the careful one agree

// The admin's policies.
mod policies; // the library in `policies/`
mod policy; // policies in every command

// The commands and the server.
mod catalog; // following a cluster
mod certs; // replicas that share a certificate
mod check; // `check` on real files

// What is installed.
mod kustomize; // `manifests/` as kustomize renders it
mod manifests; // the output of `manifests`
mod match_conditions; // the API server sends what a rule could act on

// The source.
mod architecture; // which module uses which

mod support;
