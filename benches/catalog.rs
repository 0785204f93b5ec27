//! The cost of the catalog of a large cluster: bytes of heap per Sandbox, the time that questions take,
//! and the time that others wait meanwhile. `memory` measures the process.
//!
//! `cargo bench --bench catalog`. Fails if anything costs more than it may.

use std::alloc::System;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use sandbox_admission::api::Kind;
use sandbox_admission::catalog::{Catalog, ObjectName, Objects};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SANDBOXES: usize = 100_000;
const NAMESPACES: usize = 500;
/// The most bytes of heap that a Sandbox may cost.
const LIMIT: usize = 100;
/// The size of a Sandbox as JSON, most of it a Pod template and managed fields.
const SIZE: usize = 4096;

const HIBERNATED: &str = r#""spec":{"operatingMode":"Suspended","suspensionStrategy":{"type":"Hibernate","hibernate":{"snapshotClaimName":"nightly"}}},"status":{"snapshot":{"snapshotUID":"0b8f","snapshotClassName":"gvisor-gcs","snapshotClaimName":"nightly"}}"#;
const PLAIN: &str = r#""spec":{"operatingMode":"Running"},"status":{}"#;

/// In the namespace of a tenant who has many: so many Sandboxes that are being hibernated, and twice
/// as many claims.
const CROWD: usize = 10_000;
/// The longest that the questions of a class's deletion may take there.
const QUESTION_LIMIT: Duration = Duration::from_millis(50);
/// The longest that the search for a similar name among so many may take.
const SUGGESTION_LIMIT: Duration = Duration::from_millis(5);

fn main() -> ExitCode {
    let mut is_in_limit = true;
    for (what, uses) in [("hold a checkpoint", HIBERNATED), ("use no snapshot at all", PLAIN)] {
        is_in_limit &= measure(what, uses) <= LIMIT;
    }
    if !is_in_limit {
        eprintln!("error: more than {LIMIT} bytes of heap for a Sandbox");
        return ExitCode::FAILURE;
    }
    let crowd = crowd();
    let asked = questions(&crowd);
    if asked > QUESTION_LIMIT {
        eprintln!("error: more than {QUESTION_LIMIT:?} to find who uses a class");
        return ExitCode::FAILURE;
    }
    waiting(crowd);
    if [245, 60].map(suggestion).into_iter().any(|took| took > SUGGESTION_LIMIT) {
        eprintln!("error: more than {SUGGESTION_LIMIT:?} to find a similar name");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn insert(objects: &mut Objects, kind: Kind, json: &str) {
    if let Err(error) = objects.insert(kind, "team-a", json) {
        eprintln!("error: {error}");
    }
}

/// A Sandbox of the crowd; a third of them names a claim, a third a template, a third nothing.
fn member(number: usize) -> String {
    let reference = [r#""snapshotClaimName":"std""#, r#""snapshotClaimTemplateName":"std""#, ""];
    let reference = reference.get(number % 3).copied().unwrap_or_default();
    format!(
        r#"{{"metadata":{{"name":"agent-{number}","uid":"u-{number}"}},"spec":{{"operatingMode":"Suspended","suspensionStrategy":{{"type":"Hibernate","hibernate":{{{reference}}}}}}}}}"#
    )
}

fn crowd() -> Objects {
    let mut objects = Objects::default();
    for number in 0..CROWD {
        insert(&mut objects, Kind::Sandbox, &member(number));
        for name in [format!("agent-{number}-std-x7k2"), format!("project-{number}")] {
            let claim = format!(
                r#"{{"metadata":{{"name":"{name}","ownerReferences":[{{"kind":"Sandbox","uid":"u-{number}"}}]}},"spec":{{"snapshotClassName":"slow"}}}}"#
            );
            insert(&mut objects, Kind::SnapshotClaim, &claim);
        }
    }
    objects
}

/// Asks what the review of a class's deletion asks.
fn ask(objects: &Objects) -> usize {
    let holding = objects.checkpoints_on(ObjectName::class("fast")).map(|it| it.users());
    let selecting = objects.selecting_class("fast");
    [holding, selecting].into_iter().flatten().map(|users| users.total()).sum()
}

/// The median of the time that it takes.
fn questions(crowd: &Objects) -> Duration {
    let mut times: Vec<_> = (0..21)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(ask(crowd));
            start.elapsed()
        })
        .collect();
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!(
        "{CROWD} Sandboxes that are being hibernated and {} claims in one namespace: {median:.1?} for \
         the questions of a class's deletion",
        2 * CROWD
    );
    median
}

/// Measures how long a look-up of one object takes while such questions are asked all the time and
/// Sandboxes change, with locks as the catalog of a cluster has them. Threads that share two cores
/// wait for the scheduler, too, so there is no limit to hold.
fn waiting(crowd: Objects) {
    let (objects, is_over) = (RwLock::new(crowd), AtomicBool::new(false));
    let read = || objects.read().unwrap_or_else(PoisonError::into_inner);
    let (mut asked, mut times) = (0, Vec::new());
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut asked = 0;
            while !is_over.load(Ordering::Relaxed) {
                let copy = read().clone();
                std::hint::black_box(ask(&copy));
                asked += 1;
            }
            asked
        });
        scope.spawn(|| {
            for number in (0..CROWD).cycle() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let json = member(number);
                insert(
                    &mut objects.write().unwrap_or_else(PoisonError::into_inner),
                    Kind::Sandbox,
                    &json,
                );
                thread::sleep(Duration::from_micros(500));
            }
        });
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) {
            let start = Instant::now();
            std::hint::black_box(read().claim("team-a", "project-1").is_ok());
            times.push(start.elapsed());
            thread::sleep(Duration::from_micros(100));
        }
        is_over.store(true, Ordering::Relaxed);
        asked = asking.join().unwrap_or_default();
    });
    times.sort();
    let of_thousand =
        |part: usize| times.get(times.len() * part / 1000).copied().unwrap_or_default();
    println!(
        "meanwhile ({asked} times): a look-up of one object takes {:.1?}, of a thousand one {:.1?}, at \
         most {:.1?}",
        of_thousand(500),
        of_thousand(999),
        times.last().copied().unwrap_or_default(),
    );
}

/// The time that it takes to find the similar one of so many names of a length.
fn suggestion(length: usize) -> Duration {
    let mut objects = Objects::default();
    for number in 0..CROWD {
        let claim = format!(r#"{{"metadata":{{"name":"{number:0length$}"}}}}"#);
        insert(&mut objects, Kind::SnapshotClaim, &claim);
    }
    let typed = format!("{:0length$}x", CROWD / 2);
    let start = Instant::now();
    let found = objects.nearest(ObjectName::claim("team-a", &typed));
    let took = start.elapsed();
    let found = if found.is_some() { "found" } else { "nothing suggested" };
    println!("a similar name among {CROWD} of {length} characters: {took:.1?} ({found})");
    took
}

/// Measures the bytes of heap per Sandbox.
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
    let found = objects.checkpoints_on(ObjectName::class("gvisor-gcs"));
    let asked = started.elapsed();
    println!(
        "{SANDBOXES} Sandboxes that {what}: {each} bytes of heap each, {filled:.0?} to take them over, \
         {asked:.1?} to find the users of a class ({})",
        found.map_or_else(|error| error.to_string(), |found| found.users().to_string()),
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
