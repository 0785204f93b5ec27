//! Replacing the certificate while requests come in.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sandbox_admission::certs::{SubjectNames, ensure};
use tokio::time::sleep;

use super::running::{POLL, Running, options};
use crate::support::client::{Client, in_time};

/// A folder as the kubelet mounts a Secret, with a first version of it.
fn mounted() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    ensure(&folder.path().join("v1"), &SubjectNames::default(), SystemTime::now()).unwrap();
    swap(folder.path(), "v1");
    for name in ["tls.crt", "tls.key", "ca.crt"] {
        symlink(format!("..data/{name}"), folder.path().join(name)).unwrap();
    }
    folder
}

/// Writes another version, signed by the same CA.
fn renew(folder: &Path, version: &str) {
    let new = folder.join(version);
    fs::create_dir(&new).unwrap();
    for name in ["ca.crt", "ca.key"] {
        fs::copy(folder.join("v1").join(name), new.join(name)).unwrap();
    }
    ensure(&new, &SubjectNames::default(), SystemTime::now()).unwrap();
}

fn swap(folder: &Path, version: &str) {
    symlink(version, folder.join("..data_tmp")).unwrap();
    fs::rename(folder.join("..data_tmp"), folder.join("..data")).unwrap();
}

async fn served(client: &Client) -> CertificateDer<'static> {
    let stream = client.connect(&["http/1.1"]).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

/// Waits until every client has a few more answers.
async fn more(answered: &AtomicUsize) {
    let enough = answered.load(Ordering::Relaxed) + 30;
    in_time(async {
        while answered.load(Ordering::Relaxed) < enough {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

async fn start(folder: tempfile::TempDir) -> (Running, std::path::PathBuf) {
    let path = folder.path().to_owned();
    (Running::with_certificates(options(), folder, &path).await, path)
}

#[tokio::test]
async fn a_swap_under_load_fails_no_request_and_shows_the_new_certificate() {
    let (server, path) = start(mounted()).await;
    let done = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicUsize::new(0));
    let mut load = Vec::new();
    for number in 0..6 {
        let (client, done, answered) = (server.client.clone(), done.clone(), answered.clone());
        load.push(tokio::spawn(async move {
            let mut connection = client.http1().await.unwrap();
            while !done.load(Ordering::Relaxed) {
                if number % 2 == 0 {
                    connection = client.http1().await.unwrap();
                }
                let answer = connection.post("/validate", "{}").await.unwrap();
                assert_eq!(answer.status, StatusCode::OK);
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for version in ["v2", "v3"] {
        renew(&path, version);
        more(&answered).await;
        swap(&path, version);
        let new = CertificateDer::from_pem_file(path.join(version).join("tls.crt")).unwrap();
        in_time(async { while served(&server.client).await != new {} }).await;
    }
    more(&answered).await;
    done.store(true, Ordering::Relaxed);
    for client in load {
        client.await.unwrap();
    }
    assert_eq!(server.metric("certificate_reloads_total{result=\"success\"}").await, 2);
    assert_eq!(server.metric("certificate_reloads_total{result=\"failure\"}").await, 0);
}

#[tokio::test]
async fn a_broken_certificate_keeps_the_last_good_one() {
    let (server, path) = start(mounted()).await;
    let before = served(&server.client).await;
    renew(&path, "v2");
    fs::copy(path.join("v1/tls.key"), path.join("v2/tls.key")).unwrap();
    swap(&path, "v2");
    let failures = "certificate_reloads_total{result=\"failure\"}";
    server.until(failures, 1).await;
    assert_eq!(served(&server.client).await, before);
    sleep(POLL * 5).await;
    assert_eq!(server.metric(failures).await, 1, "the same trouble is counted once");
    renew(&path, "v3");
    swap(&path, "v3");
    in_time(async { while served(&server.client).await == before {} }).await;
}
