//! Moments: read, written and counted as Go does it.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;

use super::calendar::{Civil, DAY, days_in, days_to};
use super::duration::Duration;
use crate::error::Failure;

/// A moment from year 1 to year 9999, with the offset of the zone in which it was written, because its
/// text has it.
#[derive(Debug, Clone, Copy)]
pub struct Timestamp {
    /// Seconds since 1970 in UTC.
    pub seconds: i64,
    /// Nanoseconds of the second.
    pub nanoseconds: u32,
    /// Seconds east of UTC.
    pub offset: i32,
}

/// The first second of year 1.
const FIRST: i64 = -62_135_596_800;
/// The last second of year 9999.
const LAST: i64 = 253_402_300_799;

const SECOND: i64 = 1_000_000_000;

const OUT_OF_RANGE: &str = "it is not in the years 1 to 9999 in UTC";

impl Timestamp {
    /// The moment so many seconds after 1970 began.
    ///
    /// # Errors
    ///
    /// It is not in the years 1 to 9999.
    pub(crate) fn from_seconds(seconds: i64) -> Result<Self, Failure> {
        Self::new(seconds, 0, 0).ok_or(Failure::TIME_OUT_OF_RANGE)
    }

    fn new(seconds: i64, nanoseconds: u32, offset: i32) -> Option<Self> {
        (FIRST..=LAST).contains(&seconds).then_some(Self { seconds, nanoseconds, offset })
    }

    /// Reads a moment like `2023-08-26T12:39:00-07:00`. Go is laxer than RFC 3339: the hour may
    /// have one digit, the fraction may come after a comma, and offsets go to `24:60`.
    ///
    /// # Errors
    ///
    /// The text is no moment, or none of the years 1 to 9999.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut reader = Reader(text.as_bytes());
        let year = reader.number(4)?;
        reader.expect(b'-')?;
        let month = reader.number(2)?;
        reader.expect(b'-')?;
        let day = reader.number(2)?;
        reader.expect(b'T')?;
        let hour = reader.number(2).or_else(|_| reader.number(1))?;
        reader.expect(b':')?;
        let minute = reader.number(2)?;
        reader.expect(b':')?;
        let second = reader.number(2)?;
        let nanoseconds = reader.fraction();
        let offset = reader.offset()?;
        if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
            return Err("there is no such date");
        }
        if hour > 23 || minute > 59 || second > 59 {
            return Err("there is no such time of day");
        }
        let time = hour * 3_600 + minute * 60 + second;
        let seconds = days_to(year, month, day) * DAY + time - i64::from(offset);
        Self::new(seconds, nanoseconds, offset).ok_or(OUT_OF_RANGE)
    }

    /// The moment so much later; it keeps its offset.
    ///
    /// # Errors
    ///
    /// It is not in the years 1 to 9999.
    pub(crate) fn add(self, duration: Duration) -> Result<Self, Failure> {
        let nanoseconds = i64::from(self.nanoseconds) + duration.0 % SECOND;
        let seconds = self.seconds + duration.0 / SECOND + nanoseconds.div_euclid(SECOND);
        let nanoseconds = u32::try_from(nanoseconds.rem_euclid(SECOND)).unwrap_or_default();
        Self::new(seconds, nanoseconds, self.offset).ok_or(Failure::TIME_OUT_OF_RANGE)
    }

    /// The moment so much earlier; it keeps its offset.
    ///
    /// # Errors
    ///
    /// It is not in the years 1 to 9999, or the duration has no negative one.
    pub(crate) fn subtract(self, duration: Duration) -> Result<Self, Failure> {
        self.add(duration.negate()?)
    }

    /// The time from another moment to this.
    ///
    /// # Errors
    ///
    /// It is no 64-bit number of nanoseconds. As in Kubernetes, the whole seconds have to fit alone.
    pub(crate) fn since(self, other: Self) -> Result<Duration, Failure> {
        let seconds = self.seconds.checked_sub(other.seconds).ok_or(Failure::OVERFLOW)?;
        let nanoseconds = i64::from(self.nanoseconds) - i64::from(other.nanoseconds);
        Duration(seconds.checked_mul(SECOND).ok_or(Failure::OVERFLOW)?).add(Duration(nanoseconds))
    }

    /// The date and the time of day so many seconds east of UTC.
    pub(crate) fn civil(self, offset: i64) -> Civil {
        Civil::of(self.seconds.saturating_add(offset))
    }

    fn moment(self) -> (i64, u32) {
        (self.seconds, self.nanoseconds)
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        self.moment() == other.moment()
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        self.moment().cmp(&other.moment())
    }
}

/// In the offset in which it was written: `2023-08-26T12:39:00.5-07:00`. There it may be in the years 0
/// and 10000.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil(self.offset.into());
        write!(f, "{:04}-{:02}-{:02}", at.year, at.month, at.day)?;
        write!(f, "T{:02}:{:02}:{:02}", at.hour, at.minute, at.second)?;
        if self.nanoseconds > 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if self.offset == 0 {
            return f.write_str("Z");
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs() / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// The rest of the text of a moment.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn take(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn expect(&mut self, wanted: u8) -> Result<(), &'static str> {
        if self.take() == Some(wanted) { Ok(()) } else { Err(FORM) }
    }

    /// A number of so many digits; nothing is taken where there are fewer.
    fn number(&mut self, digits: usize) -> Result<i64, &'static str> {
        let (number, rest) = self.0.split_at_checked(digits).ok_or(FORM)?;
        if !number.iter().all(u8::is_ascii_digit) {
            return Err(FORM);
        }
        self.0 = rest;
        Ok(number.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
    }

    /// The nanoseconds of a fraction, if there is one; digits after the ninth do not count.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', rest @ ..] = self.0 else { return 0 };
        let end = rest.iter().position(|at| !at.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, rest) = rest.split_at(end);
        if digits.is_empty() {
            return 0;
        }
        self.0 = rest;
        let digits = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
        digits.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    }

    /// The offset in seconds, which ends the text.
    fn offset(&mut self) -> Result<i32, &'static str> {
        let sign = match self.take() {
            Some(b'Z') => 0,
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(FORM),
        };
        let mut offset = 0;
        if sign != 0 {
            let hours = self.number(2)?;
            self.expect(b':')?;
            let minutes = self.number(2)?;
            if hours > 24 || minutes > 60 {
                return Err("there is no such offset");
            }
            offset = i32::try_from(hours * 3_600 + minutes * 60).unwrap_or_default();
        }
        if self.0.is_empty() { Ok(sign * offset) } else { Err(FORM) }
    }
}

const FORM: &str = "it must look like 2006-01-02T15:04:05Z or 2006-01-02T15:04:05.5-07:00";
