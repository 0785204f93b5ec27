//! A sorted map of which a copy costs next to nothing, because copies share what neither has changed.
//!
//! ```text
//! map ──▶ list ─┬─▶ piece: (key, value) (key, value) ...    sorted, 64 at most
//!               ├─▶ piece: ...
//!               └─▶ piece: ...
//! ```
//!
//! A change of a map that has a copy makes the list anew, a pointer for each piece, and the one piece
//! in which the key belongs. So readers take a copy under a lock and read it without, and a change
//! never waits for them. Pieces are full where keys come in order, as API servers list them: an entry
//! costs hardly more than its key and value.
//!
//! Of the crates with such maps imbl has a licence that this project does not take, and rpds allocates
//! twice for each entry.

use std::borrow::Borrow;
use std::mem;
use std::sync::Arc;

/// The most entries in a piece.
const PIECE: usize = 64;

type Piece<K, V> = Arc<Vec<(K, V)>>;

/// A sorted map that shares what it can with its copies.
#[derive(Debug)]
pub struct SharedMap<K, V> {
    /// The pieces; none is empty.
    pieces: Arc<Vec<Piece<K, V>>>,
    len: usize,
}

impl<K, V> Clone for SharedMap<K, V> {
    fn clone(&self) -> Self {
        Self { pieces: Arc::clone(&self.pieces), len: self.len }
    }
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self { pieces: Arc::default(), len: 0 }
    }
}

impl<K, V> SharedMap<K, V> {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.pieces.iter().flat_map(|piece| piece.iter().map(|(key, value)| (key, value)))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (piece, place) = self.find(key);
        self.pieces.get(piece)?.get(place.ok()?).map(|(_, value)| value)
    }

    /// The piece in which a key is or belongs, and its place there.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> (usize, Result<usize, usize>)
    where
        K: Borrow<Q>,
    {
        let starts_before =
            |piece: &Piece<K, V>| piece.first().is_some_and(|(first, _)| first.borrow() <= key);
        let piece = self.pieces.partition_point(starts_before).saturating_sub(1);
        let place = self.pieces.get(piece).map_or(Err(0), |entries| {
            entries.binary_search_by(|(known, _)| known.borrow().cmp(key))
        });
        (piece, place)
    }
}

impl<K: Ord + Clone, V: Clone> SharedMap<K, V> {
    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (piece, place) = self.find(key);
        let place = place.ok()?;
        let piece = Arc::make_mut(&mut self.pieces).get_mut(piece)?;
        Arc::make_mut(piece).get_mut(place).map(|(_, value)| value)
    }

    /// Sets the value of a key, and returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let (at, place) = self.find(&key);
        let pieces = Arc::make_mut(&mut self.pieces);
        let Some(piece) = pieces.get_mut(at) else {
            pieces.push(Arc::new(vec![(key, value)]));
            self.len += 1;
            return None;
        };
        let entries = Arc::make_mut(piece);
        let place = match place {
            Ok(place) => {
                return entries.get_mut(place).map(|(_, known)| mem::replace(known, value));
            }
            Err(place) => place,
        };
        self.len += 1;
        if entries.len() < PIECE {
            entries.insert(place, (key, value));
            return None;
        }
        // Keys in order leave full pieces behind, all others halves.
        let middle = if place == PIECE { PIECE } else { PIECE / 2 };
        let mut rest = entries.split_off(middle);
        match place.checked_sub(middle) {
            Some(place) => rest.insert(place, (key, value)),
            None => entries.insert(place, (key, value)),
        }
        pieces.insert(at + 1, Arc::new(rest));
        None
    }

    /// Removes a key, and returns the value that it had.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (at, place) = self.find(key);
        let place = place.ok()?;
        let pieces = Arc::make_mut(&mut self.pieces);
        let entries = Arc::make_mut(pieces.get_mut(at)?);
        let (_, value) = entries.remove(place);
        self.len -= 1;
        if entries.is_empty() {
            pieces.remove(at);
        }
        for left in [at, at.saturating_sub(1)] {
            join(pieces, left);
        }
        Some(value)
    }
}

/// Joins two neighbours that together fill less than half a piece, so that a map of which most was
/// removed does not stay large.
fn join<K: Clone, V: Clone>(pieces: &mut Vec<Piece<K, V>>, left: usize) {
    let len = |at: usize| pieces.get(at).map(|piece| piece.len());
    if len(left).zip(len(left + 1)).is_some_and(|(left, right)| left + right < PIECE / 2) {
        let right = pieces.remove(left + 1);
        if let Some(left) = pieces.get_mut(left) {
            Arc::make_mut(left).extend(Arc::unwrap_or_clone(right));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn entries(map: &SharedMap<u16, u16>) -> Vec<(u16, u16)> {
        map.iter().map(|(key, value)| (*key, *value)).collect()
    }

    proptest! {
        #[test]
        fn it_is_as_the_standard_library_s_map_and_a_copy_stays_as_it_was(
            changes in vec((0..500_u16, any::<Option<u16>>()), 1..1500),
            copied_after in 0..1500_usize,
        ) {
            let (mut map, mut model) = (SharedMap::default(), BTreeMap::new());
            let mut copy = None;
            for (number, (key, value)) in changes.into_iter().enumerate() {
                if number == copied_after {
                    copy = Some((map.clone(), model.clone()));
                }
                let (was, expected) = match value {
                    Some(value) => (map.insert(key, value), model.insert(key, value)),
                    None => (map.remove(&key), model.remove(&key)),
                };
                prop_assert_eq!(was, expected);
                prop_assert_eq!(map.get(&key), model.get(&key));
                prop_assert_eq!(map.len(), model.len());
            }
            for (map, model) in copy.into_iter().chain([(map, model)]) {
                prop_assert_eq!(entries(&map), Vec::from_iter(model));
            }
        }
    }

    #[test]
    fn keys_in_order_fill_their_pieces() {
        let mut map = SharedMap::default();
        for number in 0..10 * PIECE {
            map.insert(number, ());
        }
        assert_eq!(map.pieces.len(), 10);
    }

    #[test]
    fn a_map_of_which_most_was_removed_does_not_stay_large() {
        let mut map = SharedMap::default();
        for number in 0..100 * PIECE {
            map.insert(number, ());
        }
        for number in (0..100 * PIECE).filter(|number| number % PIECE != 0) {
            map.remove(&number);
        }
        assert_eq!((map.len(), map.pieces.len()), (100, 100 / (PIECE / 2 - 1) + 1));
        for number in 0..100 {
            map.remove(&(number * PIECE));
        }
        assert!(map.is_empty() && map.pieces.is_empty());
    }

    #[test]
    fn a_change_copies_one_piece_of_a_map_that_has_a_copy() {
        let mut map = SharedMap::default();
        for number in 0..10 * PIECE {
            map.insert(number, 0);
        }
        let copy = map.clone();
        *map.get_mut(&PIECE).unwrap() = 1;
        let mut both = map.pieces.iter().zip(copy.pieces.iter());
        assert_eq!(both.clone().filter(|(a, b)| Arc::ptr_eq(a, b)).count(), 9);
        assert!(both.nth(1).is_some_and(|(a, b)| a[0].1 == 1 && b[0].1 == 0));
    }
}
