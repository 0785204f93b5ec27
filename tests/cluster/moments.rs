//! Facts that hold at the moment of a request, though the watch may show them later.

use sandbox_admission::api::Kind::{Sandbox, SnapshotClaim, SnapshotClaimTemplate, SnapshotClass};
use sandbox_admission::api::{DEFAULT_CLAIM_ANNOTATION, DEFAULT_CLASS_ANNOTATION};
use serde_json::{Value, json};

use crate::World;
use crate::cluster::client::{claim, class, eventually, suspended};

pub fn a_class_may_be_named_as_soon_as_it_exists(world: &World) {
    world.run(async |client| {
        client.namespace("moments").await;
        for round in 0..300 {
            let name = format!("new-{round}");
            client.create(SnapshotClass, "", &name, class()).await.unwrap();
            client.create(SnapshotClaim, "moments", &name, claim(&name)).await.unwrap();
        }
    });
}

pub fn a_chain_of_new_objects_is_followed(world: &World) {
    world.run(async |client| {
        client.namespace("chains").await;
        for round in 0..100 {
            let name = format!("chain-{round}");
            let template = json!({"spec": {"spec": {"snapshotClassName": name}}});
            client.create(SnapshotClass, "", &name, class()).await.unwrap();
            client.create(SnapshotClaimTemplate, "chains", &name, template).await.unwrap();
            let sandbox = suspended(&json!({"snapshotClaimTemplateName": name}));
            client.create(Sandbox, "chains", &name, sandbox).await.unwrap();
        }
    });
}

pub fn a_name_that_was_missing_may_be_used_once_it_exists(world: &World) {
    world.run(async |client| {
        client.namespace("late").await;
        for round in 0..100 {
            let name = format!("late-{round}");
            let claim = claim(&name);
            let create = async || client.create(SnapshotClaim, "late", &name, claim.clone()).await;
            for _ in 0..2 {
                let (code, message) = create().await.unwrap_err();
                assert!(code == 422 && message.contains("snapshot-class-exists"), "{message}");
            }
            client.create(SnapshotClass, "", &name, class()).await.unwrap();
            create().await.unwrap();
        }
    });
}

/// Both defaults: the namespace's claim, and without one the cluster's class.
pub fn a_default_counts_as_soon_as_it_exists(world: &World) {
    world.run(async |client| {
        client.namespace("defaults").await;
        let annotated = |mut object: Value, annotation: &str| {
            object["metadata"] = json!({"annotations": {annotation: "true"}});
            object
        };
        client.create(SnapshotClass, "", "of-default-claims", class()).await.unwrap();
        let by_default = suspended(&json!({}));
        for round in 0..40 {
            let name = format!("default-{round}");
            let create =
                async || client.create(Sandbox, "defaults", &name, by_default.clone()).await;
            let (code, message) = create().await.unwrap_err();
            assert!(code == 422 && message.contains("snapshot-target-resolvable"), "{message}");
            let (kind, namespace, object) = if round % 2 == 0 {
                (SnapshotClass, "", annotated(class(), DEFAULT_CLASS_ANNOTATION))
            } else {
                let claim = claim("of-default-claims");
                (SnapshotClaim, "defaults", annotated(claim, DEFAULT_CLAIM_ANNOTATION))
            };
            client.create(kind, namespace, &name, object).await.unwrap();
            create().await.unwrap();
            client.delete(Sandbox, "defaults", &name).await.unwrap();
            eventually("the Sandbox no longer counts", async || {
                client.delete(kind, namespace, &name).await.is_ok()
            })
            .await;
            eventually("the default is gone", async || {
                let is_refused = create().await.is_err();
                if !is_refused {
                    client.delete(Sandbox, "defaults", &name).await.unwrap();
                }
                is_refused
            })
            .await;
        }
    });
}

pub fn what_is_deleted_is_missing(world: &World) {
    world.run(async |client| {
        client.namespace("deleted").await;
        client.create(SnapshotClass, "", "deleted", class()).await.unwrap();
        client.create(SnapshotClaim, "deleted", "first", claim("deleted")).await.unwrap();
        client.delete(SnapshotClass, "", "deleted").await.unwrap();
        let mut round = 0;
        eventually("the class is missing", async || {
            round += 1;
            let name = format!("claim-{round}");
            client.create(SnapshotClaim, "deleted", &name, claim("deleted")).await.is_err()
        })
        .await;
    });
}
