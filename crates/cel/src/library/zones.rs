//! Time zones by their IANA names, or as an offset like `-08:00`.
//!
//! Kubernetes' API server has the zone database of Go inside. Here it is that of jiff, so that answers do
//! not hang on the files of the machine. The two differ for moments before 1970 in towns whose clocks agreed
//! with those of another town since then, and where they are of different years and a country has changed
//! its mind between them.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use jiff::tz::TimeZoneDatabase;

use crate::value::Timestamp;

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The seconds east of UTC in a zone at a moment.
///
/// # Errors
///
/// There is no such zone, or the text is no offset.
pub(super) fn offset(zone: &str, at: Timestamp) -> Result<i64, &'static str> {
    match zone.split_once(':') {
        Some((hours, minutes)) => fixed(zone, hours, minutes).ok_or("an offset looks like -08:00"),
        // An API server's own zone is UTC.
        None if matches!(zone, "" | "UTC" | "Local") => Ok(0),
        None => named(zone, at).ok_or("there is no such zone; a name looks like Europe/Berlin"),
    }
}

/// The offset of hours and minutes, which are not bounded. As in cel-go, numbers that overflow wrap
/// around, and minutes after a `-` are subtracted: `-1:-30` is half an hour west.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "as in Go; the number is far from the limits"
)]
fn fixed(zone: &str, hours: &str, minutes: &str) -> Option<i64> {
    const SECOND: i64 = 1_000_000_000;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let hours = hours.wrapping_mul(60);
    let minutes = if zone.starts_with('-') {
        hours.wrapping_sub(minutes)
    } else {
        hours.wrapping_add(minutes)
    };
    let nanoseconds = minutes.wrapping_mul(60 * SECOND);
    let fraction = (nanoseconds % SECOND) as f64 / 1e9;
    Some(((nanoseconds / SECOND) as f64 + fraction) as i64)
}

/// The offset of a zone. Its name counts with upper and lower case.
fn named(zone: &str, at: Timestamp) -> Option<i64> {
    let zone = DATABASE.get(zone).ok().filter(|found| found.iana_name() == Some(zone))?;
    // jiff ends a day before CEL does, but no zone changes on the last days of year 9999.
    let last = jiff::Timestamp::MAX.as_second();
    let at = jiff::Timestamp::from_second(at.seconds.min(last)).ok()?;
    Some(zone.to_offset(at).seconds().into())
}
