//! The texts that were skipped before.

/// The texts of values that were skipped. A second version of an object mostly repeats them in the
/// same order, and comparing is many times cheaper than reading. It is enough to compare, because
/// no object, list or string continues after its own end: what begins with the whole text of one is
/// it.
pub(super) struct SkippedTexts<'a> {
    texts: [&'a [u8]; 16],
    count: usize,
    /// The text that is most likely to come again.
    next: usize,
}

/// The number of texts that a value is compared with. More than one, because values may have been
/// added or removed in between.
const WINDOW: usize = 4;

/// The length of the shortest text that is kept. Shorter ones are read as fast as compared.
const MIN_LENGTH: usize = 64;

impl<'a> SkippedTexts<'a> {
    pub fn new() -> Self {
        Self { texts: [&[]; 16], count: 0, next: 0 }
    }

    /// Skips a value that was skipped before, if `rest` begins with one.
    pub fn again(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        let ahead = self.texts.get(self.next..self.count)?.iter().take(WINDOW);
        // The first bytes tell most of them apart, without a call.
        let start = rest.first_chunk::<16>()?;
        let (found, behind) = ahead
            .enumerate()
            .filter(|(_, text)| text.first_chunk() == Some(start))
            .find_map(|(found, text)| Some((found, rest.strip_prefix(*text)?)))?;
        self.next += found + 1;
        Some(behind)
    }

    /// Keeps the text of an object, list or string while there is room.
    pub fn note(&mut self, text: &'a [u8]) {
        if text.len() >= MIN_LENGTH
            && let [b'{' | b'[' | b'"', ..] = text
            && let Some(free) = self.texts.get_mut(self.count)
        {
            *free = text;
            self.count += 1;
        }
    }
}
