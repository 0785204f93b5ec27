//! A namespace of a test, and what the controller did in it.

use std::process::Command;

use crate::World;
use crate::cluster::Kubectl;
use crate::cluster::audit::Write;
use crate::cluster::kubectl::Printed;
use crate::cluster::process::eventually;
use crate::controller;

/// A namespace of a test.
pub struct Room<'w> {
    world: &'w World,
    name: &'static str,
    pub kubectl: Kubectl,
    /// The number of lines in the controller's log before.
    before: usize,
}

impl<'w> Room<'w> {
    /// Makes it with a claim `nightly` of a class of the same name as the namespace, and with more objects.
    pub fn new(world: &'w World, name: &'static str, objects: &str) -> Self {
        world.cluster.kubectl().run(&format!("create namespace {name}")).succeeded();
        let kubectl = world.cluster.kubectl().in_namespace(name);
        let before = world.controller.lines();
        let room = Self { world, name, kubectl, before };
        room.create(&format!(
            "apiVersion: agents.x-k8s.io/v1beta1\nkind: SnapshotClass\nmetadata: {{name: {name}}}\n\
             provisioner: agents.x-k8s.io/gvisor\n---\n\
             apiVersion: agents.x-k8s.io/v1beta1\nkind: SnapshotClaim\nmetadata: {{name: nightly}}\n\
             spec: {{snapshotClassName: {name}}}\n"
        ));
        if !objects.is_empty() {
            room.create(objects);
        }
        room
    }

    /// Creates objects.
    pub fn create(&self, objects: &str) {
        self.kubectl.pipe("create -f -", objects).succeeded();
    }

    /// Merges a patch, without blanks, into an object, given as kubectl wants it.
    pub fn patch(&self, object: &str, patch: &str) -> Printed {
        self.kubectl.run(&format!("patch {object} --type=merge -p {patch}"))
    }

    /// Turns Sandboxes to a mode.
    pub fn turn(&self, mode: &str, sandboxes: &[&str]) {
        for sandbox in sandboxes {
            let patch = format!(r#"{{"spec":{{"operatingMode":"{mode}"}}}}"#);
            self.patch(&format!("sandbox {sandbox}"), &patch).succeeded();
        }
    }

    /// Waits until the controller says something about objects, as `kubectl wait --for` has it.
    pub fn wait(&self, what: &str, objects: &str) {
        self.kubectl.run(&format!("wait --for={what} {objects} --timeout=50s")).succeeded();
    }

    /// Waits until a field, as a JSON path has it, has a value.
    pub fn wait_for(&self, object: &str, field: &str, value: &str) {
        let get = format!("get {object} -o jsonpath={{{field}}}");
        let mut found = String::new();
        let has_it = eventually(|| {
            found = self.kubectl.run(&get).stdout;
            found == value
        });
        assert!(has_it, "{object}: {field} is {found:?} and not {value:?}");
    }

    /// The value of a field, as a JSON path has it.
    pub fn get(&self, object: &str, field: &str) -> String {
        self.kubectl.run(&format!("get {object} -o jsonpath={{{field}}}")).succeeded()
    }

    /// Writes the record of a checkpoint, as a controller does that can take one.
    pub fn record_checkpoint(&self, sandbox: &str) {
        let record = format!(
            r#"{{"status":{{"snapshot":{{"snapshotUID":"u-{sandbox}","snapshotClassName":"{}","snapshotClaimName":"nightly"}}}}}}"#,
            self.name
        );
        self.patch(&format!("sandbox {sandbox} --subresource=status"), &record).succeeded();
    }

    /// Runs the client with upstream's types.
    pub fn client(&self, change: &str, sandbox: &str) -> Printed {
        let mut command = Command::new(&self.world.installation.client);
        command.env("KUBECONFIG", self.world.cluster.kubeconfig());
        let output = command.args(change.split_whitespace()).args([self.name, sandbox]).output();
        let output = output.unwrap();
        Printed {
            command: format!("client {change} {} {sandbox}", self.name),
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails unless the controller wrote something here, and our server let all of it pass without a word.
    #[track_caller]
    pub fn assert_undisturbed(&self) {
        assert!(!self.writes().is_empty(), "the controller did nothing");
        let disturbed = self.disturbed();
        assert!(disturbed.is_empty(), "{disturbed:#?}");
        assert_eq!(self.told(), [""; 0]);
    }

    /// The writes of the controller here that were denied, or on which our server had a remark.
    pub fn disturbed(&self) -> Vec<Write> {
        let disturbs = |write: &Write| !write.was_permitted() || write.was_remarked_on();
        self.writes().into_iter().filter(disturbs).collect()
    }

    fn writes(&self) -> Vec<Write> {
        self.world.cluster.writes(controller::USER, self.name)
    }

    /// What the controller was told by webhooks since the test began, by its log.
    pub fn told(&self) -> Vec<String> {
        self.world.controller.told(self.before)
    }
}
