//! What an evaluation may still take.

use crate::error::Failure;

/// The end of an evaluation, or of a part of it, without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// An operation failed; others may absorb it.
    Failed(Failure),
    /// The budget is exceeded. Nothing absorbs it.
    Exhausted,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What an evaluation may still take: units as Kubernetes counts them, and our own bound on time and
/// memory beneath, because some operations take far more of these than Kubernetes counts.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The units of Kubernetes that are left.
    units: u64,
    /// The steps that are left: an item looked at or copied, or some bytes.
    steps: u64,
}

/// The bytes that are read or made in one step.
const BYTES: usize = 16;

impl Meter {
    /// A meter with so many units of Kubernetes and so many steps.
    pub fn new(units: u64, steps: u64) -> Self {
        Self { units, steps }
    }

    /// Takes units as Kubernetes counts them. As there, the last one may be used up.
    pub fn charge(&mut self, units: u64) -> Result<(), Stop> {
        self.units = self.units.checked_sub(units).ok_or(Stop::Exhausted)?;
        Ok(())
    }

    /// Takes steps, before the work is done.
    pub fn work(&mut self, steps: usize) -> Result<(), Stop> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.steps = self.steps.checked_sub(steps).ok_or(Stop::Exhausted)?;
        Ok(())
    }

    /// Takes the steps for bytes, before they are read or made.
    pub fn bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.work(1 + bytes / BYTES)
    }

    /// The units of Kubernetes that are left.
    pub fn units(&self) -> u64 {
        self.units
    }
}
