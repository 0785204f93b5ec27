//! "Did you mean": the known name that is most like a mistyped one.

use rapidfuzz::distance::osa;

/// The most names that are compared: a suggestion is not worth more time.
const MAX_COMPARED: usize = 10_000;
/// The most characters of a name that is suggested, or for which one is: what Kubernetes allows.
const MAX_LENGTH: usize = 253;

/// The candidate nearest to `name`, if it is near enough to be the name that was meant: at most a
/// quarter of its characters differ, and it is not `name` itself. Only the first 10,000 candidates of
/// at most 253 bytes are compared.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let measure = osa::BatchComparator::new(name.to_lowercase().chars());
    let near = osa::Args::default().score_cutoff(tolerance(name));
    candidates
        .into_iter()
        .take(MAX_COMPARED)
        .filter(|candidate| *candidate != name && candidate.len() <= MAX_LENGTH)
        .filter_map(|candidate| {
            let distance = measure.distance_with_args(candidate.to_lowercase().chars(), &near)?;
            Some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of characters by which a name may differ from `name` and still be what was meant.
fn tolerance(name: &str) -> usize {
    (name.chars().count() / 4).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_LENGTH, nearest, tolerance};

    #[test]
    fn suggests_what_was_probably_meant_and_nothing_else() {
        let known = ["nightly", "hourly", "team-a-s3"];
        for (typed, meant) in [
            ("nigthly", Some("nightly")),
            ("Nightly", Some("nightly")),
            ("team-a-s4", Some("team-a-s3")),
            ("weekly-archive", None),
            ("nightly", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
    }

    #[test]
    fn names_that_kubernetes_cannot_have_are_neither_compared_nor_suggested() {
        let (long, short) = ("a".repeat(MAX_LENGTH + 1), "a".repeat(MAX_LENGTH));
        assert_eq!(nearest(&short, [&*long]), None);
        assert_eq!(nearest(&long, [&*short]), None);
        assert_eq!(nearest(&short.replacen('a', "b", 1), [&*short]), Some(&*short));
    }

    proptest! {
        #[test]
        fn the_nearest_by_a_plain_measure_of_all_names_is_suggested(
            typed in "[a-cA-B.é-]{0,9}",
            known in proptest::collection::vec("[a-cA-B.é-]{0,9}", 0..30),
        ) {
            let distance = |it: &&str| strsim::osa_distance(&typed.to_lowercase(), &it.to_lowercase());
            let others = known.iter().map(String::as_str).filter(|it| *it != typed);
            let naive = others.min_by_key(|it| (distance(it), *it));
            let naive = naive.filter(|it| distance(it) <= tolerance(&typed));
            prop_assert_eq!(nearest(&typed, known.iter().map(String::as_str)), naive);
        }
    }
}
