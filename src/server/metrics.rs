//! The metrics that Prometheus scrapes. Every label is from a closed set: never a name, a namespace
//! or a message.
//!
//! Handles are made once: a request finds its counter by arithmetic, not by hashing labels.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::labels::{self, RequestLabels};
use super::limit_metrics::LimitMetrics;
use super::policy_checks::PolicyChecks;
use crate::admission::Phase;
use crate::api::Kind;
use crate::catalog::Resource;
use crate::catalog::cluster::LookUp;
use crate::rules::Effect;
use crate::webhook::Outcome;

/// The upper bounds of the buckets, in seconds; the first is near the cost of a plain answer.
const DURATION_BUCKETS: [f64; 14] =
    [50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.5, 1.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RuleLabels {
    rule: &'static str,
    action: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PhaseLabel {
    phase: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

/// The metrics of something that is read again when its files change.
struct Reloads {
    succeeded: Counter,
    failed: Counter,
    last_success: Gauge,
}

/// All metrics of the process, named `sandbox_admission_...`.
pub struct Metrics {
    registry: Registry,
    /// The counters, each at its [`RequestLabels::index`].
    requests: Vec<Counter>,
    mutating_duration: Histogram,
    validating_duration: Histogram,
    /// The counters by rule, sorted by id; one for each effect.
    rule_firings: Vec<(&'static str, [Counter; Effect::ALL.len()])>,
    catalog_objects: Family<KindLabel, Gauge>,
    /// The time of the last report by kind; without a value before the first one.
    catalog_heard: Family<KindLabel, Gauge>,
    look_ups: [Counter; LookUp::ALL.len()],
    certificate_not_after: Gauge,
    certificate: Reloads,
    catalog: Reloads,
    policy_checks: PolicyChecks,
    policies: Reloads,
    pub(super) limits: LimitMetrics,
    pub(super) panics: Counter,
}

impl Metrics {
    /// Registers all metrics. A firing of a rule whose id is not in `rules` is not counted.
    pub fn new(rules: &[&'static str], version: &'static str) -> Self {
        let mut registry = Registry::with_prefix("sandbox_admission");
        let registry = &mut registry;

        registry.register("build", "What is running", Info::new([("version", version)]));

        let family = Family::<RequestLabels, Counter>::default();
        let requests =
            RequestLabels::all().map(|labels| family.get_or_create_owned(&labels)).collect();
        registry.register("requests", "Admission reviews by how they ended", family);

        let family = Family::<PhaseLabel, Histogram, _>::new_with_constructor(
            (|| Histogram::new(DURATION_BUCKETS)) as fn() -> Histogram,
        );
        let [mutating_duration, validating_duration] = [Phase::Mutating, Phase::Validating]
            .map(|phase| family.get_or_create_owned(&PhaseLabel { phase: labels::phase(phase) }));
        registry.register_with_unit(
            "request_duration",
            "From a request's head to its answer, its body's arrival included",
            Unit::Seconds,
            family,
        );

        let family = Family::<RuleLabels, Counter>::default();
        let mut rule_firings: Vec<_> = rules
            .iter()
            .map(|&rule| {
                let counters = Effect::ALL.map(|effect| {
                    family.get_or_create_owned(&RuleLabels { rule, action: effect.name() })
                });
                (rule, counters)
            })
            .collect();
        rule_firings.sort_unstable_by_key(|(rule, _)| *rule);
        registry.register("rule_firings", "Requests in which a rule fired", family);

        let catalog_objects = Family::<KindLabel, Gauge>::default();
        for kind in Kind::ALL {
            catalog_objects.get_or_create_owned(&KindLabel { kind: kind.name() }).set(0);
        }
        let help = "Objects that rules and policies can look up";
        registry.register("catalog_objects", help, catalog_objects.clone());

        let catalog_heard = Family::<KindLabel, Gauge>::default();
        registry.register(
            "catalog_heard_timestamp_seconds",
            "When the API server last reported something about a kind, in Unix time",
            catalog_heard.clone(),
        );

        let family = Family::<ResultLabel, Counter>::default();
        let look_ups = LookUp::ALL
            .map(|how| family.get_or_create_owned(&ResultLabel { result: labels::look_up(how) }));
        registry.register(
            "catalog_look_ups",
            "Live re-checks in the cluster, of missing names and of unused classes",
            family,
        );

        let metrics = Self {
            requests,
            mutating_duration,
            validating_duration,
            rule_firings,
            catalog_objects,
            catalog_heard,
            look_ups,
            certificate_not_after: gauge(
                registry,
                "certificate_not_after_seconds",
                "When the serving certificate expires, in Unix time",
            ),
            certificate: Reloads::new(registry, "certificate"),
            catalog: Reloads::new(registry, "catalog"),
            policies: Reloads::new(registry, "policies"),
            policy_checks: PolicyChecks::new(registry),
            limits: LimitMetrics::new(registry),
            panics: counter(registry, "panics", "Requests that failed because of a bug"),
            registry: Registry::default(),
        };
        Self { registry: std::mem::take(registry), ..metrics }
    }

    /// The text of the page `/metrics`, and its media type.
    pub(super) fn exposition(&self) -> (String, &'static str) {
        let mut page = String::new();
        // Writing into a `String` cannot fail.
        let _ = text::encode(&mut page, &self.registry);
        (page, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }

    /// Counts a request that has ended.
    pub(super) fn request(&self, phase: Phase, outcome: &Outcome, took: Duration) {
        let index = RequestLabels::index(phase, outcome.kind, outcome.operation, outcome.verdict);
        if let Some(counter) = self.requests.get(index) {
            counter.inc();
        }
        let duration = match phase {
            Phase::Mutating => &self.mutating_duration,
            Phase::Validating => &self.validating_duration,
        };
        duration.observe(took.as_secs_f64());
        for (rule, effect) in &outcome.fired {
            let found = self.rule_firings.binary_search_by(|(known, _)| (*known).cmp(&**rule));
            let counters = found.ok().and_then(|found| self.rule_firings.get(found));
            if let Some(counter) = counters.and_then(|(_, it)| it.get(*effect as usize)) {
                counter.inc();
            }
        }
        for (policy, check) in &outcome.checks {
            self.policy_checks.count(policy, *check);
        }
    }

    /// Notes that the policies of these names are in use from now on, and no others.
    pub fn policies_loaded(&self, names: &[Arc<str>]) {
        self.policy_checks.keep(names);
        self.policies.succeeded();
    }

    /// Notes that new policies could not be used; the last good ones stay in use.
    pub fn policies_failed(&self) {
        self.policies.failed.inc();
    }

    /// Notes that a serving certificate is in use from now on; it expires at `not_after`.
    pub fn certificate_loaded(&self, not_after: SystemTime) {
        self.certificate_not_after.set(unix(not_after));
        self.certificate.succeeded();
    }

    /// Notes that new certificate files could not be used; the last good ones stay in use.
    pub fn certificate_failed(&self) {
        self.certificate.failed.inc();
    }

    /// Notes that the catalog was read; `objects` are the numbers of objects by kind.
    pub fn catalog_loaded(&self, objects: impl IntoIterator<Item = (Resource, usize)>) {
        for (kind, objects) in objects {
            self.catalog_holds(kind, objects);
        }
        self.catalog.succeeded();
    }

    /// Notes that all objects of a kind were read from the cluster, and their number.
    pub fn catalog_listed(&self, kind: Resource, objects: usize) {
        self.catalog_heard(kind, objects);
        self.catalog.succeeded();
    }

    /// Notes that the cluster reported something about a kind, and how many objects it has now.
    pub fn catalog_heard(&self, kind: Resource, objects: usize) {
        self.catalog_holds(kind, objects);
        let label = KindLabel { kind: kind.name() };
        self.catalog_heard.get_or_create(&label).set(unix(SystemTime::now()));
    }

    fn catalog_holds(&self, kind: Resource, objects: usize) {
        let gauge = self.catalog_objects.get_or_create_owned(&KindLabel { kind: kind.name() });
        gauge.set(i64::try_from(objects).unwrap_or(i64::MAX));
    }

    /// Counts a live re-check, by its result.
    pub fn looked_up(&self, how: LookUp) {
        if let Some(counter) = self.look_ups.get(how as usize) {
            counter.inc();
        }
    }

    /// Notes that the catalog could not be read or followed; the last good one stays in use.
    pub fn catalog_failed(&self) {
        self.catalog.failed.inc();
    }
}

impl Reloads {
    fn new(registry: &mut Registry, what: &str) -> Self {
        let family = Family::<ResultLabel, Counter>::default();
        let [succeeded, failed] = ["success", "failure"]
            .map(|result| family.get_or_create_owned(&ResultLabel { result }));
        registry.register(
            format!("{what}_reloads"),
            format!("How often the {what} was read, the first time included"),
            family,
        );
        let last_success = gauge(
            registry,
            &format!("{what}_last_reload_success_timestamp_seconds"),
            &format!("When the {what} in use was read, in Unix time"),
        );
        Self { succeeded, failed, last_success }
    }

    fn succeeded(&self) {
        self.succeeded.inc();
        self.last_success.set(unix(SystemTime::now()));
    }
}

pub(super) fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

pub(super) fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

/// Unix time in whole seconds.
fn unix(time: SystemTime) -> i64 {
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()),
        Err(before) => i64::try_from(before.duration().as_secs()).map(|seconds| -seconds),
    };
    seconds.unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Operation;
    use crate::webhook::{Fired, Verdict};

    fn metrics() -> Metrics {
        Metrics::new(&["z-last", "a-first"], "1.2.3")
    }

    fn outcome(kind: Option<Kind>, fired: Fired) -> Outcome {
        Outcome {
            kind,
            operation: Some(Operation::Update),
            verdict: Verdict::Denied,
            fired,
            ..Outcome::default()
        }
    }

    fn line(metrics: &Metrics, start: &str) -> String {
        let (page, _) = metrics.exposition();
        page.lines().find(|line| line.starts_with(start)).map(str::to_owned).unwrap_or_default()
    }

    #[test]
    fn a_request_is_counted_under_its_own_labels() {
        let metrics = metrics();
        let outcome = outcome(Some(Kind::SnapshotClass), vec![("a-first".into(), Effect::Deny)]);
        metrics.request(Phase::Validating, &outcome, Duration::from_micros(80));
        let requests = "sandbox_admission_requests_total{phase=\"validating\",\
            kind=\"SnapshotClass\",operation=\"UPDATE\",verdict=\"denied\"} ";
        assert_eq!(line(&metrics, requests), format!("{requests}1"));
        let firings = "sandbox_admission_rule_firings_total{rule=\"a-first\",action=\"deny\"} ";
        assert_eq!(line(&metrics, firings), format!("{firings}1"));
        let bucket = "sandbox_admission_request_duration_seconds_bucket{le=\"0.0001\",\
            phase=\"validating\"} ";
        assert_eq!(line(&metrics, bucket), format!("{bucket}1"));
        let (page, _) = metrics.exposition();
        let counted = page
            .lines()
            .filter(|line| line.starts_with("sandbox_admission_requests_total"))
            .filter(|line| line.ends_with(" 1"))
            .count();
        assert_eq!(counted, 1);
    }

    #[test]
    fn an_unknown_rule_adds_no_label() {
        let metrics = metrics();
        let (before, _) = metrics.exposition();
        let outcome = outcome(None, vec![("made-up".into(), Effect::Deny)]);
        metrics.request(Phase::Mutating, &outcome, Duration::ZERO);
        let (after, _) = metrics.exposition();
        assert_eq!(before.lines().count(), after.lines().count());
        assert!(!after.contains("made-up"));
    }

    #[test]
    fn setters_show_on_the_page() {
        let metrics = metrics();
        metrics.certificate_loaded(UNIX_EPOCH + Duration::from_secs(4_000_000_000));
        metrics.certificate_failed();
        metrics.catalog_loaded([(Kind::SnapshotClaim.into(), 7)]);
        metrics.catalog_heard(Kind::SnapshotProvider.into(), 3);
        metrics.looked_up(LookUp::Shed);
        for (start, value) in [
            ("sandbox_admission_certificate_not_after_seconds ", "4000000000"),
            ("sandbox_admission_certificate_reloads_total{result=\"success\"} ", "1"),
            ("sandbox_admission_certificate_reloads_total{result=\"failure\"} ", "1"),
            ("sandbox_admission_catalog_objects{kind=\"SnapshotClaim\"} ", "7"),
            ("sandbox_admission_catalog_objects{kind=\"SnapshotProvider\"} ", "3"),
            ("sandbox_admission_catalog_reloads_total{result=\"failure\"} ", "0"),
            ("sandbox_admission_catalog_look_ups_total{result=\"shed\"} ", "1"),
            ("sandbox_admission_catalog_look_ups_total{result=\"found\"} ", "0"),
            ("sandbox_admission_build_info{version=\"1.2.3\"} ", "1"),
        ] {
            assert_eq!(line(&metrics, start), format!("{start}{value}"));
        }
    }

    #[test]
    fn alerts_are_about_metrics_that_exist() {
        let metrics = metrics();
        metrics.catalog_heard(Kind::Sandbox.into(), 1);
        let alerts = include_str!("../../docs/alerts.yaml");
        let documents = kubernetes_manifest::parse("docs/alerts.yaml", alerts).unwrap();
        assert_eq!(documents.len(), 1);
        let name_ends = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let mut used = 0;
        for (at, prefix) in alerts.match_indices("sandbox_admission_") {
            let (name, rest) = alerts[at..].split_at(alerts[at..].find(name_ends).unwrap());
            assert!(name.len() > prefix.len());
            let labels = rest.strip_prefix('{').map_or("", |it| it.split_once('}').unwrap().0);
            let (page, _) = metrics.exposition();
            let mut samples = page.lines().filter_map(|line| line.strip_prefix(name));
            let has = |sample: &str| sample.starts_with([' ', '{']) && sample.contains(labels);
            assert!(samples.any(has), "{name}{{{labels}}}");
            used += 1;
        }
        assert!(used >= 8, "{used}");
    }
}
