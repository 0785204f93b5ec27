//! Upstream's own controller at work, with our server at the door: nothing that it writes may be refused or
//! remarked on, and what clients with upstream's types would lose in silence is said.
//!
//! agent-sandbox is installed as its release has it, with our patch of the Sandbox definition as docs/crds.md
//! says, and runs as its service account. Where a program is missing the tests are ignored; with
//! `--include-ignored` that is a failure.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/cluster/mod.rs"]
#[allow(dead_code, reason = "other tests need more of it")]
mod cluster;

mod controller;
mod installation;
mod kubelet;
mod room;
mod sandboxes;
mod typed_clients;
mod warm_pools;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Arguments;

use cluster::trial::{SharingTest, binaries_for, trials};
use cluster::webhook::Webhook;
use cluster::{Binaries, Cluster, binaries, snapshot_definitions};
use controller::Controller;
use installation::Installation;
use kubelet::Kubelet;

/// A cluster in which agent-sandbox is installed and runs, and our server is registered.
struct World {
    // Stopped in this order.
    _kubelet: Kubelet,
    controller: Controller,
    _webhook: Webhook,
    cluster: Cluster,
    installation: Installation,
}

impl World {
    fn start(binaries: &Binaries, installation: Installation) -> Self {
        let definitions = snapshot_definitions() + "---\n" + &installation.manifest(binaries);
        let cluster = Cluster::audited(binaries, &definitions);
        let webhook = Webhook::beside(&cluster);
        webhook.register(&cluster);
        let controller = Controller::start(&cluster, &installation);
        let kubelet = Kubelet::start(cluster.kubeconfig());
        Self { _kubelet: kubelet, controller, _webhook: webhook, cluster, installation }
    }
}

type Test = SharingTest<World>;

macro_rules! tests {
    ($($module:ident::{$($name:ident),* $(,)?}),* $(,)?) => {
        &[$($((concat!(stringify!($module), "::", stringify!($name)), $module::$name as fn(&World)),)*)*]
    };
}

const TESTS: &[Test] = tests! {
    sandboxes::{
        a_sandbox_with_any_strategy_is_suspended_and_resumed,
        a_claim_is_in_use_while_the_controller_takes_the_pod,
        a_claim_is_free_once_the_controller_has_taken_the_pod,
        a_sandbox_that_is_flipped_in_a_hurry_comes_to_rest,
        a_sandbox_past_its_time_is_shut_down,
        a_sandbox_past_its_time_takes_its_checkpoint_along,
        a_namespace_with_checkpoints_is_deleted,
    },
    warm_pools::{
        pools_and_claims_cause_no_call,
        a_claimed_sandbox_is_hibernated_and_goes_with_its_claim,
    },
    typed_clients::{
        a_strategy_that_a_client_erases_while_the_sandbox_runs_is_warned_of,
        a_template_that_a_client_writes_back_has_not_changed,
        a_client_that_would_lose_the_memory_of_a_suspended_sandbox_is_refused,
        a_strategy_of_type_stop_may_be_lost,
        a_pool_that_would_lose_a_strategy_is_told_as_well,
    },
};

const _: () = assert!(TESTS.len() == binaries::TESTS.upstream, "tests/support/cluster/binaries.rs");

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One after the other, because they count calls, and on this thread: the programs end together with the
    // thread that starts them.
    arguments.test_threads = Some(1);
    let world = world(&arguments);
    let conclusion = libtest_mimic::run(&arguments, trials(&arguments, TESTS, &world));
    let failed_calls = world.map(|world| world.cluster.failed_webhook_calls()).unwrap_or_default();
    if failed_calls.is_empty() {
        return conclusion.exit_code();
    }
    eprintln!("error: the API server could not use some answers:\n{}", failed_calls.join("\n"));
    ExitCode::FAILURE
}

/// Starts all for the tests. An error if none of them will run or a program is missing.
fn world(arguments: &Arguments) -> Result<Arc<World>, String> {
    let binaries = binaries_for(arguments, TESTS)?;
    if !binaries.path("kube-controller-manager").is_file() {
        return Err("there is no kube-controller-manager".to_owned());
    }
    Ok(Arc::new(World::start(&binaries, Installation::find()?)))
}
