//! `serve` as a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::api_server::ApiServer;
use crate::resident;

/// A running `serve`; dropping it ends it.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    folder: TempDir,
}

impl Process {
    /// One that has read a cluster.
    pub fn following(program: &str, cluster: ApiServer, has_policies: bool) -> Self {
        let api = cluster.start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = folder.path().join("kubeconfig");
        let names = "contexts: [{name: a, context: {cluster: a, user: a}}]\ncurrent-context: a\n";
        let cluster = format!("clusters: [{{name: a, cluster: {{server: \"http://{api}\"}}}}]\n");
        let users = "users: [{name: a, user: {}}]\n";
        let text = format!("apiVersion: v1\nkind: Config\n{cluster}{users}{names}");
        fs::write(&kubeconfig, text).unwrap();
        let mut args = vec!["--kubeconfig".into(), kubeconfig.into_os_string()];
        if has_policies {
            args.extend(["--policy".into(), "benches/samples/policies.yaml".into()]);
        }
        let process = Self::start(program, folder, args, "everything was read from the cluster");
        process.expect("the cluster was not read")
    }

    /// One that knows no other objects.
    pub fn alone(program: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = folder.path().join("catalog");
        fs::create_dir(&catalog).unwrap();
        let args = vec!["--catalog".into(), catalog.into_os_string()];
        Self::start(program, folder, args, "answering admission reviews")
            .expect("it does not serve")
    }

    /// Starts it and waits for a line of its log.
    fn start(
        program: &str,
        folder: TempDir,
        args: Vec<std::ffi::OsString>,
        line: &str,
    ) -> Option<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let mut command = Command::new(program);
        command.args(["serve", "--workers", "2", "--bind-address", &address.to_string()]);
        command.args(["--health-probe-bind-address", "127.0.0.1:0"]);
        command.args(["--metrics-bind-address", "127.0.0.1:0"]);
        command.arg("--cert-dir").arg(folder.path()).args(args);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let is_ready = lines.any(|it| it.contains(line));
        // The log is read on, or the server would wait.
        std::thread::spawn(move || lines.for_each(drop));
        let process = Self { child, address, folder };
        is_ready.then_some(process)
    }

    /// The certificate that clients trust.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// Resident memory in MiB.
    pub fn resident(&self) -> f64 {
        mib(resident::now(self.child.id()))
    }

    /// The most resident memory so far in MiB.
    pub fn peak(&self) -> f64 {
        mib(resident::peak(self.child.id()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already, if this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[allow(clippy::cast_precision_loss, reason = "a small number")]
fn mib(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}
