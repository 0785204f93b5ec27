//! Deletions of objects at the moment of their first use.

use std::time::Duration;

use futures_util::future::join_all;
use sandbox_admission::api::Kind::{Sandbox, SnapshotClaim, SnapshotClass, SnapshotProvider};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::World;
use crate::cluster::client::{Client, Refused, claim, class, suspended};

const ROUNDS: u64 = 300;

/// Creates a Sandbox that would be hibernated if it were suspended.
async fn create_running(client: &Client, namespace: &str, name: &str, hibernate: &Value) {
    let mut sandbox = suspended(hibernate);
    sandbox["spec"]["operatingMode"] = "Running".into();
    client.create(Sandbox, namespace, name, sandbox).await.unwrap();
}

/// Creates a class, a claim that selects it and a Sandbox that would be hibernated to the claim, all with
/// one name.
async fn create_chain(client: &Client, namespace: &str, name: &str) {
    client.create(SnapshotClass, "", name, class()).await.unwrap();
    client.create(SnapshotClaim, namespace, name, claim(name)).await.unwrap();
    create_running(client, namespace, name, &json!({"snapshotClaimName": name})).await;
}

async fn suspend(client: &Client, namespace: &str, name: &str) -> Result<Value, Refused> {
    let suspend = json!({"spec": {"operatingMode": "Suspended"}});
    client.patch(Sandbox, namespace, name, &suspend).await
}

fn is_forbidden(answer: &Result<Value, Refused>) -> bool {
    matches!(answer, Err((403, message)) if message.contains("-in-use]"))
}

/// The watch shows the use a moment later.
pub fn a_class_is_protected_from_the_moment_of_its_use(world: &World) {
    world.run(async |client| {
        client.namespace("races").await;
        for round in 0..ROUNDS {
            let name = format!("used-{round}");
            create_chain(&client, "races", &name).await;
            if round % 2 == 0 {
                suspend(&client, "races", &name).await.unwrap();
            } else {
                let checkpoint = json!({"snapshotUID": "u", "snapshotClassName": name});
                client.record("races", &name, json!({"snapshot": checkpoint})).await;
            }
            let deleted = client.delete(SnapshotClass, "", &name).await;
            assert!(is_forbidden(&deleted), "{name}: {deleted:?}");
        }
    });
}

pub fn a_provider_is_protected_from_the_moment_of_its_use(world: &World) {
    world.run(async |client| {
        client.namespace("provider-races").await;
        for round in 0..ROUNDS / 3 {
            let name = format!("used-{round}");
            let provider = json!({"spec": {"providerType": "gvisor-s3", "s3": {"bucket": "b"}}});
            client.create(SnapshotProvider, "", &name, provider).await.unwrap();
            let hibernate = json!({"snapshotProviderRef": {"name": name}});
            create_running(&client, "provider-races", &name, &hibernate).await;
            suspend(&client, "provider-races", &name).await.unwrap();
            let deleted = client.delete(SnapshotProvider, "", &name).await;
            assert!(is_forbidden(&deleted), "{name}: {deleted:?}");
        }
    });
}

/// Asks again where the server could not decide: on a busy machine an answer may come too late.
async fn decided(ask: impl AsyncFn() -> Result<Value, Refused>) -> Result<Value, Refused> {
    loop {
        match ask().await {
            Err((500, _)) => {}
            answer => return answer,
        }
    }
}

/// Runs rounds, each with a claim and a Sandbox that would be hibernated to it, while another tenant
/// changes Sandboxes as fast as the API server lets him: the watch lags behind.
async fn rounds_beside_a_busy_tenant(
    world: &World,
    client: &Client,
    namespace: &str,
    round: impl AsyncFn(&str),
) {
    const SANDBOXES: usize = 8;
    let tenant = Client::new(world.cluster.kubeconfig()).await;
    let busy = format!("{namespace}-busy");
    tenant.namespace(&busy).await;
    client.namespace(namespace).await;
    client.create(SnapshotClass, "", namespace, class()).await.unwrap();
    let change_one = async |number: usize| {
        let name = format!("busy-{number}");
        let plain = || json!({"spec": {"podTemplate": {}}});
        decided(async || tenant.create(Sandbox, &busy, &name, plain()).await).await.unwrap();
        for count in 0_u64.. {
            let count =
                json!({"metadata": {"annotations": {"example.com/count": count.to_string()}}});
            tenant.patch(Sandbox, &busy, &name, &count).await.unwrap();
        }
    };
    let rounds = async {
        for number in 0..ROUNDS {
            let name = &*format!("round-{number}");
            let mut sandbox = suspended(&json!({"snapshotClaimName": name}));
            sandbox["spec"]["operatingMode"] = "Running".into();
            let create = async |kind, object: &Value| {
                let create = async || client.create(kind, namespace, name, object.clone()).await;
                decided(create).await.unwrap();
            };
            create(SnapshotClaim, &claim(namespace)).await;
            create(Sandbox, &sandbox).await;
            decided(async || suspend(client, namespace, name).await).await.unwrap();
            round(name).await;
        }
    };
    tokio::select! {
        () = rounds => {}
        _ = join_all((0..SANDBOXES).map(change_one)) => {}
    }
}

pub fn a_claim_is_protected_from_the_moment_of_its_use(world: &World) {
    world.run(async |client| {
        let round = async |name: &str| {
            let delete = async || client.delete(SnapshotClaim, "claim-races", name).await;
            let deleted = decided(delete).await;
            assert!(is_forbidden(&deleted), "{name}: {deleted:?}");
        };
        rounds_beside_a_busy_tenant(world, &client, "claim-races", round).await;
    });
}

pub fn a_claim_is_free_from_the_moment_its_user_is_gone(world: &World) {
    world.run(async |client| {
        let round = async |name: &str| {
            // The watch shows the use meanwhile.
            sleep(Duration::from_millis(20)).await;
            client.delete(Sandbox, "free-races", name).await.unwrap();
            let delete = async || client.delete(SnapshotClaim, "free-races", name).await;
            decided(delete).await.unwrap();
        };
        rounds_beside_a_busy_tenant(world, &client, "free-races", round).await;
    });
}

/// A webhook that judges two writes at once can let both pass, whatever it looks up: neither is stored
/// yet. But once a suspend is answered, no later request deletes its class.
pub fn a_class_is_deleted_beside_a_suspend_only_while_the_suspend_is_under_way(world: &World) {
    world.run(async |client| {
        client.namespace("beside").await;
        let (mut refused, mut deleted, mut both) = (0, 0, 0);
        for round in 0..ROUNDS / 3 {
            let name = format!("beside-{round}");
            create_chain(&client, "beside", &name).await;
            // Over the rounds, from the beginning of the deletion to its end.
            let delay = Duration::from_millis(round % 20 * 10);
            let suspend = async {
                sleep(delay).await;
                let answer = suspend(&client, "beside", &name).await;
                (answer.is_ok(), Instant::now())
            };
            let delete = async {
                let asked = Instant::now();
                (client.delete(SnapshotClass, "", &name).await, asked)
            };
            let ((is_suspended, answered), (answer, asked)) = tokio::join!(suspend, delete);
            if is_forbidden(&answer) {
                refused += 1;
                continue;
            }
            answer.unwrap();
            deleted += 1;
            both += usize::from(is_suspended);
            assert!(!is_suspended || asked < answered, "{name}: the class was in use");
        }
        println!("{refused} refused, {deleted} deleted, {both} of these during a suspend");
    });
}
