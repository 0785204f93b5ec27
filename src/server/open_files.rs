//! The system's limit on open files, of which each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The files that are no connections of reviews: probes, the API server, threads, and some to
/// spare.
const OTHERS: u64 = 200;

/// Raises the limit as far as the system lets us, as Go programs do: it is often low only for the
/// sake of old programs.
pub(super) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // An error changes nothing; connections are then fewer.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum.or(current), maximum });
}

/// Returns how many connections there may be: so many, or fewer if the limit is low. Without this
/// the limit would be met while accepting, also for probes.
pub(super) fn connections(wanted: usize) -> usize {
    let Some(limit) = getrlimit(Resource::Nofile).current else {
        return wanted;
    };
    let possible = within(limit);
    if possible < wanted {
        tracing::warn!(limit, connections = possible, "the limit on open files is low");
    }
    wanted.min(possible)
}

/// Connections that were closed for newer ones may take a moment: so each counts twice.
fn within(limit: u64) -> usize {
    usize::try_from(limit.saturating_sub(OTHERS) / 2).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_everything_else() {
        assert_eq!(within(1024), 412);
        assert_eq!(within(100), 1);
        assert!(within(1 << 20) > 100_000);
    }
}
