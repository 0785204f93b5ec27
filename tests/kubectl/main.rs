//! The output that people see: the real kubectl, the real API server, and this server answering it.
//!
//! The tests share a control plane, each in its own namespace and with its own names. Where the programs
//! for a control plane are missing the tests are ignored; with `--include-ignored` that is a failure.

// What clippy lets tests do, it does not let their helpers do.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../support/cluster/mod.rs"]
#[allow(dead_code, reason = "the tests of a server that follows a cluster need more of it")]
mod cluster;

mod checkpoints;
mod class_use;
mod controllers;
mod force;
mod gitops;
mod in_use;
mod lock_out;
mod objects;
mod one_voice;
mod open_definition;
mod policies;
mod readme;
mod references;
mod settings;
mod spellings;
mod terminating;
mod traffic;
mod uninstall;
mod upstream_definition;
mod writes;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Arguments;

use cluster::trial::{binaries_for, trial};
use cluster::webhook::Webhook;
use cluster::{Binaries, Cluster, Kubectl, binaries, sandbox_definition, snapshot_definitions};

/// A cluster with our definitions, and our server registered in it.
struct World {
    // Stopped in this order.
    webhook: Webhook,
    cluster: Cluster,
}

impl World {
    fn start(binaries: &Binaries, suite: &Suite) -> Self {
        let definitions = snapshot_definitions() + "---\n" + &suite.sandboxes;
        let cluster = Cluster::start(binaries, &definitions);
        if !suite.before.is_empty() {
            cluster.kubectl().pipe("create -f -", suite.before).succeeded();
        }
        let Suite { policies, config, rules, .. } = *suite;
        let webhook = match policies {
            Some(policies) => Webhook::configured(&cluster, policies, config, rules),
            None => Webhook::beside(&cluster),
        };
        webhook.register(&cluster);
        Self { webhook, cluster }
    }

    /// A kubectl in a new namespace, with some objects that the server knows of.
    fn namespace(&self, name: &str, objects: &str) -> Kubectl {
        self.cluster.kubectl().run(&format!("create namespace {name}")).succeeded();
        let kubectl = self.cluster.kubectl().in_namespace(name);
        for object in objects.split("---\n") {
            kubectl.pipe("create -f -", object).succeeded();
        }
        kubectl
    }
}

type Test = (&'static str, fn(&World));

/// Tests that share a control plane.
#[derive(Clone, Default)]
struct Suite {
    /// The definition of Sandboxes.
    sandboxes: String,
    /// Objects from before our server was registered.
    before: &'static str,
    /// The text of the admin's policies.
    policies: Option<&'static str>,
    /// With policies, the text of the admin's configuration.
    config: Option<&'static str>,
    /// With policies, the actions of rules that the admin has chosen.
    rules: &'static [&'static str],
    tests: &'static [Test],
    /// True where calls may fail, because in some tests no server is there.
    calls_may_fail: bool,
}

macro_rules! tests {
    ($($module:ident::{$($name:ident),* $(,)?}),* $(,)?) => {
        &[$($((concat!(stringify!($module), "::", stringify!($name)), $module::$name as fn(&World)),)*)*]
    };
}

/// The tests under this repository's Sandbox definition.
const TESTS: &[Test] = tests! {
    checkpoints::{
        a_sandbox_that_is_deleted_with_its_checkpoint_is_told,
        a_strategy_that_a_client_erases_is_told_and_kept_where_memory_would_be_lost,
        a_template_that_changes_under_a_checkpoint_is_told_and_a_token_is_not,
        a_template_that_changes_with_the_suspend_is_told_once,
    },
    controllers::{
        a_claim_in_use_is_collected_with_its_owner,
        a_namespace_with_a_claim_in_use_is_deleted,
    },
    force::{
        force_keeps_a_claim_and_a_class_that_the_definition_refuses,
        force_keeps_a_sandbox_that_holds_a_checkpoint,
    },
    gitops::{
        a_class_in_the_same_unit_fails_the_dry_run_and_is_named,
        a_folder_passes_a_dry_run_and_is_applied_in_any_order,
    },
    in_use::{
        a_claim_in_use_is_deleted_by_the_controller_manager,
        a_claim_in_use_is_not_deleted,
        a_class_in_use_is_not_deleted,
        a_class_that_claims_select_is_deleted_with_a_warning,
        a_provider_in_use_is_not_deleted,
        force_does_not_replace_a_class_in_use,
        what_is_free_again_is_deleted,
    },
    one_voice::{the_definitions_speak_as_the_rules_do},
    references::{
        a_class_that_is_missing_behind_a_claim_is_named_with_the_claim,
        a_missing_claim_is_named_with_the_nearest_one,
        a_missing_class_is_named_with_the_nearest_one,
        a_missing_provider_is_named_with_the_nearest_one,
        a_missing_template_is_named_with_the_nearest_one,
        a_running_sandbox_may_come_before_its_claim,
        both_references_are_refused_by_the_definition,
        no_reference_and_no_default_is_refused,
        several_wrong_objects_in_one_file_are_each_explained,
    },
    spellings::{
        a_credential_is_told_by_its_form_and_never_printed,
    },
    terminating::{a_target_that_is_being_deleted_is_told},
    writes::{
        a_diff_that_would_be_refused_is_an_error,
        a_generated_name_is_in_the_message,
        a_server_side_dry_run_says_what_would_happen,
        an_edit_that_is_refused_opens_the_editor_again_with_the_reasons,
        an_old_object_that_is_wrong_may_be_labelled_and_resumed,
        every_kind_of_update_is_judged,
        server_side_apply_is_judged_when_it_creates_and_when_it_changes,
        warnings_are_printed_and_the_object_is_stored,
    },
};

