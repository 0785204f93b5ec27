//! In-use protection by the objects of a real cluster.

use sandbox_admission::api::Kind::{Sandbox, SnapshotClaim, SnapshotClass, SnapshotProvider};
use serde_json::json;

use crate::World;
use crate::cluster::client::{claim, class, eventually, suspended};
use crate::cluster::snapshot_definitions;

pub fn what_a_checkpoint_needs_is_not_deleted(world: &World) {
    world.run(async |client| {
        client.namespace("in-use").await;
        client.create(SnapshotClass, "", "in-use", class()).await.unwrap();
        client.create(SnapshotClaim, "in-use", "main", claim("in-use")).await.unwrap();
        let sandbox = suspended(&json!({"snapshotClaimName": "main"}));
        client.create(Sandbox, "in-use", "agent", sandbox).await.unwrap();
        let checkpoint = json!({
            "snapshotUID": "u", "snapshotClassName": "in-use", "snapshotClaimName": "main",
        });
        client.record("in-use", "agent", json!({"snapshot": checkpoint})).await;
        for (kind, namespace, name) in
            [(SnapshotClass, "", "in-use"), (SnapshotClaim, "in-use", "main")]
        {
            eventually(name, async || client.is_protected(kind, namespace, name).await).await;
            let (code, message) = client.delete(kind, namespace, name).await.unwrap_err();
            assert!(code == 403 && message.contains("in-use/agent"), "{message}");
        }
        client.delete(Sandbox, "in-use", "agent").await.unwrap();
        for (kind, namespace, name) in
            [(SnapshotClaim, "in-use", "main"), (SnapshotClass, "", "in-use")]
        {
            eventually(name, async || !client.is_protected(kind, namespace, name).await).await;
            client.delete(kind, namespace, name).await.unwrap();
        }
    });
}

pub fn a_namespace_in_use_is_deleted(world: &World) {
    world.run(async |client| {
        client.namespace("leaving").await;
        client.create(SnapshotClass, "", "leaving", class()).await.unwrap();
        client.create(SnapshotClaim, "leaving", "main", claim("leaving")).await.unwrap();
        let sandbox = suspended(&json!({"snapshotClaimName": "main"}));
        client.create(Sandbox, "leaving", "agent", sandbox).await.unwrap();
        eventually("the claim is in use", async || {
            client.is_protected(SnapshotClaim, "leaving", "main").await
        })
        .await;
        if world.cluster.has_controllers() {
            let kubectl = world.cluster.kubectl();
            kubectl.run("delete namespace leaving --timeout=50s").succeeded();
            eventually("the class is free", async || {
                !client.is_protected(SnapshotClass, "", "leaving").await
            })
            .await;
        }
    });
}

pub fn a_kind_that_is_installed_later_is_protected(world: &World) {
    let kubectl = world.cluster.kubectl();
    kubectl.run("delete crd snapshotproviders.agents.x-k8s.io --timeout=30s").succeeded();
    kubectl.pipe("apply --server-side -f -", &snapshot_definitions()).succeeded();
    kubectl.run("wait --for=condition=Established crd --all --timeout=30s").succeeded();
    world.run(async |client| {
        client.namespace("providers").await;
        let provider = json!({"spec": {"providerType": "gvisor-s3", "s3": {"bucket": "b"}}});
        eventually("providers are served", async || {
            client.create(SnapshotProvider, "", "gcs", provider.clone()).await.is_ok()
        })
        .await;
        let sandbox = suspended(&json!({"snapshotProviderRef": {"name": "gcs"}}));
        client.create(Sandbox, "providers", "agent", sandbox).await.unwrap();
        eventually("the provider is in use", async || {
            client.is_protected(SnapshotProvider, "", "gcs").await
        })
        .await;
    });
}
