//! The server with policies: they deny, they are read again, and a broken one changes nothing.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::naming;
use crate::support::client::{Client, Http1, get};
use crate::support::process::Server;
use crate::support::replace::replace;

fn creation(name: &str) -> Vec<u8> {
    let kind = json!({"group": "agents.x-k8s.io", "version": "v1beta1", "kind": "Sandbox"});
    let review = json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "u",
            "kind": kind,
            "name": name,
            "namespace": "team-a",
            "operation": "CREATE",
            "userInfo": {"username": "dev"},
            "object": {
                "apiVersion": "agents.x-k8s.io/v1beta1",
                "kind": "Sandbox",
                "metadata": {"name": name, "namespace": "team-a"},
                "spec": {},
            },
            "oldObject": null,
        },
    });
    serde_json::to_vec(&review).unwrap()
}

async fn answer(connection: &mut Http1, name: &str) -> Value {
    let answer = connection.post("/validate", creation(name)).await.unwrap();
    serde_json::from_str(answer.text()).unwrap()
}

/// Asks until the answer is `Ok`; panics with the last error.
async fn soon<T: std::fmt::Debug>(mut ask: impl AsyncFnMut() -> Result<(), T>) {
    let start = Instant::now();
    loop {
        match ask().await {
            Ok(()) => return,
            Err(last) => assert!(start.elapsed() < Duration::from_secs(20), "{last:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn policies_deny_are_read_again_and_a_broken_one_leaves_the_last_good_set() {
    let folder = tempfile::tempdir().unwrap();
    let (catalog, certificates) = (folder.path().join("catalog"), folder.path().join("certs"));
    let policies = folder.path().join("policies");
    for made in [&catalog, &certificates, &policies] {
        fs::create_dir(made).unwrap();
    }
    let file = policies.join("one-name.yaml");
    fs::write(&file, naming("good")).unwrap();
    let flags = ["--policy", policies.to_str().unwrap(), "--reload-interval", "0.05"];
    let server = Server::start(&catalog, &certificates, &flags);
    let mut connection = Client::new(server.address, &certificates).http1().await.unwrap();

    assert_eq!(answer(&mut connection, "good").await["response"]["allowed"], true);
    let denied = answer(&mut connection, "bad").await;
    let status = &denied["response"]["status"];
    assert_eq!((&status["code"], &status["reason"]), (&json!(422), &json!("Invalid")));
    let cause = &status["details"]["causes"][0];
    assert_eq!(cause["field"], "metadata.name");
    assert_eq!(cause["message"], "Invalid value: call it good [one-name]");
    assert_eq!(denied["response"]["auditAnnotations"]["deny"], "one-name");

    let metric = async |line: &str| {
        let page = get(server.metrics, "/metrics").await;
        let found = page.text().lines().find(|it| it.starts_with(line)).map(str::to_owned);
        found.unwrap_or_default()
    };
    let checks = |result: &str| {
        format!("sandbox_admission_policy_checks_total{{policy=\"one-name\",result=\"{result}\"}}")
    };
    assert_eq!(metric(&checks("denied")).await, checks("denied") + " 1");
    assert_eq!(metric(&checks("passed")).await, checks("passed") + " 1");

    replace(&file, naming("good").replace("metadata.name ==", "metadata.name = "));
    let failed = "sandbox_admission_policies_reloads_total{result=\"failure\"}";
    soon(async || match metric(failed).await {
        line if line == format!("{failed} 0") => Err(line),
        _ => Ok(()),
    })
    .await;
    let place = format!("{}:12:", file.display());
    soon(async || if server.log().contains(&place) { Ok(()) } else { Err(server.log()) }).await;
    assert_eq!(answer(&mut connection, "bad").await["response"]["allowed"], false);

    replace(&file, naming("bad").replace("one-name", "another"));
    soon(async || match answer(&mut connection, "bad").await {
        review if review["response"]["allowed"] == true => Ok(()),
        review => Err(review),
    })
    .await;
    // A policy that is gone is counted no more, from a moment after the others are in use.
    soon(async || match metric(&checks("denied")).await {
        line if line.is_empty() => Ok(()),
        line => Err(line),
    })
    .await;
    assert!(server.log().contains("one-name"), "a denial's line names the policy");
}
