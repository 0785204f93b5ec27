//! From a review to its answer in steps: judge, look up what is not certain, judge again.

use std::panic::resume_unwind;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use crate::admission::Phase;
use crate::catalog::Unavailable;
use crate::webhook::{Outcome, Reply};

/// Bodies from this size on are answered on a thread of their own: deciding them takes
/// milliseconds, which other connections of this worker would wait.
const LARGE_BODY: usize = 512 << 10;

/// How often something is looked up for a review at most: a Sandbox's claim, then that claim's class.
const LOOKS: usize = 2;

/// One who judges and looks up.
pub trait Steps: Send + Sync + 'static {
    /// Something that has to be looked up before a review can be answered.
    type Missing: Send;
    /// What was looked up for one review; nothing at first.
    type Confirmed: Default + Send + 'static;

    /// The answer to a review, or what to look up before it is asked for again. Pure and quick: it
    /// runs on the thread that serves many other connections.
    fn answer(&self, phase: Phase, body: &[u8], confirmed: &Self::Confirmed)
    -> Step<Self::Missing>;
    /// Looks things up; dropped when the review's deadline is over.
    fn look_up(
        &self,
        missing: Vec<Self::Missing>,
        confirmed: &mut Self::Confirmed,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
    /// Notes that looking up was in vain: the next answer is the last, by what is certain.
    fn give_up(why: Unavailable, confirmed: &mut Self::Confirmed);
}

/// A step towards the answer to a review.
#[derive(Debug)]
pub enum Step<M> {
    /// The answer, and what to note about it.
    Done(Reply, Outcome),
    /// What to look up, and what to note should that be in vain.
    LookUp(Vec<M>, Outcome),
}

/// Answers a review, by `until` at the latest where something has to be looked up.
pub async fn decide<S: Steps>(
    steps: Arc<S>,
    phase: Phase,
    body: Bytes,
    until: Instant,
) -> (Reply, Outcome) {
    let mut confirmed = S::Confirmed::default();
    let mut in_vain: Option<Unavailable> = None;
    let mut looks = 0;
    loop {
        let (step, back) = step(&steps, phase, body.clone(), confirmed).await;
        confirmed = back;
        let (missing, undecided) = match step {
            Step::Done(reply, outcome) => return (reply, outcome),
            Step::LookUp(missing, undecided) => (missing, undecided),
        };
        if let Some(Unavailable(why)) = in_vain {
            return (Reply::Undecided(why), undecided);
        }
        let looked_up = if looks == LOOKS {
            Err(Unavailable("what the object refers to keeps changing".to_owned()))
        } else {
            let look_up = steps.look_up(missing, &mut confirmed);
            timeout_at(until, look_up).await.unwrap_or_else(|_late| {
                let why = "what the object refers to was not found in time";
                Err(Unavailable(why.to_owned()))
            })
        };
        looks += 1;
        if let Err(why) = looked_up {
            S::give_up(why.clone(), &mut confirmed);
            in_vain = Some(why);
        }
    }
}

/// One answer; panics if it panicked.
async fn step<S: Steps>(
    steps: &Arc<S>,
    phase: Phase,
    body: Bytes,
    confirmed: S::Confirmed,
) -> (Step<S::Missing>, S::Confirmed) {
    if body.len() < LARGE_BODY {
        return (steps.answer(phase, &body, &confirmed), confirmed);
    }
    let steps = Arc::clone(steps);
    let step = move || (steps.answer(phase, &body, &confirmed), confirmed);
    match tokio::task::spawn_blocking(step).await {
        Ok(done) => done,
        Err(error) => resume_unwind(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::webhook::Verdict;

    /// Looking up is of no use any more.
    const IN_VAIN: usize = usize::MAX;

    struct Stub;

    impl Steps for Stub {
        type Missing = &'static str;
        /// How often something was looked up, or [`IN_VAIN`].
        type Confirmed = usize;

        fn answer(&self, _: Phase, body: &[u8], confirmed: &usize) -> Step<&'static str> {
            let reply = match body {
                [b'?', ..] if *confirmed == 0 => return look_up("at once"),
                [b'?', ..] => format!("looked up: {confirmed}"),
                b"wrong anyway" | b"wrong, but late" if *confirmed == IN_VAIN => {
                    "denied by what is certain".to_owned()
                }
                b"look up too long" | b"wrong, but late" => return look_up("never"),
                b"look up in vain" | b"wrong anyway" => return look_up("in vain"),
                _ => return look_up("at once"),
            };
            Step::Done(Reply::Review(reply.into_bytes()), outcome(Verdict::Allowed))
        }

        async fn look_up(
            &self,
            missing: Vec<&'static str>,
            confirmed: &mut usize,
        ) -> Result<(), Unavailable> {
            *confirmed += 1;
            match missing[..] {
                ["never"] => std::future::pending().await,
                ["in vain"] => Err(Unavailable("the API server is out of reach".to_owned())),
                _ => Ok(()),
            }
        }

        fn give_up(_: Unavailable, confirmed: &mut usize) {
            *confirmed = IN_VAIN;
        }
    }

    fn look_up(missing: &'static str) -> Step<&'static str> {
        Step::LookUp(vec![missing], outcome(Verdict::Failed))
    }

    fn outcome(verdict: Verdict) -> Outcome {
        Outcome { verdict, ..Outcome::default() }
    }

    async fn decided(body: impl Into<Bytes>) -> (Reply, Verdict) {
        let until = Instant::now() + Duration::from_millis(300);
        let stub = Arc::new(Stub);
        let (reply, outcome) = decide(stub, Phase::Validating, body.into(), until).await;
        (reply, outcome.verdict)
    }

    fn review(text: &str) -> Reply {
        Reply::Review(text.into())
    }

    #[tokio::test]
    async fn a_review_is_answered_by_what_was_looked_up() {
        assert_eq!(decided("?").await, (review("looked up: 1"), Verdict::Allowed));
    }

    #[tokio::test]
    async fn a_look_up_in_vain_leaves_the_decision_to_the_failure_policy() {
        let why = "the API server is out of reach".to_owned();
        assert_eq!(decided("look up in vain").await, (Reply::Undecided(why), Verdict::Failed));
    }

    #[tokio::test]
    async fn a_look_up_ends_with_the_deadline() {
        let start = Instant::now();
        let (reply, verdict) = decided("look up too long").await;
        assert!(start.elapsed().as_millis() < 2_000, "{:?}", start.elapsed());
        assert!(matches!(reply, Reply::Undecided(_)));
        assert_eq!(verdict, Verdict::Failed);
    }

    #[tokio::test]
    async fn what_is_certain_is_said_though_a_look_up_was_in_vain() {
        for body in ["wrong anyway", "wrong, but late"] {
            let denied = (review("denied by what is certain"), Verdict::Allowed);
            assert_eq!(decided(body).await, denied);
        }
    }

    #[tokio::test]
    async fn looking_up_comes_to_an_end() {
        let (reply, verdict) = decided("look up for ever").await;
        assert!(matches!(reply, Reply::Undecided(_)));
        assert_eq!(verdict, Verdict::Failed);
    }

    #[tokio::test]
    async fn for_large_bodies_things_are_looked_up_as_well() {
        let large = vec![b'?'; 600_000];
        assert_eq!(decided(large).await, (review("looked up: 1"), Verdict::Allowed));
    }
}
