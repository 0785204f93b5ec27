//! What the catalog of a large cluster costs: bytes of heap per Sandbox, and time.
//!
//! `cargo bench --bench catalog`. Fails if a Sandbox costs more than it may.

use std::alloc::System;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use sandbox_admission::api::Kind;
use sandbox_admission::catalog::{Catalog, Objects, Target};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SANDBOXES: usize = 100_000;
const NAMESPACES: usize = 500;
/// Bytes of heap that a Sandbox may cost.
const LIMIT: usize = 150;
/// The size of a Sandbox as JSON, most of it a Pod template and managed fields.
const SIZE: usize = 4096;

const HIBERNATED: &str = r#""spec":{"operatingMode":"Suspended","suspensionStrategy":{"type":"Hibernate","hibernate":{"snapshotClaimName":"nightly"}}},"status":{"snapshot":{"snapshotUID":"0b8f","snapshotClassName":"gvisor-gcs","snapshotClaimName":"nightly"}}"#;
const PLAIN: &str = r#""spec":{"operatingMode":"Running"},"status":{}"#;

fn main() -> ExitCode {
    let mut is_in_limit = true;
    for (what, uses) in [("hold a checkpoint", HIBERNATED), ("use no snapshot at all", PLAIN)] {
        is_in_limit &= measure(what, uses) <= LIMIT;
    }
    if is_in_limit {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: more than {LIMIT} bytes of heap for a Sandbox");
    ExitCode::FAILURE
}

/// Bytes of heap per Sandbox.
fn measure(what: &str, uses: &str) -> usize {
    let mut json = String::with_capacity(2 * SIZE);
    let region = Region::new(ALLOCATOR);
    let mut objects = Objects::default();
    let started = Instant::now();
    for number in 0..SANDBOXES {
        write(&mut json, number, uses);
        if let Err(error) = objects.insert(Kind::Sandbox, "", &json) {
            eprintln!("error: {error}");
        }
    }
    let filled = started.elapsed();
    let change = region.change();
    let each = (change.bytes_allocated - change.bytes_deallocated) / objects.count(Kind::Sandbox);
    let started = Instant::now();
    let found = objects.checkpoints_on(Target::Class("gvisor-gcs"));
    let asked = started.elapsed();
    println!(
        "{SANDBOXES} Sandboxes that {what}: {each} bytes of heap each, {filled:.0?} to take them over, \
         {asked:.1?} to find the users of a class ({})",
        found.map_or_else(|error| error.to_string(), |users| users.to_string()),
    );
    each
}

fn write(json: &mut String, number: usize, uses: &str) {
    json.clear();
    // Writing into a `String` cannot fail.
    let _ = write!(
        json,
        r#"{{"apiVersion":"agents.x-k8s.io/v1beta1","kind":"Sandbox","metadata":{{"name":"agent-{number:06}","namespace":"team-{:03}","annotations":{{"#,
        number % NAMESPACES
    );
    for field in 0..20 {
        let _ = write!(json, r#""example.com/field-{field}":"{:0>100}","#, field * number);
    }
    let _ = write!(json, r#""z":""}},"managedFields":["#);
    while json.len() + uses.len() + 40 < SIZE {
        json.push_str(r#"{"manager":"kubectl","operation":"Apply"},"#);
    }
    let _ = write!(json, "{{}}]}},{uses}}}");
}
