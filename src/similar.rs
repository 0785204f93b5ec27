//! "Did you mean": the known name that is most like a mistyped one.
//!
//! The distance of two names takes time by the product of their lengths, so that few are measured:
//! none of more than [`MAX_LENGTH`] bytes, and [`MAX_MEASURED`] in all. They are chosen by counting
//! letters, which is cheap: each letter that a name lacks has to be typed and each that it has too
//! many of dropped, so that no name is nearer than the number of either.

use std::collections::BinaryHeap;

use kubernetes_cel::tolerance;

/// The longest name that is suggested, or for which one is: as long as a label may be.
const MAX_LENGTH: usize = 63;
/// The most names that are measured.
const MAX_MEASURED: usize = 256;
/// The most names of which letters are counted: a suggestion is not worth more.
const MAX_COUNTED: usize = 10_000;

/// The one of the first candidates that is nearest to `name`, if it is near enough to be what was
/// meant.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    kubernetes_cel::nearest(name, most_alike(name, candidates))
}

/// The candidates that are to be measured: all that may be near, or of too many those whose letters
/// are most alike.
fn most_alike<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> impl IntoIterator<Item = &'c str> {
    let mut chosen = BinaryHeap::new();
    if name.len() <= MAX_LENGTH {
        let (letters, tolerance) = (Letters::of(&name.to_lowercase()), tolerance(name));
        for candidate in candidates.into_iter().take(MAX_COUNTED) {
            if candidate.len() > MAX_LENGTH || candidate == name {
                continue;
            }
            let distance = letters.least_distance(&candidate.to_lowercase());
            if distance <= tolerance {
                chosen.push((distance, candidate));
            }
            if chosen.len() > MAX_MEASURED {
                chosen.pop();
            }
        }
    }
    chosen.into_iter().map(|(_, candidate)| candidate)
}

/// The number of times that a name has each letter; capitals are others. Letters of other alphabets
/// share places, which makes names look more alike than they are, never less.
#[derive(Clone)]
struct Letters([i16; 64]);

impl Letters {
    fn of(name: &str) -> Self {
        let mut letters = Self([0; 64]);
        letters.add(name, 1);
        letters
    }

    fn add(&mut self, name: &str, times: i16) {
        for letter in name.chars() {
            // The remainder is below the number of places.
            if let Some(count) = self.0.get_mut(letter as usize % 64) {
                *count += times;
            }
        }
    }

    /// The least distance that another name can have: an edit drops one letter at most, and adds
    /// one at most.
    fn least_distance(&self, name: &str) -> usize {
        let mut letters = self.clone();
        letters.add(name, -1);
        let [mut missing, mut extra] = [0, 0];
        for count in letters.0 {
            missing += usize::try_from(count).unwrap_or_default();
            extra += usize::try_from(-count).unwrap_or_default();
        }
        missing.max(extra)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_of_many_names_are_measured_and_the_nearest_is_among_them() {
        let names: Vec<_> = (0..10_000).map(|number| format!("{number:060}")).collect();
        let known = || names.iter().map(String::as_str);
        let typed = format!("{}x", names[1234]);
        assert_eq!(most_alike(&typed, known()).into_iter().count(), MAX_MEASURED);
        assert_eq!(nearest(&typed, known()), Some(&*names[1234]));
    }

    #[test]
    fn long_names_are_neither_measured_nor_suggested() {
        let (long, short) = ("a".repeat(MAX_LENGTH + 1), "a".repeat(MAX_LENGTH));
        assert_eq!(nearest(&short, [&*long]), None);
        assert_eq!(nearest(&long, [&*short]), None);
        assert_eq!(nearest(&short.replacen('a', "b", 1), [&*short]), Some(&*short));
    }

    proptest! {
        #[test]
        fn of_not_too_many_names_the_nearest_is_suggested_as_if_all_were_measured(
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
