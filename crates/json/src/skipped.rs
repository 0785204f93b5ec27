//! What was skipped before.

/// Texts of values that were skipped. An update's old object mostly repeats them in the same order,
/// and to compare is many times cheaper than to read: a value that begins with the whole text of
/// another value is that value.
pub(super) struct SkippedTexts<'a> {
    texts: [&'a [u8]; 16],
    count: usize,
    /// The text that is most likely to come again.
    next: usize,
}

/// How many texts a value is compared with. Something may have been added or removed in between.
const WINDOW: usize = 4;

/// Shorter texts are as quickly read as compared.
const MIN_LENGTH: usize = 64;

impl<'a> SkippedTexts<'a> {
    pub fn new() -> Self {
        Self { texts: [&[]; 16], count: 0, next: 0 }
    }

    /// Goes behind a value that was skipped before, if `rest` begins with one.
    pub fn again(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        let ahead = self.texts.get(self.next..self.count)?.iter().take(WINDOW);
        // Most are told apart by how they begin, without a call.
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
