//! The live re-check: before a user reads "does not exist" or "in use", or an object goes because
//! "nobody uses it", the API server is asked once. It alone is asked who may use a class.
//!
//! A catalog that follows a cluster is a moment behind it. Rules stay pure: they run over a
//! [`ConfirmingCatalog`], which notes what it did not know. If the answer depends on that, the API
//! server is asked, and the review is judged again with what was [`Confirmed`].

mod catalog;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use futures_util::future::join_all;
use tokio::time::timeout_at;

pub use self::catalog::{Confirmed, ConfirmingCatalog};

use super::{Answer, Caller, Outcome, Reply, Verdict};
use crate::catalog::cluster::{Cluster, Found};
use crate::catalog::{Catalog, Unavailable, Unconfirmed};

/// The most times that a review is judged again. The longest way is that of a claim that selects no
/// class while no default is known: the right to every class is asked for, then the default, then the
/// right to that one.
const ROUNDS: usize = 3;

/// A catalog that is a moment behind its source, and can ask there.
pub trait LiveCatalog: Catalog {
    /// Asks the source for what the catalog does not know, on behalf of a client.
    fn confirm(
        &self,
        unconfirmed: &Unconfirmed,
        peer: IpAddr,
    ) -> impl Future<Output = Result<Found, Unavailable>> + Send;
}

impl LiveCatalog for Cluster {
    async fn confirm(&self, unconfirmed: &Unconfirmed, peer: IpAddr) -> Result<Found, Unavailable> {
        self.look_up(unconfirmed, peer).await
    }
}

/// Answers a review by a catalog that is a moment behind. Questions to the source may take until the
/// answer is due. `judge` receives what was confirmed so far. It returns the answer, what the catalog did
/// not know, and what it received.
///
/// Each answer of the source counts by itself: one that fails does not void the rest. A denial for
/// a reason that is certain stands.
pub async fn review<J>(
    catalog: &impl LiveCatalog,
    caller: Caller,
    judge: impl Fn(Confirmed) -> J,
) -> (Reply, Outcome)
where
    J: Future<Output = (Answer, Vec<Unconfirmed>, Confirmed)>,
{
    let mut confirmed = Confirmed::default();
    let mut rounds = 0;
    loop {
        let (answer, mut unconfirmed, so_far) = judge(confirmed).await;
        confirmed = so_far;
        let lacks_suggestions = !confirmed.suggests() && warns_of_missing(&unconfirmed, &answer);
        unconfirmed.retain(|it| is_worth_a_call(it, &answer, rounds > 0));
        if unconfirmed.is_empty() && lacks_suggestions {
            confirmed.suggest();
            continue;
        }
        if unconfirmed.is_empty() {
            return (answer.reply, answer.outcome);
        }
        if rounds == ROUNDS {
            // From here on nothing is noted as unconfirmed, so the next answer is the last.
            confirmed.give_up(Unavailable("what the object refers to keeps changing".to_owned()));
        } else {
            let answers = unconfirmed.iter().map(async |it| ask(catalog, it, caller).await);
            let answers = join_all(answers).await;
            for (unconfirmed, answer) in unconfirmed.into_iter().zip(answers) {
                confirmed.note(unconfirmed, answer);
            }
        }
        rounds += 1;
    }
}

async fn ask(
    catalog: &impl LiveCatalog,
    unconfirmed: &Unconfirmed,
    caller: Caller,
) -> Result<Found, Unavailable> {
    timeout_at(caller.until, catalog.confirm(unconfirmed, caller.peer)).await.unwrap_or_else(
        |_late| {
            Err(Unavailable("what the object refers to could not be looked up in time".to_owned()))
        },
    )
}

/// Returns whether an answer may be a warning that something is missing. That is not worth a call, but a
/// suggestion, which no answer has of a name that has only just been noted.
fn warns_of_missing(unconfirmed: &[Unconfirmed], answer: &Answer) -> bool {
    let is_missing = |it: &Unconfirmed| matches!(it, Unconfirmed::Missing(_));
    answer.outcome.verdict == Verdict::Warned && unconfirmed.iter().any(is_missing)
}

/// Returns whether the source's answer could change this one.
fn is_worth_a_call(unconfirmed: &Unconfirmed, answer: &Answer, was_asked_before: bool) -> bool {
    match unconfirmed {
        Unconfirmed::Missing(_) | Unconfirmed::NoDefault { .. } => {
            // Where one question had no answer, another may still lead to a certain denial.
            let is_undecided = matches!(answer.reply, Reply::Undecided(_)) && was_asked_before;
            answer.rests_on.absence || is_undecided
        }
        Unconfirmed::Unused(_) => answer.rests_on.disuse,
        Unconfirmed::Used(_) => answer.rests_on.usage,
        // Nobody knows a right: a rule that asks for it always needs the answer.
        Unconfirmed::Allowed(_) => true,
    }
}
