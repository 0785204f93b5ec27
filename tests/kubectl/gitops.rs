//! A folder that a GitOps tool applies: first a dry run of the whole, then the objects in any order.

use crate::World;
use crate::objects::{claim, class, file, running, template};

/// The objects of a tenant's folder. The class belongs to the admin and is in another unit.
fn folder(class: &str) -> [String; 4] {
    [
        running("by-claim", "{snapshotClaimName: nightly}"),
        running("by-template", "{snapshotClaimTemplateName: per-agent}"),
        claim("nightly", class),
        template("per-agent", class),
    ]
}

pub fn a_folder_passes_a_dry_run_and_is_applied_in_any_order(world: &World) {
    let admin = world.cluster.kubectl();
    admin.pipe("create -f -", &class("gitops")).succeeded();
    let [one, two, three, four] = folder("gitops");
    let orders =
        [[&one, &two, &three, &four], [&four, &three, &two, &one], [&three, &one, &four, &two]];
    for (number, order) in orders.into_iter().enumerate() {
        let folder = file(&order.map(String::clone));
        let kubectl = world.namespace(&format!("gitops-{number}"), &claim("other", "gitops"));
        kubectl.pipe("apply --dry-run=server -f -", &folder).succeeded();
        kubectl.pipe("apply -f -", &folder).succeeded();
    }
}

pub fn a_class_in_the_same_unit_fails_the_dry_run_and_is_named(world: &World) {
    let kubectl = world.namespace("gitops-class", &running("anyone", "{}"));
    let unit = file(&[class("same-unit"), claim("nightly", "same-unit")]);
    let dry_run = kubectl.pipe("apply --dry-run=server -f -", &unit);
    assert_ne!(dry_run.code, 0);
    assert!(dry_run.stderr.contains("[snapshot-class-exists]"), "{}", dry_run.stderr);
    // Applied for real, the class is there when the claim comes.
    kubectl.pipe("apply -f -", &class("same-unit")).succeeded();
    kubectl.pipe("apply -f -", &unit).succeeded();
}
