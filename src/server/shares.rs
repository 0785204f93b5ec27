//! A place that peers share. Each guest has a weight, which may grow. Where one has to go, it is
//! one of the peer that takes most: so no peer can crowd out another.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::peer::Peer;

/// The guests, and what each peer takes.
pub(super) struct Shares<T> {
    /// By number, and so by age: the oldest first.
    guests: BTreeMap<u64, Guest<T>>,
    /// The peers that have a guest.
    peers: HashMap<Peer, Share>,
    next: u64,
}

struct Guest<T> {
    peer: Peer,
    weight: usize,
    it: T,
}

/// The part of the place that one peer takes.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    guests: usize,
    weight: usize,
}

impl<T> Shares<T> {
    pub(super) fn new() -> Self {
        Self { guests: BTreeMap::new(), peers: HashMap::new(), next: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.guests.len()
    }

    /// The number that the next guest gets.
    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// Lets a guest in, and returns its number.
    pub(super) fn enter(&mut self, peer: Peer, it: T) -> u64 {
        let number = self.next;
        self.next += 1;
        self.guests.insert(number, Guest { peer, weight: 0, it });
        self.peers.entry(peer).or_default().guests += 1;
        number
    }

    /// Takes a guest out. `None` when it has gone before.
    pub(super) fn leave(&mut self, number: u64) -> Option<T> {
        let Guest { peer, weight, it } = self.guests.remove(&number)?;
        if let Some(share) = self.peers.get_mut(&peer) {
            share.guests -= 1;
            share.weight -= weight;
            if share.guests == 0 {
                self.peers.remove(&peer);
            }
        }
        Some(it)
    }

    /// Notes how much a guest weighs now.
    pub(super) fn weigh(&mut self, number: u64, weight: usize) {
        let Some(guest) = self.guests.get_mut(&number) else {
            return;
        };
        if let Some(share) = self.peers.get_mut(&guest.peer) {
            share.weight = share.weight - guest.weight + weight;
        }
        guest.weight = weight;
    }

    /// Takes out the oldest guest of the peer with most guests; among peers with as many, the
    /// oldest of all.
    pub(super) fn evict(&mut self) -> Option<T> {
        let most = self.peers.values().map(|share| share.guests).max()?;
        let has_most = |peer| self.peers.get(peer).is_some_and(|share| share.guests == most);
        let found = self.guests.iter().find(|(_, guest)| has_most(&guest.peer));
        let number = found.map(|(number, _)| *number)?;
        self.leave(number)
    }

    /// Takes out the oldest guest with a weight of the peer whose guests weigh most, and returns
    /// that weight. `None` where no other peer has more than the one of `number`: then it is this
    /// guest's own peer that takes too much.
    pub(super) fn evict_heavier_than(&mut self, number: u64) -> Option<(T, usize)> {
        let own = self.guests.get(&number)?.peer;
        let own_weight = self.peers.get(&own)?.weight;
        let (heaviest, _) = self
            .peers
            .iter()
            .filter(|(_, share)| share.weight > own_weight)
            .max_by_key(|(peer, share)| (share.weight, Reverse(**peer)))?;
        let found = self
            .guests
            .iter()
            .find(|(_, guest)| guest.peer == *heaviest && guest.weight > 0)
            .map(|(number, guest)| (*number, guest.weight));
        let (loser, weight) = found?;
        self.leave(loser).map(|it| (it, weight))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use proptest::prelude::*;

    use super::*;

    fn peer(last: u8) -> Peer {
        Peer(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)))
    }

    /// A place with a guest of each of these peers, in this order; a guest is its own number.
    fn place(peers: &[u8]) -> Shares<usize> {
        let mut shares = Shares::new();
        for (number, last) in peers.iter().enumerate() {
            assert_eq!(shares.enter(peer(*last), number), number as u64);
        }
        shares
    }

    #[test]
    fn the_peer_with_most_guests_loses_its_oldest() {
        let mut shares = place(&[1, 2, 3, 2, 1, 2]);
        assert_eq!(shares.evict(), Some(1));
        // Now the first and the second have two each.
        assert_eq!(shares.evict(), Some(0));
        assert_eq!(shares.evict(), Some(3));
        assert_eq!(shares.evict(), Some(2));
    }

