//! The mistakes that one rule finds in one request: as many as an answer can show, and the number
//! of the others.

use crate::admission::field::FieldError;

/// The most mistakes that a rule lists, and that a denial lists. An object can have one every few
/// bytes: nobody reads that, and a list of them would be a hundred times the object's size.
pub const MAX_LISTED: usize = 64;

/// The mistakes that a rule found. What is found when the list is full is only counted, so that no
/// rule can forget the bound.
#[derive(Debug, Default)]
pub struct Errors {
    listed: Vec<FieldError>,
    unlisted: usize,
}

impl Errors {
    /// No mistake.
    pub const fn none() -> Self {
        Self { listed: Vec::new(), unlisted: 0 }
    }

    /// One mistake for each of these. It is not put into words where nobody will read it.
    pub fn for_each<T>(
        found: impl IntoIterator<Item = T>,
        error: impl Fn(T) -> FieldError,
    ) -> Self {
        let mut errors = Self::none();
        for it in found {
            errors.push_with(|| error(it));
        }
        errors
    }

    /// Adds a mistake.
    pub fn push(&mut self, error: FieldError) {
        self.push_with(|| error);
    }

    /// Adds a mistake that is not put into words where nobody will read it.
    pub fn push_with(&mut self, error: impl FnOnce() -> FieldError) {
        if self.listed.len() < MAX_LISTED {
            self.listed.push(error());
        } else {
            self.unlisted += 1;
        }
    }

    /// Adds what another part of the rule found.
    pub fn append(&mut self, Self { listed, unlisted }: Self) {
        self.extend(listed);
        self.unlisted += unlisted;
    }

    /// The mistakes that are listed, and the number of the others.
    pub fn into_parts(self) -> (Vec<FieldError>, usize) {
        (self.listed, self.unlisted)
    }
}

impl From<FieldError> for Errors {
    fn from(error: FieldError) -> Self {
        Self { listed: vec![error], unlisted: 0 }
    }
}

impl FromIterator<FieldError> for Errors {
    fn from_iter<I: IntoIterator<Item = FieldError>>(errors: I) -> Self {
        Self::for_each(errors, |error| error)
    }
}

impl Extend<FieldError> for Errors {
    fn extend<I: IntoIterator<Item = FieldError>>(&mut self, errors: I) {
        for error in errors {
            self.push(error);
        }
    }
}
