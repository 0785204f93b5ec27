//! Single situations.

use std::time::UNIX_EPOCH;

use super::*;

const DAY: u64 = 24 * 60 * 60;
const LONG: Duration = Duration::from_mins(1);
/// The day on which everything here happens.
const TODAY: u64 = 10_000;

fn day(day: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(day * DAY)
}

fn ca(id: u8, from: u64) -> Ca {
    Ca { der: vec![id], validity: Validity { from: day(from), until: day(from + 365) } }
}

fn leaf(id: u8, issuer: &Ca, from: u64) -> Leaf {
    let validity = Validity { from: day(from), until: day(from + 90) };
    Leaf { der: vec![100 + id], issuer: issuer.clone(), validity, is_named: true }
}

fn held(bundle: &[&Ca], leaf: &Leaf) -> Held {
    Held {
        bundle: bundle.iter().map(|&ca| ca.clone()).collect(),
        signer: bundle.first().map(|&ca| ca.clone()),
        leaf: Some(leaf.clone()),
    }
}

fn published(bundle: &[&Ca]) -> Vec<Published> {
    vec![Some(bundle.iter().map(|&ca| ca.clone()).collect()); 2]
}

fn replica(serving: Option<&Leaf>) -> Replica {
    Replica { serving: serving.cloned(), ..Replica::new(Duration::from_secs(30)) }
}

fn plan(serving: Option<&Leaf>, held: &Held, published: &[Published]) -> Vec<Step> {
    replica(serving).plan(day(TODAY), LONG, held, published)
}

fn write(ca: bool, leaf: bool, keep: &[&Ca]) -> Step {
    Step::Write(Renewal { ca, leaf, keep: keep.iter().map(|&ca| ca.clone()).collect() })
}

#[test]
fn without_a_secret_everything_is_made_and_what_is_published_stays() {
    assert_eq!(plan(None, &Held::default(), &[None, None]), [write(true, true, &[])]);
    let (lost, expired) = (ca(1, TODAY - 10), ca(2, TODAY - 400));
    let steps = plan(None, &Held::default(), &published(&[&lost, &expired]));
    assert_eq!(steps, [write(true, true, &[&lost, &expired])]);
}

#[test]
fn a_replica_that_starts_adopts_what_is_there() {
    let ca = ca(1, TODAY - 10);
    let leaf = leaf(1, &ca, TODAY - 10);
    let held = held(&[&ca], &leaf);
    assert_eq!(plan(None, &held, &published(&[&ca])), [Step::Serve]);
    assert_eq!(plan(None, &held, &[None, None]), [Step::Publish], "not before it is published");
    assert_eq!(plan(None, &held, &[]), [Step::Serve], "nobody calls us, so nobody has to trust");
    assert_eq!(plan(Some(&leaf), &held, &published(&[&ca])), []);
}

#[test]
fn a_bundle_that_differs_is_published_again_and_one_in_another_order_is_not() {
    let (one, two) = (ca(1, TODAY - 10), ca(2, TODAY - 200));
    let leaf = leaf(1, &one, TODAY - 10);
    let held = held(&[&one, &two], &leaf);
    assert_eq!(plan(Some(&leaf), &held, &published(&[&two, &one])), []);
    let foreign = ca(9, TODAY);
    for wrong in [&[&one][..], &[&foreign], &[&one, &two, &foreign], &[]] {
        let mut webhooks = published(&[&one, &two]);
        webhooks.extend(published(wrong).pop());
        assert_eq!(plan(Some(&leaf), &held, &webhooks), [Step::Publish], "{wrong:?}");
    }
}

#[test]
fn a_certificate_is_renewed_at_two_thirds_of_its_life_by_the_same_ca() {
    let ca = ca(1, TODAY - 100);
    for (age, steps) in [(59, vec![]), (60, vec![write(false, true, &[&ca])])] {
        let leaf = leaf(1, &ca, TODAY - age);
        assert_eq!(plan(Some(&leaf), &held(&[&ca], &leaf), &published(&[&ca])), steps, "{age}");
    }
}

#[test]
fn a_new_ca_is_published_for_a_while_before_it_signs() {
    let old = ca(1, TODAY - 250);
    let serving = leaf(1, &old, TODAY - 30);
    let held_before = held(&[&old], &serving);
    let mut replica = replica(Some(&serving));
    let mut plan = |seconds, held: &Held, published: &[Published]| {
        replica.plan(day(TODAY), Duration::from_secs(seconds), held, published)
    };
    let steps = plan(0, &held_before, &published(&[&old]));
    assert_eq!(steps, [write(true, false, &[&old])], "the certificate is still of the old CA");

    let new = ca(2, TODAY);
    let held_then = held(&[&new, &old], &serving);
    assert_eq!(plan(1, &held_then, &published(&[&old])), [Step::Publish]);
    let both = published(&[&new, &old]);
    assert_eq!(plan(2, &held_then, &both), []);
    assert_eq!(plan(31, &held_then, &both), [], "API servers may not know yet");
    assert_eq!(plan(32, &held_then, &both), [write(false, true, &[&new, &old])]);

    let next = leaf(2, &new, TODAY);
    assert_eq!(plan(33, &held(&[&new, &old], &next), &both), [Step::Serve]);
}

#[test]
fn it_wakes_when_a_ca_has_been_published_long_enough() {
    let (one, two) = (ca(1, TODAY - 250), ca(2, TODAY));
    let serving = leaf(1, &one, TODAY - 30);
    let mut replica = replica(Some(&serving));
    let at = Duration::from_secs;
    replica.plan(day(TODAY), at(0), &held(&[&two, &one], &serving), &published(&[&one]));
    assert_eq!(replica.wakes(at(0)), None);
    let both = published(&[&one, &two]);
    replica.plan(day(TODAY), at(5), &held(&[&two, &one], &serving), &both);
    assert_eq!(replica.wakes(at(5)), Some(at(35)));
    assert_eq!(replica.wakes(at(35)), None);
}

