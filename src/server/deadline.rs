//! The time until which an answer is of use: the `?timeout=` that the API server adds to every
//! call.

use std::time::Duration;

/// The timeout of a caller that does not say: `timeoutSeconds` of a webhook configuration defaults
/// to it.
const DEFAULT: Duration = Duration::from_secs(10);
/// The longest timeout that counts: `timeoutSeconds` may not be larger, and no caller can make us
/// wait longer.
const MAX: Duration = Duration::from_secs(30);
/// The time that the answer may need on its way back: a tenth of the time, and at most this.
const MARGIN: Duration = Duration::from_millis(500);

/// Returns how long the request with this query string may take; [`DEFAULT`] when it does not say,
/// or says it in a way that Go would not.
pub(super) fn allowance(query: Option<&str>) -> Duration {
    let timeout = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("timeout="))
        .and_then(go_duration)
        .unwrap_or(DEFAULT)
        .min(MAX);
    timeout.saturating_sub((timeout / 10).min(MARGIN))
}

/// A duration as Go's `time.ParseDuration` reads it (`7s`, `1m30s`, `500ms`, `1.5h`), without sign:
/// a negative timeout means nothing here.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (value, tail) = rest.split_at(number);
        let unit = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "%C2%B5s" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(value.parse::<f64>().ok()? * seconds).ok()?;
        total = total.checked_add(part)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, millis) in [
            ("7s", 7_000),
            ("10s", 10_000),
            ("1m30s", 90_000),
            ("500ms", 500),
            ("1.5s", 1_500),
            ("1h", 3_600_000),
            ("250000us", 250),
            ("1m0.5s", 60_500),
        ] {
            assert_eq!(go_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_go_would_refuse_is_no_duration() {
        for text in ["", "7", "s", "-1s", "1 s", "1x", "1..2s", ".s", "1e400h", "1s2"] {
            assert_eq!(go_duration(text), None, "{text}");
        }
    }

    #[test]
    fn the_answer_is_due_a_little_before_the_caller_gives_up() {
        assert_eq!(allowance(Some("timeout=7s")), Duration::from_millis(6_500));
        assert_eq!(allowance(Some("a=b&timeout=1s")), Duration::from_millis(900));
    }

    #[test]
    fn no_caller_can_make_us_wait_longer_than_kubernetes_ever_would() {
        assert_eq!(allowance(Some("timeout=9000h")), Duration::from_millis(29_500));
    }

    #[test]
    fn without_a_timeout_the_default_of_kubernetes_counts() {
        for query in [None, Some(""), Some("timeout="), Some("timeout=soon"), Some("x=7s")] {
            assert_eq!(allowance(query), Duration::from_millis(9_500), "{query:?}");
        }
    }
}
