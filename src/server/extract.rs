//! From a request to a review that can be answered: admitted, bounded, and read in time.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use tokio::time::Instant;

use super::body::Reader;
use super::limits::Ticket;
use super::peer::Peer;
use super::rejection::{Rejected, Rejection};
use super::state::Endpoint;
use super::{Handler, deadline};
use crate::webhook::{Caller, Outcome};

/// A review that has arrived.
pub(super) struct ReviewRequest {
    pub(super) body: Bytes,
    /// The time when its head had arrived.
    pub(super) started: Instant,
    /// The client, and when the answer is due.
    pub(super) caller: Caller,
    /// Its place among the requests in flight, until it is answered.
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
        // The connection has added it.
        let peer = request.extensions().get().copied().unwrap_or(Peer::UNKNOWN);
        let allowance = deadline::allowance(request.uri().query());
        let body =
            Reader::new(request.body_mut(), &app.room, peer, started, allowance).read().await;
        let why = match body {
            Ok(body) => {
                // Not before: a client whose body never comes would keep others out.
                if let Some(ticket) = app.room.limits.admit() {
                    let caller = Caller { peer: peer.0, until: started + allowance };
                    return Ok(Self { body, started, caller, ticket });
                }
                app.metrics.limits.shed.inc();
                return Err(Rejection::TooManyRequests.into());
            }
            Err(why) => why,
        };
        if why == Rejection::TooManyBytes {
            app.metrics.limits.shed.inc();
        }
        endpoint.record(&Outcome::default(), started);
        Err(if why.wants_no_more() { why.into() } else { why.of(request) })
    }
}
