//! A catalog together with what was confirmed.

use super::super::{Confirmed, ConfirmingCatalog};
use crate::api::Kind;
use crate::catalog::cluster::Found;
use crate::catalog::{
    Catalog, Checkpoints, ObjectName, ObjectRef, Objects, Unavailable, Unconfirmed,
};

const CLASS: &str = r#"{"metadata":{"name":"fast"}}"#;
const DEFAULT_CLASS: &str = r#"{"metadata":{"name":"fast","annotations":{
    "snapshotclass.agents.x-k8s.io/is-default-class":"true"}}}"#;
const DEFAULT_CLAIM: &str = r#"{"metadata":{"name":"main","annotations":{
    "snapshotclaim.agents.x-k8s.io/is-default-claim":"true"}}}"#;

fn object(json: &'static str) -> Found {
    Found::Object(json.into())
}

fn existence(kind: Kind, name: &str) -> Unconfirmed {
    Unconfirmed::Missing(ObjectName::new(kind, "", name).into())
}

fn no_default(kind: Kind, namespace: &str) -> Unconfirmed {
    Unconfirmed::NoDefault { kind, namespace: namespace.to_owned() }
}

#[test]
fn a_name_that_the_catalog_knows_is_not_missing() {
    let mut catalog = Objects::default();
    catalog.insert(Kind::SnapshotClass, "", CLASS).unwrap();
    let confirmed = Confirmed::default();
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    assert!(both.class("fast").unwrap().is_some());
    assert_eq!(both.unconfirmed(), []);
}

#[test]
fn each_missing_name_is_noted_once() {
    let (catalog, confirmed) = (Objects::default(), Confirmed::default());
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    for _ in 0..2 {
        assert!(both.class("fast").unwrap().is_none());
        assert!(both.claim("team-a", "main").unwrap().is_none());
    }
    let missing = [ObjectName::class("fast"), ObjectName::claim("team-a", "main")];
    assert_eq!(both.unconfirmed(), missing.map(|it| Unconfirmed::Missing(it.into())));
}

#[test]
fn what_was_confirmed_is_not_asked_again() {
    let catalog = Objects::default();
    let mut confirmed = Confirmed::default();
    confirmed.note(existence(Kind::SnapshotClass, "fast"), Ok(object(CLASS)));
    confirmed.note(existence(Kind::SnapshotProvider, "gone"), Ok(Found::Nothing));
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    assert!(both.class("fast").unwrap().is_some());
    assert!(both.provider("gone").unwrap().is_none());
    assert_eq!(both.unconfirmed(), []);
}

#[test]
fn what_can_be_no_name_is_never_asked_for() {
    let (catalog, confirmed) = (Objects::default(), Confirmed::default());
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    for name in ["", "../pods", "a/b", "a?watch=true", "A", "a%2fb"] {
        assert!(both.class(name).unwrap().is_none());
        assert!(both.claim("team-a", name).unwrap().is_none());
        assert!(both.template(name, "fine").unwrap().is_none());
        assert!(both.default_claim(name).unwrap().is_none());
    }
    assert_eq!(both.unconfirmed(), []);
}

#[test]
fn a_class_that_nobody_seems_to_use_is_unconfirmed_until_it_was_asked_for() {
    let catalog = Objects::default();
    let mut confirmed = Confirmed::default();
    let class = ObjectRef::from(ObjectName::class("fast"));
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    for _ in 0..2 {
        assert!(both.checkpoints_on(ObjectName::class("fast")).unwrap().is_empty());
    }
    assert_eq!(both.unconfirmed(), [Unconfirmed::Unused(class.clone())]);

    let held = [("team-a", "agent")].into_iter().collect();
    let found = Found::Checkpoints(Checkpoints { held, ..Checkpoints::default() });
    confirmed.note(Unconfirmed::Unused(class), Ok(found));
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    let users = both.checkpoints_on(ObjectName::class("fast")).unwrap();
    assert_eq!(users.users().to_string(), "team-a/agent");
    assert_eq!(both.unconfirmed(), []);
}

#[test]
fn what_is_known_to_be_used_counts_until_its_users_are_known_to_be_gone() {
    const SANDBOX: &str = r#"{"metadata":{"name":"agent","namespace":"team-a"},
        "status":{"snapshot":{"snapshotClassName":"fast"}}}"#;
    let mut catalog = Objects::default();
    catalog.insert(Kind::Sandbox, "", SANDBOX).unwrap();
    let mut confirmed = Confirmed::default();
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    let class = ObjectName::class("fast");
    assert!(!both.checkpoints_on(class).unwrap().is_empty());
    assert_eq!(both.unconfirmed(), [Unconfirmed::Used(class.into())]);

    let checkpoints = Found::Checkpoints(Checkpoints::default());
    confirmed.note(Unconfirmed::Used(class.into()), Ok(checkpoints));
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    assert!(both.checkpoints_on(class).unwrap().is_empty());
    assert_eq!(both.unconfirmed(), []);
}

#[test]
fn that_there_is_no_default_is_unconfirmed_until_it_was_asked_for() {
    let missing = [no_default(Kind::SnapshotClaim, "team-a"), no_default(Kind::SnapshotClass, "")];
    let catalog = Objects::default();
    let mut confirmed = Confirmed::default();
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    for _ in 0..2 {
        assert_eq!(both.default_claim("team-a"), Ok(None));
        assert_eq!(both.default_class(), Ok(None));
    }
    assert_eq!(both.unconfirmed(), missing);
    assert_eq!(
        missing[0].to_string(),
        "whether there is a default SnapshotClaim in namespace team-a"
    );

    for it in missing {
        confirmed.note(it, Ok(Found::Nothing));
    }
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    assert_eq!(both.default_claim("team-a"), Ok(None));
    assert_eq!(both.default_class(), Ok(None));
    assert_eq!(both.unconfirmed(), []);
}

#[test]
fn a_default_that_was_asked_for_counts_in_its_namespace() {
    let catalog = Objects::default();
    let mut confirmed = Confirmed::default();
    let class = (no_default(Kind::SnapshotClass, ""), DEFAULT_CLASS);
    let claim = (no_default(Kind::SnapshotClaim, "team-a"), DEFAULT_CLAIM);
    for (default, json) in [class, claim] {
        confirmed.note(default, Ok(Found::Default(json.into())));
    }
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    assert_eq!(both.default_class().unwrap().unwrap().name, "fast");
    assert_eq!(both.default_claim("team-a").unwrap().unwrap().name, "main");
    assert_eq!(both.default_claim("team-b"), Ok(None));
    assert_eq!(both.unconfirmed(), [no_default(Kind::SnapshotClaim, "team-b")]);
}

#[test]
fn what_is_unconfirmed_is_unavailable_once_nothing_more_is_asked() {
    let catalog = Objects::default();
    let mut confirmed = Confirmed::default();
    confirmed.note(existence(Kind::SnapshotProvider, "gone"), Ok(Found::Nothing));
    let why = Unavailable("the API server is out of reach".to_owned());
    confirmed.give_up(why.clone());
    let both = ConfirmingCatalog::new(&catalog, &confirmed);
    assert_eq!(both.class("fast"), Err(why.clone()));
    assert_eq!(both.checkpoints_on(ObjectName::class("fast")), Err(why));
    assert_eq!(both.provider("gone"), Ok(None));
    assert_eq!(both.class("no/name"), Ok(None));
    assert_eq!(both.unconfirmed(), []);
}