    #[test]
    fn a_newcomer_survives_a_peer_that_fills_the_place() {
        let mut shares = place(&[1; 100]);
        shares.enter(peer(2), 100);
        for gone in 0..99 {
            shares.enter(peer(1), 0);
            assert_eq!(shares.evict(), Some(gone), "the flood pays for itself");
        }
        assert_eq!(shares.leave(100), Some(100));
    }

    #[test]
    fn the_peer_that_weighs_most_makes_room() {
        let mut shares = place(&[1, 1, 1, 2, 3]);
        for (number, weight) in [(1, 50), (2, 60), (3, 70), (4, 10)] {
            shares.weigh(number, weight);
        }
        assert_eq!(shares.evict_heavier_than(4), Some((1, 50)), "the oldest with a weight");
        assert_eq!(shares.evict_heavier_than(4), Some((3, 70)));
        assert_eq!(shares.evict_heavier_than(2), None, "nobody has more than its own peer");
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Enter(u8),
        Leave(u64),
        Weigh(u64, usize),
        Evict,
        EvictHeavierThan(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let number = 0..40_u64;
        prop_oneof![
            4 => (0..4_u8).prop_map(Step::Enter),
            2 => number.clone().prop_map(Step::Leave),
            3 => (number.clone(), 0..100_usize).prop_map(|(it, weight)| Step::Weigh(it, weight)),
            1 => Just(Step::Evict),
            1 => number.prop_map(Step::EvictHeavierThan),
        ]
    }

    proptest! {
        /// A plain list of guests says the same as the sums that are kept.
        #[test]
        fn no_peer_loses_a_guest_while_another_takes_more(steps in prop::collection::vec(step(), 0..60)) {
            let mut shares = Shares::new();
            let mut model: Vec<(u64, Peer, usize)> = Vec::new();
            for step in steps {
                let count = |model: &[(u64, Peer, usize)], of: Peer| {
                    model.iter().filter(|(_, peer, _)| *peer == of).count()
                };
                let weight = |model: &[(u64, Peer, usize)], of: Peer| {
                    model.iter().filter(|(_, peer, _)| *peer == of).map(|it| it.2).sum::<usize>()
                };
                match step {
                    Step::Enter(last) => {
                        let number = shares.enter(peer(last), shares.next_number());
                        model.push((number, peer(last), 0));
                    }
                    Step::Leave(number) => {
                        let was = model.iter().any(|it| it.0 == number);
                        model.retain(|it| it.0 != number);
                        prop_assert_eq!(shares.leave(number).is_some(), was);
                    }
                    Step::Weigh(number, weight) => {
                        shares.weigh(number, weight);
                        model.iter_mut().filter(|it| it.0 == number).for_each(|it| it.2 = weight);
                    }
                    Step::Evict => {
                        let gone = shares.evict();
                        prop_assert_eq!(gone.is_some(), !model.is_empty());
                        if let Some(gone) = gone {
                            let at = model.iter().position(|it| it.0 == gone).unwrap();
                            let loser = model[at].1;
                            for (_, other, _) in &model {
                                prop_assert!(count(&model, *other) <= count(&model, loser));
                            }
                            prop_assert!(model[..at].iter().all(|it| it.1 != loser));
                            model.remove(at);
                        }
                    }
                    Step::EvictHeavierThan(number) => {
                        let own = model.iter().find(|it| it.0 == number).map(|it| it.1);
                        let gone = shares.evict_heavier_than(number);
                        let heaviest = model.iter().map(|it| weight(&model, it.1)).max();
                        let is_heavier = own.is_some_and(|own| heaviest > Some(weight(&model, own)));
                        prop_assert_eq!(gone.is_some(), is_heavier);
                        if let Some((gone, freed)) = gone {
                            let at = model.iter().position(|it| it.0 == gone).unwrap();
                            prop_assert_eq!(Some(weight(&model, model[at].1)), heaviest);
                            prop_assert_eq!(model[at].2, freed);
                            model.remove(at);
                        }
                    }
                }
                prop_assert_eq!(shares.len(), model.len());
            }
        }
    }
}
