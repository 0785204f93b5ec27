//! The writes that still work while no replica answers, with `failurePolicy: Fail`: all but those that
//! rules are about.

use std::net::TcpListener;

use crate::World;
use crate::objects::{claim, class, file, running, suspended};

/// An address at which nobody answers.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

pub fn a_dead_server_locks_nobody_out_and_heals_by_itself(world: &World) {
    let kubectl = world.namespace(
        "lock-out",
        &file(&[
            class("lock-out"),
            claim("nightly", "lock-out"),
            suspended("asleep", "{snapshotClaimName: nightly}"),
            running("awake", "{snapshotClaimName: nightly}"),
        ]),
    );
    let admin = world.cluster.kubectl();
    let record = r#"{"status":{"snapshot":{"snapshotUID":"u","snapshotClassName":"lock-out"}}}"#;
    let command = "patch sandbox asleep --subresource=status --type=merge -p";
    kubectl.run(&format!("{command} {record}")).succeeded();
    world.webhook.register_at(&world.cluster, &nowhere());

    // A write that rules are about is refused, and the message names the webhook.
    let refused = kubectl.pipe("create -f -", &claim("another", "lock-out"));
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("failed calling webhook"), "{}", refused.stderr);

    // Everything else works: other resources everywhere, the webhook's own namespace, and writes of
    // our kinds that resume a Sandbox, with another template too, label it or delete it, even with its
    // checkpoint.
    admin.run("create namespace sandbox-admission-system").succeeded();
    for namespace in ["lock-out", "kube-system", "sandbox-admission-system"] {
        let within = admin.in_namespace(namespace);
        within.run("create configmap during-the-outage").succeeded();
        within.run("create deployment during-the-outage --image=registry.example/a").succeeded();
    }
    let template = r#""podTemplate":{"spec":{"nodeName":"another"}}"#;
    let wake = format!(r#"{{"spec":{{"operatingMode":"Running",{template}}}}}"#);
    kubectl.run(&format!("patch sandbox asleep --type=merge -p {wake}")).succeeded();
    let keep_alive =
        r#"patch sandbox awake --type=merge -p {"spec":{"shutdownTime":"2030-01-01T00:00:00Z"}}"#;
    kubectl.run(keep_alive).succeeded();
    kubectl.run("label sandbox awake still=here").succeeded();
    kubectl.run("label snapshotclaim nightly still=here").succeeded();
    kubectl.run("delete sandbox awake asleep").succeeded();

    // One replica is enough.
    world.webhook.register(&world.cluster);
    kubectl.pipe("create -f -", &claim("another", "lock-out")).succeeded();

    // The webhook can be removed while no replica answers.
    world.webhook.register_at(&world.cluster, &nowhere());
    let configurations = "validatingwebhookconfiguration,mutatingwebhookconfiguration";
    admin.run(&format!("delete {configurations} sandbox-admission")).succeeded();
    kubectl.pipe("create -f -", &claim("afterwards", "lock-out")).succeeded();
}
