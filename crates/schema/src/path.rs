//! Paths of fields: those that findings have, and the places of a walk through an object.

use std::fmt;

/// The way from an object to one of its fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Segment>);

/// A step on the way to a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A field of an object, printed as `.name`.
    Field(Box<str>),
    /// A key of a map, printed as `[key]`. The API server prints some of them as fields, and so do the
    /// findings that word its errors.
    Key(Box<str>),
    /// An item of a list, printed as `[0]`.
    Index(usize),
}

impl FieldPath {
    /// The steps from the object.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Returns whether it is the object itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a step.
    pub(crate) fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }
}

impl FromIterator<Segment> for FieldPath {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl fmt::Display for FieldPath {
    /// Writes the path as the API server does: `spec.containers[0].env[PATH]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if index == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Key(key) => write!(f, "[{key}]")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A place on the way through an object. It costs nothing until a finding needs its path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Key(&'p str),
    Index(usize),
}

impl<'p> Place<'p> {
    /// The object itself.
    pub const ROOT: Self = Self { parent: None, step: Step::Root };

    /// A field of this place.
    pub const fn field(&'p self, name: &'p str) -> Self {
        Self { parent: Some(self), step: Step::Field(name) }
    }

    /// A key of the map at this place.
    pub const fn key(&'p self, key: &'p str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }

    /// An item of the list at this place.
    pub const fn index(&'p self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// Returns whether it is the object itself.
    pub const fn is_root(&self) -> bool {
        matches!(self.step, Step::Root)
    }

    /// Its path.
    pub fn path(&self) -> FieldPath {
        let mut segments = Vec::new();
        let mut place = Some(self);
        while let Some(here) = place {
            segments.extend(match here.step {
                Step::Root => None,
                Step::Field(name) => Some(Segment::Field(name.into())),
                Step::Key(key) => Some(Segment::Key(key.into())),
                Step::Index(index) => Some(Segment::Index(index)),
            });
            place = here.parent;
        }
        segments.reverse();
        FieldPath(segments)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn paths_are_written_as_the_api_server_writes_them() {
        let root = Place::ROOT;
        let (spec, mut places) = (root.field("spec"), Vec::new());
        let containers = spec.field("containers");
        let first = containers.index(0);
        let env = first.field("env");
        places.push(root.path().to_string());
        places.push(env.key("PATH").path().to_string());
        assert_eq!(places, ["", "spec.containers[0].env[PATH]"]);
    }
}
