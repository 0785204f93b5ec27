//! "Did you mean": the known name that is most like a mistyped one.

/// The candidate nearest to `name`, if it is near enough to be the name that was meant: at most a
/// quarter of its characters differ, and it is not `name` itself.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let folded = name.to_lowercase();
    let tolerance = tolerance(name);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        // A name that is longer by more than the tolerance cannot be near, and is not measured.
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= tolerance * 4)
        .map(|candidate| (strsim::osa_distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= tolerance)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of characters by which a name may differ from `name` and still be what was meant.
pub fn tolerance(name: &str) -> usize {
    (name.chars().count() / 4).max(1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

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
}
