//! The server that follows a real cluster: the watch shows it a change a moment late, and until then it
//! must not give a wrong answer.
//!
//! Requests come from a client in this process, faster than any kubectl. Where the programs for a control
//! plane are missing the tests are ignored; with `--include-ignored` that is a failure.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/cluster/mod.rs"]
#[allow(dead_code, reason = "the tests of kubectl need more of it")]
mod cluster;

#[path = "../support/trust.rs"]
mod trust;

mod certificates;
mod client_certificate;
mod expressions;
mod in_use;
mod lists;
mod moments;
mod races;
mod stolen_token;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Arguments;

use cluster::client::Client;
use cluster::trial::{SharingTest, binaries_for, trials};
use cluster::webhook::Webhook;
use cluster::{Binaries, Cluster, binaries, sandbox_definition, snapshot_definitions};

/// A cluster with our definitions, and our server following it.
struct World {
    // Stopped in this order.
    _webhook: Webhook,
    cluster: Cluster,
}

impl World {
    fn start(binaries: &Binaries) -> Self {
        let definitions = snapshot_definitions() + "---\n" + &sandbox_definition();
        let cluster = Cluster::start(binaries, &definitions);
        let webhook = Webhook::beside(&cluster);
        webhook.register(&cluster);
        // An answer that comes too late must not look like one that allows a deletion.
        let change = r#"{"webhooks":[{"name":"protect-snapshots.sandbox-admission.x-k8s.io","failurePolicy":"Fail"}]}"#;
        let patch = "patch validatingwebhookconfiguration sandbox-admission -p";
        cluster.kubectl().run(&format!("{patch} {change}")).succeeded();
        Self { _webhook: webhook, cluster }
    }

    /// Runs a test with a client.
    fn run<F: Future<Output = ()>>(&self, test: impl FnOnce(Client) -> F) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            test(Client::new(self.cluster.kubeconfig()).await).await;
        });
    }
}

type Test = SharingTest<World>;

const TESTS: &[Test] = &[
    (
        "a_class_may_be_named_as_soon_as_it_exists",
        moments::a_class_may_be_named_as_soon_as_it_exists,
    ),
    ("a_chain_of_new_objects_is_followed", moments::a_chain_of_new_objects_is_followed),
    (
        "a_name_that_was_missing_may_be_used_once_it_exists",
        moments::a_name_that_was_missing_may_be_used_once_it_exists,
    ),
    ("a_default_counts_as_soon_as_it_exists", moments::a_default_counts_as_soon_as_it_exists),
    ("what_is_deleted_is_missing", moments::what_is_deleted_is_missing),
    ("a_stream_and_pages_show_the_same_objects", lists::a_stream_and_pages_show_the_same_objects),
    (
        "a_catalog_is_filled_by_streams_and_follows_them",
        lists::a_catalog_is_filled_by_streams_and_follows_them,
    ),
    (
        "a_class_is_protected_from_the_moment_of_its_use",
        races::a_class_is_protected_from_the_moment_of_its_use,
    ),
    (
        "a_provider_is_protected_from_the_moment_of_its_use",
        races::a_provider_is_protected_from_the_moment_of_its_use,
    ),
    (
        "a_claim_is_protected_from_the_moment_of_its_use",
        races::a_claim_is_protected_from_the_moment_of_its_use,
    ),
    (
        "a_claim_is_free_from_the_moment_its_user_is_gone",
        races::a_claim_is_free_from_the_moment_its_user_is_gone,
    ),
    (
        "a_class_is_deleted_beside_a_suspend_only_while_the_suspend_is_under_way",
        races::a_class_is_deleted_beside_a_suspend_only_while_the_suspend_is_under_way,
    ),
    ("what_a_checkpoint_needs_is_not_deleted", in_use::what_a_checkpoint_needs_is_not_deleted),
    ("a_namespace_in_use_is_deleted", in_use::a_namespace_in_use_is_deleted),
    (
        "a_server_that_follows_a_cluster_makes_its_own_certificate",
        certificates::a_server_that_follows_a_cluster_makes_its_own,
    ),
    (
        "replicas_share_and_repair_and_rotate_without_a_failed_call",
        certificates::they_share_and_repair_and_rotate_without_a_failed_call,
    ),
    (
        "only_an_api_server_with_the_certificate_is_answered",
        client_certificate::only_an_api_server_with_the_certificate_is_answered,
    ),
    (
        "a_stolen_token_changes_the_bundle_and_nothing_else",
        stolen_token::a_stolen_token_changes_the_bundle_and_nothing_else,
    ),
    (
        "a_kind_that_is_installed_later_is_protected",
        in_use::a_kind_that_is_installed_later_is_protected,
    ),
    (
        "the_recorded_verdicts_on_expressions_are_those_of_an_api_server",
        expressions::the_recorded_verdicts_are_those_of_an_api_server,
    ),
];

const _: () = assert!(TESTS.len() == binaries::TESTS.cluster, "tests/support/cluster/binaries.rs");

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let world = world(&arguments);
    libtest_mimic::run(&arguments, trials(&arguments, TESTS, &world)).exit_code()
}

/// Starts the control plane for the tests. An error if none of them will run or its programs are missing.
fn world(arguments: &Arguments) -> Result<Arc<World>, String> {
    Ok(Arc::new(World::start(&binaries_for(arguments, TESTS)?)))
}
