//! The metrics of what clients may take: connections, bodies, requests.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::metrics::{counter, gauge};
use super::seats::Doing;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ActivityLabel {
    activity: &'static str,
}

/// One handle for each; clones count the same.
#[derive(Debug, Clone)]
pub(super) struct LimitMetrics {
    pub(super) in_flight: Gauge,
    pub(super) shed: Counter,
    pub(super) connections: Gauge,
    pub(super) http2_connections: Gauge,
    /// By [`Doing`], in its order.
    evicted: [Counter; Doing::NAMES.len()],
    pub(super) probes_evicted: Counter,
    pub(super) handshake_failures: Counter,
    pub(super) clients_refused: Counter,
    pub(super) reset_floods: Counter,
    pub(super) bodies_arriving: Gauge,
    pub(super) bodies_late: Counter,
    pub(super) bodies_crowded_out: Counter,
}

impl LimitMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let family = Family::<ReasonLabel, Counter>::default();
        let [bodies_late, bodies_crowded_out] =
            ["late", "crowded"].map(|reason| family.get_or_create_owned(&ReasonLabel { reason }));
        registry.register("bodies_given_up", "Bodies that were not read to their end", family);

        let family = Family::<ActivityLabel, Counter>::default();
        let evicted =
            Doing::NAMES.map(|activity| family.get_or_create_owned(&ActivityLabel { activity }));
        registry.register(
            "connections_evicted",
            "Connections that were closed for newer ones, by what they did",
            family,
        );

        Self {
            in_flight: gauge(registry, "requests_in_flight", "Requests being answered"),
            shed: counter(
                registry,
                "requests_shed",
                "Requests refused with 503 because there were too many at once",
            ),
            connections: gauge(registry, "connections", "Open connections, handshakes included"),
            http2_connections: gauge(
                registry,
                "http2_connections",
                "Open connections that speak HTTP/2",
            ),
            evicted,
            probes_evicted: counter(
                registry,
                "probe_connections_evicted",
                "Connections for health and metrics pages that were closed for newer ones",
            ),
            handshake_failures: counter(
                registry,
                "tls_handshake_failures",
                "Connections that ended or timed out during the TLS handshake",
            ),
            clients_refused: counter(
                registry,
                "clients_refused",
                "Handshakes in which a client's certificate was missing or not accepted",
            ),
            reset_floods: counter(
                registry,
                "http2_reset_floods",
                "HTTP/2 connections that were ended because of too many resets",
            ),
            bodies_arriving: gauge(
                registry,
                "bodies_arriving",
                "Bodies of requests that have begun to arrive and are not there yet",
            ),
            bodies_late,
            bodies_crowded_out,
        }
    }

    /// Counts a connection that was closed for a newer one.
    pub(super) fn evicted(&self, doing: Doing) {
        if let Some(counter) = self.evicted.get(doing.index()) {
            counter.inc();
        }
    }
}
