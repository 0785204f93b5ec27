//! Certificates that nobody has to care for: in a cluster, all replicas share one CA and one serving
//! certificate in a Secret, have the API server trust it, and renew it.
//!
//! The first replica makes the Secret; the others adopt it. Its CAs are published as `caBundle`
//! of every webhook, in the two configurations, that calls our Service. `plan` decides what to do,
//! `secret` reads and makes the content, `objects` reads and writes what the API server has, `keep`
//! carries plans out, and `watch` says when to look again.
//!
//! A CA counts for a year and a serving certificate for 90 days ([`Lifetimes::CLUSTER`]); each is
//! replaced at two thirds of that, by the wall clock. The bundle holds the new CA next to the old one,
//! and nothing is signed by the new one before it has been published for a while.
//!
//! By hand: cert-manager does this for those who run it (`--cert-dir`), and kube-runtime's
//! `Controller` works on many objects of one kind by themselves, while here three objects of three
//! kinds, read in a certain order, make one plan.
//!
//! Nothing here ends the process: what fails is logged once, counted and tried again.
//!
//! # Rights
//!
//! | API group, resource | name | verbs | for |
//! | --- | --- | --- | --- |
//! | core, `secrets` (in the namespace) | the Secret's | `get` | what all replicas share |
//! | | | `update` | renewal and repair |
//! | | | `watch` | to notice at once what another replica or a person did; without it, within a minute. The watch has a field selector `metadata.name`, which is what makes a rule with `resourceNames` allow it |
//! | core, `secrets` (in the namespace) | any | `create` | the first replica; the name is not known to RBAC then |
//! | `admissionregistration.k8s.io`, both configurations | the configuration's | `get` | what is trusted |
//! | | | `patch` | `caBundle`, of webhooks that call our Service |
//! | | | `watch` | to repair at once; without it, within a minute |

mod keep;
mod objects;
mod plan;
mod secret;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use self::keep::Keeper;
use self::objects::SharedObjects;
use self::plan::Replica;
use self::watch::watch;
use super::{Certificates, Lifetimes, ServingCertificate, SubjectNames};
use crate::client::{ApiClient, Backoff};

/// The time between two passes, whatever happens: others get their turn.
const SPACING: Duration = Duration::from_secs(1);
/// The pause after a pass that failed; longer after each further one, up to the interval.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The names of the objects that are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectNames {
    /// The namespace of the Service and the Secret.
    pub namespace: String,
    /// The Service that the webhooks call; with the namespace, the certificate's name.
    pub service: String,
    /// The Secret.
    pub secret: String,
    /// The `MutatingWebhookConfiguration`.
    pub mutating: String,
    /// The `ValidatingWebhookConfiguration`.
    pub validating: String,
}

impl ObjectNames {
    /// The names by which clients of the Service call us. The API server uses the first.
    fn of_subject(&self) -> SubjectNames {
        let Self { service, namespace, .. } = self;
        let name = format!("{service}.{namespace}.svc");
        SubjectNames { dns: vec![name.clone(), name + ".cluster.local"], ip: vec![] }
    }
}

/// The durations that replicas keep to.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The lifetimes of certificates.
    pub lifetimes: Lifetimes,
    /// The time for which a CA must have been published before a good certificate is given up for
    /// one that it signed: a change to a webhook configuration reaches API servers a moment later.
    pub propagation: Duration,
    /// The time after which to look although nothing seems to have happened.
    pub interval: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lifetimes: Lifetimes::CLUSTER,
            propagation: Duration::from_secs(30),
            interval: Duration::from_mins(1),
        }
    }
}

/// Something that happened, for metrics.
#[derive(Debug)]
pub enum CertificateReport<'a> {
    /// A certificate is used from now on.
    Serving(&'a ServingCertificate),
    /// Something failed and will be tried again.
    Failed,
}

/// Keeps `certificates` filled from the Secret, and the Secret and what is published in order. Runs
/// until dropped.
pub async fn keep(
    client: ApiClient,
    names: ObjectNames,
    timing: Timing,
    certificates: Arc<Certificates>,
    report: impl FnMut(CertificateReport<'_>),
) {
    let changed = Notify::new();
    let objects = Arc::new(SharedObjects::new(client, names));
    let keeper = Keeper {
        objects: Arc::clone(&objects),
        names: objects.names.of_subject(),
        timing,
        certificates,
        report,
        replica: Replica::new(timing.propagation),
        started: Instant::now(),
        reported: Vec::new(),
        uncalled: None,
    };
    let SharedObjects { client, secret, mutating, validating, .. } = &*objects;
    tokio::join!(
        run(keeper, &changed),
        watch(client, secret, &changed),
        watch(client, mutating, &changed),
        watch(client, validating, &changed),
    );
}

async fn run(mut keeper: Keeper<impl FnMut(CertificateReport<'_>)>, changed: &Notify) {
    let interval = keeper.timing.interval;
    let mut backoff = Backoff::new(SHORTEST_PAUSE, interval);
    loop {
        let begun = Instant::now();
        if keeper.pass().await {
            backoff.reset();
            let next = keeper.wakes().map_or(interval, |wakes| wakes.min(interval));
            tokio::select! {
                () = changed.notified() => sleep_until(begun + SPACING).await,
                () = sleep(next) => {}
            }
        } else {
            sleep(backoff.pause()).await;
        }
    }
}
