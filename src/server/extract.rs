//! From a request to a review that can be answered: admitted, bounded, and read in time.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::limits::Ticket;
use super::peer::Peer;
use super::rejection::{Rejected, Rejection};
use super::state::Endpoint;
use super::{Handler, body, deadline};
use crate::webhook::{Caller, Outcome};

/// A review that has arrived.
pub(super) struct ReviewRequest {
    pub(super) body: Bytes,
    /// The time when its head had arrived.
    pub(super) started: Instant,
    /// The client, and when the answer is due.
    pub(super) caller: Caller,
    /// Its share of the limits, until it is answered.
    pub(super) ticket: Ticket,
}

impl<H: Handler> FromRequest<Arc<Endpoint<H>>> for ReviewRequest {
    type Rejection = Rejected;

    async fn from_request(
        mut request: Request,
        endpoint: &Arc<Endpoint<H>>,
    ) -> Result<Self, Rejected> {
        let started = Instant::now();
        let app = &endpoint.app;
        let Some(mut ticket) = app.limits.admit() else {
            app.metrics.shed.inc();
            return Err(Rejection::TooManyRequests.of(request));
        };
        // The connection has added it.
        let peer =
            request.extensions().get::<Peer>().map_or(Ipv4Addr::UNSPECIFIED.into(), |it| it.0);
        let until = started + deadline::allowance(request.uri().query());
        let read = timeout_at(until, body::read(request.body_mut(), &mut ticket)).await;
        let rejected = match read {
            Ok(Ok(body)) => {
                let caller = Caller { peer, until };
                return Ok(Self { body, started, caller, ticket });
            }
            Ok(Err(why)) => why.of(request),
            Err(_late) => Rejection::Late.into(),
        };
        if rejected.why == Rejection::TooManyBytes {
            app.metrics.shed.inc();
        }
        endpoint.record(&Outcome::default(), started);
        Err(rejected)
    }
}
