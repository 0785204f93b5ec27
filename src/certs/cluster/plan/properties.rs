//! Two replicas, an API server and what can happen to them, in any order.
//!
//! A replica's pass is cut into single reads and writes, so that everything may happen between any
//! two of them.

use std::time::UNIX_EPOCH;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const DAY: u64 = 24 * 60 * 60;
const PROPAGATION: Duration = Duration::from_secs(30);
/// The time by which API servers lag behind.
const LAG: u64 = 29;

#[derive(Debug, Clone)]
enum Event {
    /// A replica takes so many steps.
    Proceed(usize, u8),
    /// Seconds pass.
    Pass(u64),
    Crash(usize),
    DeleteSecret,
    LoseKey,
    LoseLeaf,
    LoseBundle,
    /// Somebody sets what a configuration trusts.
    Overwrite(usize, bool),
    /// A replica's clock is off by so many days.
    Skew(usize, i32),
}

struct World {
    time: u64,
    /// Number of events so far.
    events: usize,
    secret: Option<Held>,
    secret_version: u64,
    configurations: [Configuration; 2],
    actors: [Actor; 2],
    made: u16,
}

#[derive(Default)]
struct Configuration {
    version: u64,
    published: Published,
    /// The bundles that were published before, each with the second and the event until which.
    past: Vec<(u64, usize, Published)>,
}

struct Actor {
    replica: Replica,
    started: u64,
    skew: i32,
    /// The event since which it serves.
    serves_since: usize,
    at: At,
}

#[derive(Clone)]
struct Planned {
    read: Vec<(u64, Published)>,
    held: Held,
    version: u64,
    steps: Vec<Step>,
}

#[derive(Clone)]
enum At {
    Start,
    /// Has read so many configurations.
    Configurations(Vec<(u64, Published)>),
    /// Has read the Secret and made a plan.
    Planned(Box<Planned>),
}

