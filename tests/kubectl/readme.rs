//! The example of the README is what kubectl prints in a cluster that was installed as the README says.

use std::fs;

use crate::World;
use crate::cluster::process::eventually;

/// The indented block that starts with a line, without the indentation.
fn block<'r>(readme: &'r str, first: &str) -> Vec<&'r str> {
    let lines = readme.lines().map(|line| line.strip_prefix("    "));
    let mut lines = lines.skip_while(|line| !line.is_some_and(|line| line.starts_with(first)));
    let block: Vec<_> = std::iter::from_fn(|| lines.next().flatten()).collect();
    assert!(!block.is_empty(), "the README has no block that starts with {first}");
    block
}

pub fn the_example_is_what_kubectl_prints(world: &World) {
    let kubectl = world.cluster.kubectl();
    let readme = fs::read_to_string("README.md").unwrap();
    // There are no nodes, so that no Pod can become ready. Another server of ours is registered.
    let needs_pods =
        |command: &&str| command.contains("rollout status") || command.contains("webhooks.yaml");
    for command in
        block(&readme, "kubectl apply --server-side").into_iter().filter(|it| !needs_pods(it))
    {
        kubectl.run(command.strip_prefix("kubectl ").unwrap()).succeeded();
    }
    kubectl.run("create namespace team-a").succeeded();
    kubectl.run("apply -f examples/catalog").succeeded();

    let [command, printed @ ..] = &block(&readme, "$ kubectl apply")[..] else {
        panic!("{readme}")
    };
    let command = command.strip_prefix("$ kubectl ").unwrap();
    // The API server takes a moment to serve a changed definition.
    let is_known = || !kubectl.run(command).stderr.contains("unknown field");
    assert!(eventually(is_known));
    kubectl.run(command).refused(&printed.join("\n"));
}
