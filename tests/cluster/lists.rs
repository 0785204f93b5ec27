//! The ways to read all objects of a kind.

use std::time::Duration;

use kube::core::{ApiResource, GroupVersionKind};
use sandbox_admission::api::{GROUP, Kind, VERSION};
use sandbox_admission::catalog::cluster::Cluster;
use sandbox_admission::catalog::{Catalog as _, Retention};
use sandbox_admission::client::{ApiClient, Collection, WatchEvent, connection};
use tokio::time::timeout;

use crate::World;
use crate::cluster::client::{class, eventually};

const NAMES: [&str; 3] = ["listed-1", "listed-2", "listed-3"];

pub fn a_stream_and_pages_show_the_same_objects(world: &World) {
    world.run(async |client| {
        for name in NAMES {
            client.create(Kind::SnapshotClass, "", name, class()).await.unwrap();
        }
        let kind = GroupVersionKind::gvk(GROUP, VERSION, Kind::SnapshotClass.name());
        let resource = ApiResource::from_gvk_with_plural(&kind, Kind::SnapshotClass.plural());
        let all = Collection::new(&resource, None);
        let config = connection(Some(world.cluster.kubeconfig())).await.unwrap();
        let api = ApiClient::connect(config).unwrap();

        let mut streamed = Vec::new();
        let mut stream = api.stream(&all).await.unwrap();
        loop {
            let event = timeout(Duration::from_secs(20), stream.next()).await.unwrap();
            match event.unwrap().unwrap() {
                WatchEvent::Changed(object) => streamed.push(object.get().to_owned()),
                event if event.ends_initial_events() => break,
                event => panic!("{event:?}"),
            }
        }
        let mut listed = Vec::new();
        let mut listing = api.list(&all);
        while let Some(object) = listing.next().await.unwrap() {
            listed.push(object.get().to_owned());
        }
        assert!(!listing.version().is_empty());
        let names = |objects: &[String]| {
            let all = objects.iter().map(|json| serde_json::from_str(json).unwrap());
            let mut names: Vec<String> = all
                .map(|object: serde_json::Value| {
                    object["metadata"]["name"].as_str().unwrap().into()
                })
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(&streamed), names(&listed));
        assert!(NAMES.iter().all(|name| names(&listed).iter().any(|it| it == name)));
    });
}

pub fn a_catalog_is_filled_by_streams_and_follows_them(world: &World) {
    world.run(async |client| {
        client.create(Kind::SnapshotClass, "", "streamed-1", class()).await.unwrap();
        let config = connection(Some(world.cluster.kubeconfig())).await.unwrap();
        let (catalog, follower) = Cluster::new(Retention::Whole, |_| ());
        let follower = tokio::spawn(follower.run(ApiClient::connect(config).unwrap()));
        eventually("the catalog is filled", async || catalog.unfilled().next().is_none()).await;
        assert!(catalog.class("streamed-1").unwrap().is_some_and(|it| it.whole.is_some()));
        client.create(Kind::SnapshotClass, "", "streamed-2", class()).await.unwrap();
        eventually("it is followed", async || catalog.class("streamed-2").unwrap().is_some()).await;
        follower.abort();
    });
}