impl World {
    fn new() -> Self {
        let actor = || Actor {
            replica: Replica::new(PROPAGATION),
            started: 0,
            skew: 0,
            serves_since: 0,
            at: At::Start,
        };
        Self {
            time: 10_000 * DAY,
            events: 0,
            secret: None,
            secret_version: 0,
            configurations: Default::default(),
            actors: [actor(), actor()],
            made: 0,
        }
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.time)
    }

    fn clock(&self, actor: usize) -> SystemTime {
        let skew = Duration::from_secs(u64::from(self.actors[actor].skew.unsigned_abs()) * DAY);
        if self.actors[actor].skew < 0 { self.now() - skew } else { self.now() + skew }
    }

    fn happen(&mut self, event: &Event) {
        self.events += 1;
        let secret = self.secret.as_mut();
        match *event {
            Event::Proceed(actor, steps) => (0..steps).for_each(|_| self.proceed(actor)),
            Event::Pass(seconds) => self.time += seconds,
            Event::Crash(actor) => {
                let it = &mut self.actors[actor];
                (it.replica, it.started, it.at) = (Replica::new(PROPAGATION), self.time, At::Start);
            }
            Event::DeleteSecret => self.secret = None,
            Event::LoseKey => _ = secret.map(|it| it.signer = None),
            Event::LoseLeaf => _ = secret.map(|it| it.leaf = None),
            Event::LoseBundle => _ = secret.map(|it| *it = Held::default()),
            Event::Overwrite(at, with_nonsense) => {
                let foreign = Ca { der: vec![], ..self.new_ca(0) };
                self.publish(at, with_nonsense.then(|| vec![foreign]));
            }
            Event::Skew(actor, days) => self.actors[actor].skew = days,
        }
        if matches!(
            event,
            Event::DeleteSecret | Event::LoseKey | Event::LoseLeaf | Event::LoseBundle
        ) {
            self.secret_version += 1;
        }
    }

    fn happen_all(&mut self, events: &[Event]) {
        for event in events {
            self.happen(event);
        }
    }

    fn publish(&mut self, at: usize, new: Published) {
        let it = &mut self.configurations[at];
        it.version += 1;
        let old = std::mem::replace(&mut it.published, new);
        it.past.push((self.time, self.events, old));
    }

    fn new_ca(&mut self, actor: usize) -> Ca {
        let (der, validity) = self.make(actor, 365);
        Ca { der, validity }
    }

    fn make(&mut self, actor: usize, days: u64) -> (Vec<u8>, Validity) {
        self.made += 1;
        let now = self.clock(actor);
        let until = now + Duration::from_secs(days * DAY);
        (self.made.to_be_bytes().to_vec(), Validity { from: now - Duration::from_mins(5), until })
    }

    /// Does one read or one write.
    fn proceed(&mut self, actor: usize) {
        self.events += 1;
        let (now, uptime) = (self.clock(actor), self.time - self.actors[actor].started);
        let at = std::mem::replace(&mut self.actors[actor].at, At::Start);
        let next = match at {
            At::Start => At::Configurations(vec![]),
            At::Configurations(mut read) => {
                if let Some(it) = self.configurations.get(read.len()) {
                    read.push((it.version, it.published.clone()));
                    At::Configurations(read)
                } else {
                    let held = self.secret.clone().unwrap_or_default();
                    let published: Vec<_> = read.iter().map(|(_, it)| it.clone()).collect();
                    let uptime = Duration::from_secs(uptime);
                    let replica = &mut self.actors[actor].replica;
                    let steps = replica.plan(now, uptime, &held, &published);
                    At::Planned(Box::new(Planned {
                        read,
                        held,
                        version: self.secret_version,
                        steps,
                    }))
                }
            }
            At::Planned(planned) => self.act(actor, planned),
        };
        self.actors[actor].at = next;
    }

    /// Does the next step of a plan.
    fn act(&mut self, actor: usize, mut planned: Box<Planned>) -> At {
        if planned.steps.is_empty() {
            return At::Start;
        }
        let now = self.clock(actor);
        let Planned { read, held, version, steps } = &mut *planned;
        match steps.remove(0) {
            Step::Write(write) => {
                if *version == self.secret_version {
                    self.write(actor, held, &write);
                }
                return At::Start;
            }
            Step::Publish => {
                for (at, (version, seen)) in read.iter().enumerate() {
                    let differs = !seen.as_ref().is_some_and(|it| is_same_set(it, &held.bundle));
                    if differs && *version == self.configurations[at].version {
                        self.publish(at, Some(held.bundle.clone()));
                    }
                }
            }
            Step::Serve => {
                let it = &mut self.actors[actor];
                if !it.replica.serving.as_ref().is_some_and(|leaf| leaf.is_valid(now)) {
                    it.serves_since = self.events;
                }
                it.replica.serving.clone_from(&held.leaf);
            }
        }
        At::Planned(planned)
    }

    fn write(&mut self, actor: usize, held: &Held, write: &Renewal) {
        let signer = if write.ca { Some(self.new_ca(actor)) } else { held.signer.clone() };
        let mut bundle = write.keep.clone();
        if write.ca {
            bundle.splice(0..0, signer.clone());
        }
        let leaf = if write.leaf {
            let issuer = signer.clone().unwrap();
            let (der, mut validity) = self.make(actor, 90);
            validity.until = validity.until.min(issuer.validity.until);
            Some(Leaf { der, issuer, validity, is_named: true })
        } else {
            held.leaf.clone()
        };
        for ca in signer.iter().chain(leaf.as_ref().map(|leaf| &leaf.issuer)) {
            assert!(bundle.contains(ca), "nothing is kept that clients are not to trust");
        }
        self.secret_version += 1;
        self.secret = Some(Held { bundle, signer, leaf });
    }

    /// Checks that every client, even one that is a little behind, can verify every replica.
    fn check(&self) {
        for (number, actor) in self.actors.iter().enumerate() {
            let serving = actor.replica.serving.as_ref();
            let Some(leaf) = serving.filter(|leaf| leaf.is_valid(self.now())) else {
                continue; // not ready
            };
            for configuration in &self.configurations {
                let past = configuration.past.iter().filter(|(until, event, _)| {
                    until + LAG > self.time && *event > actor.serves_since
                });
                let past = past.map(|(_, _, published)| published);
                for published in past.chain([&configuration.published]) {
                    let trusted = published.as_ref().is_some_and(|it| it.contains(&leaf.issuer));
                    assert!(trusted, "replica {number} serves {leaf:?}, trusted: {published:?}");
                }
            }
        }
    }

    /// Makes a whole pass, and returns whether there was nothing to do.
    fn pass(&mut self, actor: usize) -> bool {
        self.actors[actor].at = At::Start;
        for _ in 0..4 {
            self.proceed(actor);
        }
        let At::Planned(planned) = &self.actors[actor].at else { unreachable!() };
        let is_settled = planned.steps.is_empty();
        (0..4).for_each(|_| self.proceed(actor));
        is_settled
    }

    fn settle(&mut self) {
        for _ in 0..30 {
            self.time += 40;
            if self.pass(0) & self.pass(1) {
                return;
            }
        }
        panic!("still something to do");
    }
}

