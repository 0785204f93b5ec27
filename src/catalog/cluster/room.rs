//! Places that clients share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A number of places that clients share. A client may take as many as are left free: one that is
/// alone gets half of all, the second half of the rest. So whoever takes all he can, there is a place
/// for the next.
#[derive(Debug)]
pub(super) struct Room {
    places: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place<'r> {
    room: &'r Room,
    peer: IpAddr,
}

impl Room {
    /// A room with twice as many places as one client may take.
    pub(super) fn for_each(places: usize) -> Self {
        Self { places: places.saturating_mul(2), taken: Mutex::default() }
    }

    /// A place for a client, unless it has its share already.
    pub(super) fn enter(&self, peer: IpAddr) -> Option<Place<'_>> {
        let mut taken = self.taken();
        let free = self.places.saturating_sub(taken.values().sum());
        let has = taken.get(&peer).copied().unwrap_or_default();
        if has >= free {
            return None;
        }
        taken.insert(peer, has + 1);
        Some(Place { room: self, peer })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        match taken.get_mut(&self.peer) {
            Some(places) if *places > 1 => *places -= 1,
            _ => _ = taken.remove(&self.peer),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::iter::from_fn;

    use super::*;

    #[test]
    fn whoever_takes_all_he_can_leaves_places_for_others() {
        let room = Room::for_each(32);
        let peer = |last| IpAddr::from([10, 0, 0, last]);
        let mut taken = Vec::new();
        for (last, most) in [(1, 32), (2, 16), (3, 8), (4, 4), (5, 2), (6, 1)] {
            let places: Vec<_> = from_fn(|| room.enter(peer(last))).collect();
            assert_eq!(places.len(), most);
            taken.push(places);
        }
        assert!(room.enter(peer(7)).is_some());
        taken.clear();
        assert_eq!(from_fn(|| room.enter(peer(7))).collect::<Vec<_>>().len(), 32);
        assert!(room.taken().is_empty());
    }
}
