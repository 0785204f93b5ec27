//! Dates, times and durations.

use kubernetes_cel::{Duration, Timestamp};

/// A date: `2006-01-02`.
pub(super) fn is_date(text: &str) -> bool {
    let is_form = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    // There was a year 0 for Go, with the days of year 4.
    let text = text.replacen("0000", "0004", usize::from(text.starts_with("0000")));
    is_form && Timestamp::parse(&format!("{text}T00:00:00Z")).is_ok()
}

/// A moment, as lax as the API server takes it: the case of the letters does not count, nor what separates a
/// fraction.
pub(super) fn is_date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    is_date(date) && is_time(time)
}

/// `15:04:05`, with a fraction or without, and `z` or an offset.
fn is_time(text: &str) -> bool {
    let Some((clock, rest)) = text.split_at_checked(8) else { return false };
    let two = |start: usize, max: &str| {
        let digits = clock.get(start..start + 2).unwrap_or_default();
        digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() == 2 && digits <= max
    };
    let colons = clock.get(2..3) == Some(":") && clock.get(5..6) == Some(":");
    if !(colons && two(0, "23") && two(3, "59") && two(6, "59")) {
        return false;
    }
    let is_zone = |zone: &str| {
        let bytes = zone.as_bytes();
        zone == "z"
            || matches!(bytes, [b'+' | b'-', a, b, b':', c, d]
                if [a, b, c, d].into_iter().all(u8::is_ascii_digit))
    };
    if is_zone(rest) {
        return true;
    }
    // A fraction: one character, whichever, and digits.
    let mut characters = rest.chars();
    characters.next();
    let after = characters.as_str();
    let zone = after.trim_start_matches(|it: char| it.is_ascii_digit());
    zone.len() < after.len() && is_zone(zone)
}

/// The moment that a string of format `date` or `date-time` is in rules.
pub(crate) fn moment(text: &str, format: &str) -> Option<Timestamp> {
    if format == "date" {
        return Timestamp::parse(&format!("{text}T00:00:00Z")).ok();
    }
    if text.is_empty() {
        return Timestamp::parse("1970-01-01T00:00:00Z").ok();
    }
    // Local time is that of UTC.
    Timestamp::parse(text).or_else(|_| Timestamp::parse(&format!("{text}Z"))).ok()
}

/// The units of durations that are no Go durations, with their nanoseconds. The last spelling of each may go
/// on: `minutes`.
const UNITS: [(&[&str], i64); 8] = [
    (&["ns", "nano"], 1),
    (&["us", "µs", "micro"], 1_000),
    (&["ms", "milli"], 1_000_000),
    (&["s", "sec"], 1_000_000_000),
    (&["m", "min"], 60_000_000_000),
    (&["h", "hr", "hour"], 3_600_000_000_000),
    (&["d", "day"], 86_400_000_000_000),
    (&["w", "wk", "week"], 604_800_000_000_000),
];

/// A duration: one of Go (`1h30m`), or numbers with units anywhere in a text (`2 days`).
pub(crate) fn duration(text: &str) -> Option<Duration> {
    if let Ok(duration) = Duration::parse(text) {
        return Some(duration);
    }
    let (mut sum, mut is_any, mut rest) = (0_i64, false, text);
    while let Some(start) = rest.find(|it: char| it.is_ascii_digit()) {
        let from = rest.get(start..).unwrap_or_default();
        let after = from.trim_start_matches(|it: char| it.is_ascii_digit());
        let digits = from.strip_suffix(after).unwrap_or_default();
        let unit_on = after.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
        rest = unit_on.trim_start_matches(|it: char| it.is_ascii_alphabetic() || it == 'µ');
        let unit = unit_on.strip_suffix(rest).unwrap_or_default().to_lowercase();
        if unit.is_empty() {
            rest = after;
            continue;
        }
        let number: i64 = digits.parse().ok()?;
        for (spellings, nanoseconds) in UNITS {
            let is_it = spellings.contains(&&*unit)
                || spellings.last().is_some_and(|last| unit.starts_with(last));
            if is_it {
                is_any = true;
                sum = sum.wrapping_add(number.wrapping_mul(nanoseconds));
            }
        }
    }
    is_any.then_some(Duration(sum))
}
