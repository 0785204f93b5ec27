//! The client for the API server: what this program asks of Kubernetes goes through here.
//!
//! kube connects (kubeconfig, service account, TLS, proxies, tokens that are renewed) and writes the
//! requests. The answers are read here and not by `kube::Api`, which decodes a listing into owned
//! objects as a whole, waits for ever, and takes bodies and lines of any size. Here objects stay
//! the JSON that they came as, and every wait has an end ([`limits`]).
//!
//! | file | content |
//! | --- | --- |
//! | `connect` | which cluster it is |
//! | `api_client` | one request, one answer |
//! | `access_review` | whether a user may do something |
//! | `listing` | all objects of a kind, one after the other |
//! | `list_reader` | a list that arrives, object by object |
//! | `watch` | what happens to them, line by line; also all of them, where the API server streams lists |
//! | `error` | why there is no answer |
//! | `backoff` | when to ask again |
//! | `limits` | how long an answer may take and how large it may be |

mod access_review;
mod api_client;
mod backoff;
mod connect;
mod error;
pub(crate) mod limits;
mod list_reader;
mod listing;
#[cfg(test)]
mod tests;
mod watch;

pub use access_review::AccessReview;
pub use api_client::{ApiClient, Collection};
pub(crate) use backoff::{Backoff, jitter};
pub use connect::{ConnectError, connection};
pub use error::ApiError;
pub use listing::Listing;
pub use watch::{Watch, WatchEvent};
