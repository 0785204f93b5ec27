//! The time in which a certificate counts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use x509_parser::prelude::X509Certificate;

/// The first and the last second in which a certificate counts, by the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: SystemTime,
    /// The last moment.
    pub until: SystemTime,
}

impl Validity {
    /// Returns whether it counts at `now`.
    pub fn contains(&self, now: SystemTime) -> bool {
        self.from <= now && now <= self.until
    }

    /// Returns whether it counts at `now` and for another third of its life at least: no renewal is due.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        let life = self.until.duration_since(self.from).unwrap_or_default();
        self.contains(now) && now + life / 3 < self.until
    }

    pub(super) fn of(certificate: &X509Certificate<'_>) -> Result<Self, String> {
        let validity = certificate.validity();
        Ok(Self {
            from: time(validity.not_before.timestamp())?,
            until: time(validity.not_after.timestamp())?,
        })
    }
}

fn time(seconds: i64) -> Result<SystemTime, String> {
    let offset = Duration::from_secs(seconds.unsigned_abs());
    let time =
        if seconds < 0 { UNIX_EPOCH.checked_sub(offset) } else { UNIX_EPOCH.checked_add(offset) };
    time.ok_or_else(|| "its validity is out of range".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_fresh_for_two_thirds_of_its_life() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let validity = Validity { from: at(1000), until: at(1300) };
        for (now, contains, is_fresh) in [
            (999, false, false),
            (1000, true, true),
            (1199, true, true),
            (1200, true, false),
            (1300, true, false),
            (1301, false, false),
        ] {
            assert_eq!(validity.contains(at(now)), contains, "{now}");
            assert_eq!(validity.is_fresh(at(now)), is_fresh, "{now}");
        }
    }
}
