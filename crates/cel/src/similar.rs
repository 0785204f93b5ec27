//! "Did you mean": the known name that is most like a mistyped one.

use rapidfuzz::distance::osa;

/// The most characters of a name that is suggested, or for which one is: what Kubernetes allows.
const MAX_LENGTH: usize = 253;
/// The most work: a suggestion is not worth more time. It is enough for ten thousand names of twenty
/// characters, or for two hundred of the longest.
const MAX_WORK: usize = 200_000;

/// The candidate nearest to `name`, if it is near enough to be the name that was meant: at most a
/// quarter of its characters differ, and it is not `name` itself. Candidates of more than 253 bytes
/// are left out, and so are those that come after too many others, see [`MAX_WORK`].
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let lower_case = name.to_lowercase();
    let measure = osa::BatchComparator::new(lower_case.chars());
    let near = osa::Args::default().score_cutoff(tolerance(name));
    // A character of a candidate is compared with 64 of the name at a time.
    let step = lower_case.len() / 64 + 1;
    let mut left = MAX_WORK;
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && candidate.len() <= MAX_LENGTH)
        .map_while(|candidate| {
            left = left.checked_sub(candidate.len() * step)?;
            Some(candidate)
        })
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

    #[test]
    fn many_names_are_compared_where_they_are_short_and_few_where_they_are_long() {
        let among = |count: usize, length: usize| {
            let names: Vec<_> = (0..count).map(|it| format!("{it:0length$}")).collect();
            let meant = names.last().unwrap();
            let typed = meant[..length - 1].to_owned() + "x";
            let mut names: Vec<_> = names.iter().map(String::as_str).collect();
            names.retain(|it| it == meant || !it.starts_with(&meant[..length - 1]));
            nearest(&typed, names).is_some_and(|it| it == meant)
        };
        assert!(among(10_000, 20));
        assert!(among(200, 245));
        assert!(!among(300, 245));
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
