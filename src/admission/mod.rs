//! The Kubernetes admission protocol. Nothing here knows a kind.

pub mod field;
mod phase;
mod question;
mod request;
mod response;

pub use phase::Phase;
pub use question::Question;
pub use request::{
    DecodeError, GroupVersionKind, JsonObjects, Operation, Request, RequestObjects, UserInfo,
    Version, decode,
};
pub use response::{
    Denial, Details, Refusal, Response, StatusCause, WARNING_MAX_CHARS, shorten, truncate_warnings,
};