#[test]
fn while_a_new_ca_cannot_be_published_the_old_certificate_is_kept_and_served() {
    let (old, new) = (ca(1, TODAY - 250), ca(2, TODAY));
    let serving = leaf(1, &old, TODAY - 70);
    let held = held(&[&new, &old], &serving);
    assert_eq!(plan(None, &held, &published(&[&old])), [Step::Publish, Step::Serve]);
}

#[test]
fn after_a_long_power_off_everything_is_made_anew_at_once() {
    let old = ca(1, TODAY - 1000);
    let expired = leaf(1, &old, TODAY - 900);
    let held = held(&[&old], &expired);
    for serving in [None, Some(&expired)] {
        let steps = plan(serving, &held, &published(&[&old]));
        assert_eq!(steps, [write(true, true, &[&old])]);
    }
}

#[test]
fn an_expired_ca_leaves_once_no_certificate_of_it_is_left() {
    let (gone, old) = (ca(1, TODAY - 400), ca(2, TODAY - 300));
    let serving = leaf(1, &old, TODAY - 100);
    let steps = plan(Some(&serving), &held(&[&old, &gone], &serving), &published(&[&old, &gone]));
    assert_eq!(steps, [write(true, true, &[&old])]);
}

#[test]
fn a_clock_that_is_ahead_distrusts_nobody() {
    let old = ca(1, TODAY - 10);
    let serving = leaf(1, &old, TODAY - 10);
    let held = held(&[&old], &serving);
    let ahead = day(TODAY + 3 * 365);
    let steps = replica(Some(&serving)).plan(ahead, LONG, &held, &published(&[&old]));
    assert_eq!(steps, [write(true, true, &[&old])]);
}

#[test]
fn what_a_replica_with_another_clock_made_is_left_alone_while_our_own_is_good() {
    let old = ca(1, TODAY - 10);
    let serving = leaf(1, &old, TODAY - 10);
    for day in [TODAY - 1000, TODAY + 1000] {
        let theirs = ca(2, day);
        let held = held(&[&theirs, &old], &leaf(2, &theirs, day));
        assert_eq!(plan(Some(&serving), &held, &published(&[&old, &theirs])), [], "{day}");
        let steps = plan(None, &held, &published(&[&old, &theirs]));
        assert!(matches!(&steps[..], [Step::Write(Renewal { ca: true, leaf: true, .. })]), "{day}");
    }
}

#[test]
fn nothing_is_signed_by_a_ca_that_does_not_count_yet() {
    let (now, future) = (ca(1, TODAY - 10), ca(2, TODAY + 100));
    let serving = leaf(1, &now, TODAY - 10);
    let mut held = held(&[&future, &now], &serving);
    assert_eq!(plan(Some(&serving), &held, &published(&[&future, &now])), []);
    held.leaf = None;
    let steps = plan(Some(&serving), &held, &published(&[&future, &now]));
    assert!(matches!(&steps[..], [Step::Write(Renewal { ca: true, leaf: true, .. })]), "{steps:?}");
}

#[test]
fn a_lost_key_costs_a_new_ca_and_a_lost_certificate_a_new_one() {
    let old = ca(1, TODAY - 10);
    let serving = leaf(1, &old, TODAY - 10);
    let whole = held(&[&old], &serving);
    let without_key = Held { signer: None, ..whole.clone() };
    let steps = plan(Some(&serving), &without_key, &published(&[&old]));
    assert_eq!(steps, [write(true, false, &[&old])]);
    let without_leaf = Held { leaf: None, ..whole };
    let steps = plan(Some(&serving), &without_leaf, &published(&[&old]));
    assert_eq!(steps, [write(false, true, &[&old])]);
}

#[test]
fn a_certificate_with_other_names_is_replaced_unless_it_is_only_not_ours() {
    let ca = ca(1, TODAY - 10);
    let ours = leaf(1, &ca, TODAY - 10);
    let held = held(&[&ca], &Leaf { is_named: false, ..leaf(2, &ca, TODAY) });
    assert_eq!(plan(None, &held, &published(&[&ca])), [write(false, true, &[&ca])]);
    assert_eq!(plan(Some(&ours), &held, &published(&[&ca])), []);
}

#[test]
fn what_we_serve_by_stays_trusted_when_the_secret_forgets_it() {
    let (ours, theirs) = (ca(1, TODAY - 10), ca(2, TODAY));
    let serving = leaf(1, &ours, TODAY - 10);
    let held = held(&[&theirs], &leaf(2, &theirs, TODAY));
    let steps = plan(Some(&serving), &held, &published(&[&ours]));
    assert_eq!(steps, [write(false, false, &[&theirs, &ours])], "and is not withdrawn");
}

#[test]
fn the_bundle_is_bounded_and_keeps_what_is_needed() {
    let many: Vec<_> = (1..=20).map(|id| ca(id, TODAY - 10)).collect();
    let mut held = held(&many.iter().collect::<Vec<_>>(), &leaf(1, &many[18], TODAY - 10));
    held.signer = None;
    let serving = leaf(2, &many[19], TODAY - 10);
    let steps = plan(Some(&serving), &held, &published(&[&many[19]]));
    let [Step::Write(write), Step::Publish] = &steps[..] else { panic!("{steps:?}") };
    assert_eq!(write.keep.len(), MOST - 1);
    assert_eq!(write.keep[..2], [many[19].clone(), many[18].clone()]);
}