fn actor() -> impl Strategy<Value = usize> {
    0..2_usize
}

/// The events in a cluster where nobody does anything wrong, for years.
fn ordinary() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => (actor(), 1..12_u8).prop_map(|(actor, steps)| Event::Proceed(actor, steps)),
        4 => (1..45_u64).prop_map(Event::Pass),
        3 => prop::sample::select(vec![1, 20, 40, 61, 130]).prop_map(|days| Event::Pass(days * DAY)),
        1 => actor().prop_map(Event::Crash),
    ]
}

fn anything() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => ordinary(),
        1 => Just(Event::DeleteSecret),
        1 => Just(Event::LoseKey),
        1 => Just(Event::LoseLeaf),
        1 => Just(Event::LoseBundle),
        1 => (actor(), any::<bool>()).prop_map(|(at, nonsense)| Event::Overwrite(at, nonsense)),
        1 => (actor(), -2000..2000).prop_map(|(actor, days)| Event::Skew(actor, days)),
        1 => (200..2000_u64).prop_map(|days| Event::Pass(days * DAY)),
    ]
}

proptest! {
    #[test]
    fn clients_can_always_verify_every_replica(events in vec(ordinary(), 1..120)) {
        let mut world = World::new();
        for event in &events {
            world.happen(event);
            world.check();
        }
    }

    #[test]
    fn a_lost_secret_is_no_reason_to_distrust_anybody(
        events in vec(ordinary(), 1..60),
        then in vec(ordinary(), 1..60),
    ) {
        let mut world = World::new();
        world.happen_all(&events);
        // Not in the midst of a pass, which takes milliseconds: what is published in that moment by
        // a replica that saw the Secret is not seen by one that makes the next.
        world.actors.iter_mut().for_each(|actor| actor.at = At::Start);
        world.happen(&Event::DeleteSecret);
        for event in &then {
            world.happen(event);
            world.check();
        }
    }

    #[test]
    fn once_clocks_agree_and_nobody_interferes_it_settles(
        events in vec(anything(), 1..80),
        then in vec(ordinary(), 1..40),
    ) {
        let mut world = World::new();
        world.happen_all(&events);
        world.actors.iter_mut().for_each(|actor| actor.skew = 0);
        world.settle();
        world.time += LAG;
        world.check();
        for actor in &world.actors {
            prop_assert!(actor.replica.serving.as_ref().unwrap().is_valid(world.now()));
        }
        // What was made by a wrong clock is left to the next that starts.
        world.happen(&Event::Crash(0));
        world.settle();
        world.time += LAG;
        world.check();
        prop_assert!(world.secret.clone().unwrap().leaf.unwrap().is_valid(world.now()));
        for event in &then {
            world.happen(event);
            world.check();
        }
    }
}

#[test]
fn years_pass_without_a_moment_of_distrust_or_a_certificate_that_has_expired() {
    let mut world = World::new();
    world.settle();
    let mut seen = Vec::new();
    for _ in 0..1400 {
        world.time += DAY;
        for actor in [0, 1, 0, 1] {
            for _ in 0..8 {
                world.proceed(actor);
                world.check();
            }
            let serving = world.actors[actor].replica.serving.clone().unwrap();
            assert!(serving.is_valid(world.now()));
            if !seen.contains(&serving.issuer) {
                seen.push(serving.issuer);
            }
            world.time += 35;
        }
        assert!(world.secret.as_ref().unwrap().bundle.len() <= 3);
    }
    assert_eq!(seen.len(), 6, "a CA for each two thirds of a year");
}
