//! The Kubernetes admission protocol. Nothing here knows a kind.

pub mod field;
mod offline_review;
mod phase;
mod request;
mod response;

pub use offline_review::OfflineReview;
pub use phase::Phase;
pub use request::{
    GroupVersionKind, JsonObjects, Operation, Request, RequestObjects, ReviewError, UserInfo,
    Version, decode,
};
pub use response::{
    Denial, Details, Refusal, Response, StatusCause, WARNING_MAX_CHARS, shorten, truncate_warnings,
};
