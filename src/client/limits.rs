//! The longest that answers may take, and the largest that they may be.

use std::time::Duration;

use tokio::time::timeout;

use super::ApiError;

/// The time for a connection to be made.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// The time for an answer about one object.
pub(super) const ANSWER: Duration = Duration::from_secs(10);
/// The time for a page to arrive, and for a watch to be opened.
pub(crate) const PAGE: Duration = Duration::from_secs(30);
/// The time for all that a look-up asks: a review waits for it, and the API server waits for the
/// review.
pub(crate) const LOOK_UP: Duration = Duration::from_secs(5);
/// The time for the next byte of a watch. The API server sends a bookmark every minute: a watch
/// that is silent for longer than two is dead, though its connection may not know.
pub(super) const SILENCE: Duration = Duration::from_secs(150);
/// The longest watch in seconds; the API server ends it in good order.
pub(super) const WATCH_SECONDS: u32 = 290;

/// The most objects in a page.
pub(super) const PAGE_OBJECTS: u32 = 250;
/// Objects in the first page: the largest have over a megabyte.
pub(super) const FIRST_PAGE_OBJECTS: u32 = 25;
/// The bytes that a page should have. The API server has a page in memory as a whole.
pub(super) const PAGE_BYTES: usize = 4 << 20;
/// The longest line of a watch and the largest single object. Objects have at most 3 MiB.
pub(super) const OBJECT_BYTES: usize = 8 << 20;
/// The part that is read of an answer that is an error.
pub(super) const ERROR_BYTES: usize = 64 << 10;

/// Gives up an answer that takes longer than it may.
pub(crate) async fn in_time<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    timeout(patience, answer).await.unwrap_or(Err(ApiError::Silent))
}