/// The tests under another Sandbox definition. Like those below they have their own control plane.
const TESTS_OF_OPEN_DEFINITION: &[Test] = tests! {
    open_definition::{
        a_missing_mode_is_filled_in,
        a_mode_that_was_filled_in_may_be_applied_by_anyone,
        several_violations_are_told_at_once,
    },
    spellings::{the_spellings_of_others_are_translated},
};

/// The tests that change the Sandbox definition.
const TESTS_OF_UPSTREAM_DEFINITION: &[Test] = tests! {
    upstream_definition::{our_patch_is_enough_whoever_fills_in_the_mode},
};

/// The test that installs as the README says, over upstream's definition.
const TESTS_OF_README: &[Test] = tests! {
    readme::{the_example_is_what_kubectl_prints},
};

/// The test that counts calls: no other test may make any meanwhile.
const TESTS_OF_TRAFFIC: &[Test] = tests! {
    traffic::{the_api_server_asks_only_where_a_rule_could_act},
};

/// The test in which no server answers, so that calls must fail.
const TESTS_OF_LOCK_OUT: &[Test] = tests! {
    lock_out::{a_dead_server_locks_nobody_out_and_heals_by_itself},
};
/// The test that removes everything.
const TESTS_OF_UNINSTALL: &[Test] = tests! {
    uninstall::{it_is_removed_while_a_replica_answers_and_while_none_does},
};

/// The tests with the admin's own rules and settings.
const TESTS_OF_POLICIES: &[Test] = tests! {
    class_use::{
        a_provider_and_the_default_class_need_a_right_as_well,
        a_right_that_is_granted_counts_within_ten_seconds,
    },
    policies::{
        a_policy_denies_what_no_rule_looks_at_and_says_why,
        a_policy_follows_a_sandbox_to_the_class_behind_its_claim,
    },
    settings::{
        a_class_that_may_not_change_is_refused,
        an_annotation_that_decides_what_is_restored_is_refused,
    },
};

const NUMBER: usize = TESTS.len()
    + TESTS_OF_OPEN_DEFINITION.len()
    + TESTS_OF_UPSTREAM_DEFINITION.len()
    + TESTS_OF_README.len()
    + TESTS_OF_TRAFFIC.len()
    + TESTS_OF_LOCK_OUT.len()
    + TESTS_OF_UNINSTALL.len()
    + TESTS_OF_POLICIES.len();
const _: () = assert!(NUMBER == binaries::TESTS.kubectl, "tests/support/cluster/binaries.rs");

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let small = Suite { sandboxes: sandbox_definition(), ..Suite::default() };
    let suites = [
        Suite { before: include_str!("before.yaml"), tests: TESTS, ..small.clone() },
        Suite {
            sandboxes: include_str!("open-sandbox-crd.yaml").to_owned(),
            tests: TESTS_OF_OPEN_DEFINITION,
            ..Suite::default()
        },
        Suite {
            sandboxes: upstream_definition::DEFINITION.to_owned(),
            tests: TESTS_OF_UPSTREAM_DEFINITION,
            ..Suite::default()
        },
        Suite {
            sandboxes: upstream_definition::DEFINITION.to_owned(),
            tests: TESTS_OF_README,
            ..Suite::default()
        },
        Suite { tests: TESTS_OF_TRAFFIC, ..small.clone() },
        Suite {
            before: include_str!("before.yaml"),
            policies: Some(policies::POLICIES),
            config: Some(settings::CONFIG),
            rules: &[class_use::RULE],
            tests: TESTS_OF_POLICIES,
            ..small.clone()
        },
        Suite { tests: TESTS_OF_LOCK_OUT, calls_may_fail: true, ..small.clone() },
        Suite { tests: TESTS_OF_UNINSTALL, calls_may_fail: true, ..small },
    ];
    let must_run = arguments.include_ignored;
    let mut worlds = Vec::new();
    let mut trials = Vec::new();
    for suite in suites {
        let world = world(&arguments, &suite);
        trials.extend(suite.tests.iter().map(|(name, test)| {
            let world = with_controllers(name, world.clone());
            trial(name, world, must_run, |world| test(&world))
        }));
        worlds.extend(world.into_iter().filter(|_| !suite.calls_may_fail));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    let failed_calls = worlds.iter().flat_map(|world| world.cluster.failed_webhook_calls());
    let failed_calls: Vec<_> = failed_calls.collect();
    if failed_calls.is_empty() {
        return conclusion.exit_code();
    }
    eprintln!("error: the API server could not use some answers:\n{}", failed_calls.join("\n"));
    ExitCode::FAILURE
}

/// Starts the control plane for these tests. An error if none of them will run or its programs are
/// missing.
fn world(arguments: &Arguments, suite: &Suite) -> Result<Arc<World>, String> {
    Ok(Arc::new(World::start(&binaries_for(arguments, suite.tests)?, suite)))
}

/// The world for a test, unless the test needs controllers that are missing.
fn with_controllers(name: &str, world: Result<Arc<World>, String>) -> Result<Arc<World>, String> {
    let wants = ["controllers::", "uninstall::"].iter().any(|it| name.starts_with(it));
    let world = world?;
    let lacks = wants && !world.cluster.has_controllers();
    if lacks { Err("there is no kube-controller-manager".to_owned()) } else { Ok(world) }
}
