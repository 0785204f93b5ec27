//! Our server at the door of a cluster, and the users with their rights.

use serde_json::{Value, json};

use crate::actors::{Actor, rights};
use crate::cluster::process::eventually;
use crate::cluster::webhook::Webhook;
use crate::cluster::{Binaries, Cluster};
use crate::requests::Request;
use crate::session::Session;
use crate::world::{Key, Kind, NAMESPACES, definitions, object};

/// The cluster; dropping it stops all of it.
pub struct Installed {
    // Stopped in this order.
    _webhook: Webhook,
    pub cluster: Cluster,
}

impl Installed {
    /// Starts one without controllers: the garbage collector's deletions are writes of the model.
    pub fn start(binaries: &Binaries) -> Self {
        let cluster = Cluster::without_controllers(binaries, &definitions());
        let webhook = Webhook::beside(&cluster);
        webhook.register(&cluster);
        for configuration in ["validatingwebhookconfiguration", "mutatingwebhookconfiguration"] {
            spare_earlier(&cluster, configuration);
        }
        cluster.kubectl().pipe("apply --server-side -f -", &rights()).succeeded();
        for namespace in NAMESPACES {
            cluster.kubectl().run(&format!("create namespace {namespace}")).succeeded();
        }
        let installed = Self { _webhook: webhook, cluster };
        installed.wait_until_judging();
        installed
    }

    pub fn session(&self) -> Session {
        Session::new(self.cluster.kubeconfig())
    }

    /// The API server takes a moment to heed what was registered.
    fn wait_until_judging(&self) {
        let session = self.session();
        let key = Key::new(Kind::Class, "", "wrong");
        let request = Request {
            method: "POST",
            path: key.collection(),
            query: "dryRun=All".to_owned(),
            media_type: "application/json",
            body: object(&key, json!({"provisioner": ""})),
        };
        let admits = |actor| session.send(actor, &request).is_success();
        assert!(eventually(|| !admits(Actor::Admin) && admits(Actor::Earlier)));
    }
}

/// Lets no webhook judge the user from before.
fn spare_earlier(cluster: &Cluster, configuration: &str) {
    let kubectl = cluster.kubectl();
    let get = format!("get {configuration} sandbox-admission -o json");
    let mut registered: Value = serde_json::from_str(&kubectl.run(&get).succeeded()).unwrap();
    let user = Actor::Earlier.user().unwrap_or_default();
    let condition = json!({
        "name": "judged", "expression": format!("request.userInfo.username != {user:?}"),
    });
    for webhook in registered["webhooks"].as_array_mut().into_iter().flatten() {
        let conditions = &mut webhook["matchConditions"];
        if conditions.is_null() {
            *conditions = json!([]);
        }
        conditions.as_array_mut().unwrap().push(condition.clone());
    }
    kubectl.pipe("replace -f -", &registered.to_string()).succeeded();
}
