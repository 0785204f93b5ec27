//! The checkpoints that depend on an object, by what has to happen before the object may go.

use super::Users;

/// The Sandboxes whose checkpoints depend on an object. None is in two of the groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoints {
    /// They hold a checkpoint on it and are suspended: a resume restores it.
    pub held: Users,
    /// They hold a checkpoint on it, but nobody wants them to be suspended any more: their controller
    /// has to clear the record.
    pub held_while_running: Users,
    /// They are being hibernated onto it.
    pub being_written: Users,
}

impl Checkpoints {
    /// All of the Sandboxes.
    pub fn users(&self) -> Users {
        let mut all = self.held.clone();
        all.add_all(&self.held_while_running);
        all.add_all(&self.being_written);
        all
    }

    /// Returns whether no checkpoint depends on the object.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.held_while_running.is_empty() && self.being_written.is_empty()
    }
}
