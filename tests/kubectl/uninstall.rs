//! Removing the installation with exactly the commands of `docs/install.md`.

use std::fs;

use crate::World;
use crate::cluster::Kubectl;
use crate::objects::{claim, class, file, suspended};

const OBJECTS: &str = "clusterrole,clusterrolebinding,validatingwebhookconfiguration,\
                       mutatingwebhookconfiguration,validatingadmissionpolicy,\
                       validatingadmissionpolicybinding --ignore-not-found -o name \
                       -l app.kubernetes.io/name=sandbox-admission";

/// The commands of the documentation under a heading, without `kubectl`.
fn documented(heading: &str) -> Vec<String> {
    let page = fs::read_to_string("docs/install.md").unwrap();
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let commands = section.lines().filter_map(|line| line.strip_prefix("    kubectl "));
    commands.map(|it| it.split('#').next().unwrap().to_owned()).collect()
}

/// Tries to create a claim for a class that does not exist, and returns the refusal.
fn wrong(kubectl: &Kubectl) -> String {
    let refused = kubectl.pipe("create --dry-run=server -f -", &claim("wrong", "nowhere"));
    assert_ne!(refused.code, 0);
    refused.stderr
}

fn remove(world: &World) {
    let (admin, kubectl) = (world.cluster.kubectl(), world.cluster.kubectl().in_namespace("kept"));
    let [webhooks, workload, rights, definitions] = documented("Removing it").try_into().unwrap();
    admin.run(&webhooks).succeeded();
    kubectl.pipe("create --dry-run=server -f -", &claim("wrong", "nowhere")).succeeded();
    admin.run(&workload).succeeded();
    admin.run(&rights).succeeded();
    admin.run("get namespace sandbox-admission-system --ignore-not-found").accepted("");
    admin.run(&format!("get {OBJECTS}")).accepted("");
    // A suspended Sandbox can still be resumed: nothing is lost so far.
    kubectl.run("get sandbox agent -o jsonpath={.status.snapshot.snapshotUID}").accepted("u");
    kubectl.run("get snapshotclaim nightly -o name").succeeded();
    admin.run("get snapshotclass kept -o name").succeeded();
    admin.run(&definitions).succeeded();
    assert_ne!(admin.run("get snapshotclasses").code, 0);
    // Running the commands again changes nothing.
    for command in [webhooks, workload, rights, definitions] {
        admin.run(&command).succeeded();
    }
}

fn install(world: &World) {
    let admin = world.cluster.kubectl();
    admin.run("apply --server-side -f manifests/base/crds.yaml").succeeded();
    admin.run("wait --for=condition=Established crd --all --timeout=30s").succeeded();
    admin.run("apply -f manifests/base/rbac.yaml -f manifests/base/workload.yaml").succeeded();
}

pub fn it_is_removed_while_a_replica_answers_and_while_none_does(world: &World) {
    let admin = world.cluster.kubectl();
    install(world);
    let objects = file(&[
        class("kept"),
        claim("nightly", "kept"),
        suspended("agent", "{snapshotClaimName: nightly}"),
    ]);
    let kubectl = world.namespace("kept", &objects);
    let snapshot = r#"{"status":{"snapshot":{"snapshotUID":"u","snapshotClassName":"kept"}}}"#;
    let record = "patch sandbox agent --subresource=status --type=merge -p";
    kubectl.run(&format!("{record} {snapshot}")).succeeded();
    assert!(wrong(&kubectl).contains("[snapshot-class-exists]"));
    remove(world);

    // The Service of the manifests leads nowhere: there are no nodes for the Pods.
    install(world);
    admin.pipe("create -f -", &class("kept")).succeeded();
    kubectl.pipe("create -f -", &claim("nightly", "kept")).succeeded();
    admin.run("apply -f manifests/base/webhooks.yaml").succeeded();
    assert!(wrong(&kubectl).contains("failed calling webhook"));
    remove(world);
}
