//! "Did you mean" among names that may be many.

/// How many candidates are looked at: a suggestion is not worth more.
const MAX_CANDIDATES: usize = 10_000;

/// The one of the first candidates that is nearest to `name`, if it is near enough to be what was
/// meant.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    kubernetes_cel::nearest(name, candidates.into_iter().take(MAX_CANDIDATES))
}

#[cfg(test)]
mod tests {
    use super::{MAX_CANDIDATES, nearest};

    #[test]
    fn looks_at_so_many_candidates_and_no_more() {
        let others = |count| std::iter::repeat_n("weekly-archive", count);
        for (before, meant) in [(MAX_CANDIDATES - 1, Some("nightly")), (MAX_CANDIDATES, None)] {
            assert_eq!(nearest("nigthly", others(before).chain(["nightly"])), meant);
        }
    }
}
