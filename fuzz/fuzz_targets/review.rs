//! Any body, sent to both webhooks: never a panic, always a well-formed answer.
//!
//! The samples are the seeds, and the dictionary has the words that rules look for. In this folder
//! (`rust-toolchain.toml` names the nightly toolchain; a C++ compiler and cargo-fuzz must be
//! installed):
//!
//! ```sh
//! mkdir -p corpus/review
//! cargo fuzz run review corpus/review ../tests/fixtures/samples -- \
//!     -dict=review.dict -max_len=65536 -max_total_time=60
//! ```
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sandbox_admission::admission::Phase;
use sandbox_admission::api::Kind;
use sandbox_admission::catalog::Objects;
use sandbox_admission::policy::PolicySet;
use sandbox_admission::rules::{RuleSet, Settings};
use sandbox_admission::webhook::{self, Reply};
use serde::Deserialize;

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/support/answer.rs"]
mod answer;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::new(Settings::default()));

/// The objects in the samples' namespace, so that rules have something to find.
static CATALOG: LazyLock<Objects> = LazyLock::new(|| {
    let mut catalog = Objects::default();
    for (kind, json) in [
        (Kind::SnapshotClass, r#"{"metadata":{"name":"gvisor-fast"},"parameters":{"bucket":"b"}}"#),
        (Kind::SnapshotClaim, r#"{"metadata":{"name":"default-claim"}}"#),
        (Kind::SnapshotClaimTemplate, r#"{"metadata":{"name":"team-a-s3"}}"#),
        (Kind::SnapshotProvider, r#"{"metadata":{"name":"s3-fast"}}"#),
        (
            Kind::Sandbox,
            r#"{"metadata":{"name":"a"},"status":{"snapshot":{"snapshotClaimName":"default-claim"}}}"#,
        ),
    ] {
        catalog.insert(kind, "team-a", json).expect("the catalog is well-formed");
    }
    catalog
});

#[derive(Deserialize)]
struct Review {
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    uid: String,
}

fuzz_target!(|body: &[u8]| {
    for phase in [Phase::Mutating, Phase::Validating] {
        match webhook::answer(phase, body, &RULES, &PolicySet::default(), &*CATALOG).0 {
            Reply::Review(reply) => {
                let review: Review = serde_json::from_slice(body).expect("a review was answered");
                answer::Said::from_review(&reply, &review.request.uid).expect("a good answer");
            }
            Reply::NotAReview(text) => assert!(!text.is_empty()),
            Reply::Undecided(reason) => panic!("this catalog can tell: {reason}"),
        }
    }
});
