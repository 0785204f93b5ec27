//! An installation: two replicas behind a Service, with the rights and the registration that the
//! manifests give them, in a cluster under load.

use std::path::PathBuf;

use sandbox_admission::api::Kind::{Sandbox, SnapshotClaim, SnapshotClass};
use serde_json::json;

use crate::cluster::client::{Client, claim, class, suspended};
use crate::cluster::process::eventually;
use crate::cluster::{Binaries, Cluster, manifests, snapshot_definitions};
use crate::load::{CLASS, CLASS_IN_USE, Cause, Load, NAMESPACE, Tally};
use crate::replica::Replica;
use crate::service::Service;

/// The namespace of the installation.
pub const HOME: &str = "sandbox-admission-system";

/// A Sandbox definition without a default for the mode, so that both webhooks are called.
const SANDBOX_DEFINITION: &str = include_str!("../kubectl/open-sandbox-crd.yaml");

/// The Service. Without a kube-proxy there are no Service addresses, so the API server finds it by its
/// name on this machine.
const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: sandbox-admission, namespace: sandbox-admission-system}
spec: {type: ExternalName, externalName: localhost}
";

/// The result of a drill.
pub struct Row {
    pub drill: &'static str,
    pub meanwhile: Tally,
    pub afterwards: Tally,
}

/// The installation and its cluster; dropping it stops all of it.
pub struct World {
    // Stopped in this order.
    pub replicas: Vec<Replica>,
    pub cluster: Cluster,
    pub service: Service,
    pub rows: Vec<Row>,
    kubeconfig: PathBuf,
    started: usize,
}

impl World {
    pub fn start(binaries: &Binaries) -> Self {
        let definitions = snapshot_definitions() + "---\n" + SANDBOX_DEFINITION;
        let cluster = Cluster::start(binaries, &definitions);
        let apply = |objects: &str| {
            cluster.kubectl().pipe("apply --server-side -f -", objects).succeeded();
        };
        apply(&manifests(&["--only=rbac"]));
        apply(SERVICE);
        let kubeconfig = cluster.kubeconfig_of(HOME, "sandbox-admission");
        let service = Service::start();
        let mut world = Self {
            replicas: Vec::new(),
            cluster,
            service,
            rows: Vec::new(),
            kubeconfig,
            started: 0,
        };
        for _ in 0..2 {
            world.start_replica();
        }
        assert!(eventually(|| world.service.ready() == 2));
        world.register();
        world.populate();
        world
    }

    /// Starts another replica.
    pub fn start_replica(&mut self) {
        self.started += 1;
        let log = self.cluster.folder().join(format!("replica-{}.log", self.started));
        let replica = Replica::start(&self.kubeconfig, HOME, &log);
        self.service.add(replica.reviews, replica.probes);
        self.replicas.push(replica);
    }

    /// Registers the Service as `manifests` says, but for its port.
    fn register(&self) {
        let port = format!("port: {}", self.service.port);
        let configurations = manifests(&["--only=webhooks"]).replace("port: 443", &port);
        let kubectl = self.cluster.kubectl();
        kubectl.pipe("apply --server-side -f -", &configurations).succeeded();
        let published = || self.bundles().iter().all(|bundle| *bundle == self.authorities());
        assert!(eventually(published));
    }

    /// The bundle that each webhook trusts, in base64.
    pub fn bundles(&self) -> Vec<String> {
        let get = "get validatingwebhookconfiguration,mutatingwebhookconfiguration -o \
                   jsonpath={range.items[*].webhooks[*]}[{.clientConfig.caBundle}]{end}";
        let printed = self.cluster.kubectl().run(get).succeeded();
        let bundles = printed.split(']').filter_map(|it| it.strip_prefix('['));
        bundles.map(str::to_owned).collect()
    }

    /// The bundle that they should trust.
    pub fn authorities(&self) -> String {
        self.secret("ca.crt")
    }

    /// A part of the Secret that the replicas share, in base64; empty if there is none.
    pub fn secret(&self, key: &str) -> String {
        let key = key.replace('.', "\\.");
        let get = format!(
            "get secret sandbox-admission-certs --ignore-not-found -o jsonpath={{.data.{key}}}"
        );
        self.cluster.kubectl().in_namespace(HOME).run(&get).succeeded()
    }

    /// Creates the objects that the load needs.
    fn populate(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = Client::new(self.cluster.kubeconfig()).await;
            client.namespace(NAMESPACE).await;
            for name in [CLASS, CLASS_IN_USE] {
                client.create(SnapshotClass, "", name, class()).await.unwrap();
            }
            client.create(SnapshotClaim, NAMESPACE, "main", claim(CLASS_IN_USE)).await.unwrap();
            let sandbox = suspended(&json!({"snapshotClaimName": "main"}));
            client.create(Sandbox, NAMESPACE, "agent", sandbox).await.unwrap();
            let checkpoint = json!({
                "snapshotUID": "u", "snapshotClassName": CLASS_IN_USE, "snapshotClaimName": "main",
            });
            client.record(NAMESPACE, "agent", json!({"snapshot": checkpoint})).await;
        });
    }

    /// Runs a drill under load. Until nothing fails any more, requests may fail for `permitted` causes;
    /// before and afterwards none may.
    pub fn drill(&mut self, drill: &'static str, permitted: &[Cause], act: impl FnOnce(&mut Self)) {
        let load = Load::start(self.cluster.kubeconfig(), format!("drill-{}", self.rows.len()));
        load.wait_until_steady();
        load.meanwhile();
        act(self);
        load.wait_until_steady();
        load.afterwards();
        let [before, meanwhile, afterwards] = load.end();
        // For the table, even if an assertion below fails.
        self.rows.push(Row { drill, meanwhile, afterwards });
        let Row { meanwhile, afterwards, .. } = self.rows.last().unwrap();
        before.assert_only("before", &[]);
        meanwhile.assert_only("meanwhile", permitted);
        afterwards.assert_only("afterwards", &[]);
        for replica in &mut self.replicas {
            replica.assert_alive();
        }
        assert!(eventually(|| self.service.ready() == 2));
    }
}
