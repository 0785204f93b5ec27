//! Who may do what with classes, providers and Sandboxes, as the API server's authorizers say.
//!
//! A tenant may write claims as fast as he likes. So answers are remembered for some seconds, yes and
//! no alike: a right that was granted or taken away counts after that time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::api::{GROUP, VERSION};
use crate::catalog::Right;
use crate::client::limits::{LOOK_UP, in_time};
use crate::client::{AccessReview, ApiClient, ApiError};

/// The time for which an answer is remembered.
const MEMORY: Duration = Duration::from_secs(10);
/// The size of all that is remembered.
const REMEMBERED_BYTES: usize = 1 << 20;
/// The size of an answer besides the texts of its question.
const ENTRY_BYTES: usize = 256;

/// Asks whether a user has a right.
pub(super) async fn ask(client: &ApiClient, right: &Right) -> Result<bool, ApiError> {
    let extra = right.extra.as_deref().map(serde_json::from_str::<&RawValue>).transpose()?;
    let review = AccessReview {
        user: &right.user,
        uid: &right.uid,
        groups: &right.groups,
        extra,
        verb: right.verb.name(),
        group: GROUP,
        version: VERSION,
        resource: right.target.kind.plural(),
        name: &right.target.name,
    };
    in_time(LOOK_UP, client.is_allowed(&review)).await
}

/// The latest answers. What does not fit is not remembered.
#[derive(Debug, Default)]
pub(super) struct RememberedRights {
    answers: HashMap<Arc<Right>, RememberedRight>,
    bytes: usize,
}

#[derive(Debug)]
struct RememberedRight {
    is_there: bool,
    until: Instant,
}

impl RememberedRights {
    /// The answer of a moment ago, if there is one.
    pub(super) fn get(&self, right: &Right) -> Option<bool> {
        let remembered = self.answers.get(right).filter(|it| it.until > Instant::now());
        remembered.map(|it| it.is_there)
    }

    /// Remembers an answer.
    pub(super) fn remember(&mut self, right: &Arc<Right>, is_there: bool) {
        let now = Instant::now();
        if self.bytes + size(right) > REMEMBERED_BYTES {
            self.answers.retain(|_, remembered| remembered.until > now);
            self.bytes = self.answers.keys().map(|right| size(right)).sum();
        }
        if self.bytes + size(right) > REMEMBERED_BYTES {
            return;
        }
        let answer = RememberedRight { is_there, until: now + MEMORY };
        if self.answers.insert(Arc::clone(right), answer).is_none() {
            self.bytes += size(right);
        }
    }
}

fn size(right: &Right) -> usize {
    ENTRY_BYTES + right.bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::UserInfo;
    use crate::catalog::ObjectName;

    fn right(user: &str) -> Arc<Right> {
        let user = UserInfo { username: user.into(), ..UserInfo::default() };
        Arc::new(Right::to_use(&user, ObjectName::class("fast")).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_remembered_for_ten_seconds() {
        let mut rights = RememberedRights::default();
        rights.remember(&right("dev"), true);
        rights.remember(&right("eve"), false);
        tokio::time::advance(Duration::from_millis(9_900)).await;
        assert_eq!(
            (rights.get(&right("dev")), rights.get(&right("eve"))),
            (Some(true), Some(false))
        );
        assert_eq!(rights.get(&right("mallory")), None);
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!((rights.get(&right("dev")), rights.get(&right("eve"))), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_has_a_bound_and_room_again_later() {
        let mut rights = RememberedRights::default();
        let long = "x".repeat(10_000);
        for number in 0..1_000 {
            rights.remember(&right(&format!("{number}-{long}")), true);
        }
        assert!(rights.bytes <= REMEMBERED_BYTES && rights.answers.len() > 90);
        assert_eq!(rights.get(&right(&format!("999-{long}"))), None);
        tokio::time::advance(MEMORY).await;
        let late = right(&format!("late-{long}"));
        rights.remember(&late, true);
        assert_eq!((rights.get(&late), rights.answers.len()), (Some(true), 1));
    }
}
