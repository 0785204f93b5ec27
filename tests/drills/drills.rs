//! The failures and the maintenance that happen to a cluster under load.

use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use serde_json::json;

use crate::cluster::process::eventually;
use crate::load::Cause;
use crate::world::{HOME, World};

const EXPIRY: &str = "certificate_not_after_seconds";

pub fn a_rolling_restart_fails_no_request(world: &mut World) {
    world.drill("rolling restart", &[], |world| {
        for _ in 0..2 {
            let replica = world.replicas.remove(0);
            let reviews = replica.reviews;
            replica.terminate();
            world.service.remove(reviews);
            world.start_replica();
            assert!(eventually(|| world.service.ready() == 2));
        }
    });
}

/// A certificate that is due is renewed, and then the CA is replaced: an admin deletes the Secret to get
/// a new one.
pub fn certificates_rotate_without_a_failed_request(world: &mut World) {
    world.drill("certificate rotation", &[], |world| {
        let (aged, expiry) = aged_certificate(world);
        let kubectl = world.cluster.kubectl().in_namespace(HOME);
        let patch = format!("patch secret sandbox-admission-certs --type=merge -p {aged}");
        kubectl.run(&patch).succeeded();
        for replica in &world.replicas {
            replica.wait_for_metric(EXPIRY, |served| served == expiry);
        }
        // The replicas read the Secret when something changes, else once a minute.
        kubectl.run("label secret sandbox-admission-certs look=again").succeeded();
        for replica in &world.replicas {
            replica.wait_for_metric(EXPIRY, |served| served > expiry);
        }

        let (authorities, renewed) = (world.authorities(), world.replicas[0].metric(EXPIRY));
        kubectl.run("delete secret sandbox-admission-certs").succeeded();
        for replica in &world.replicas {
            replica.wait_for_metric(EXPIRY, |served| served > renewed);
        }
        assert_ne!(world.authorities(), authorities);
    });
}

/// Data for the Secret with a certificate that is past two thirds of its validity, and its expiry.
fn aged_certificate(world: &World) -> (String, i64) {
    const DAY: Duration = Duration::from_hours(24);
    let pem = |key| String::from_utf8(BASE64.decode(world.secret(key)).unwrap()).unwrap();
    let key = KeyPair::from_pem(&pem("ca.key")).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&pem("ca.crt"), key).unwrap();
    let name = format!("sandbox-admission.{HOME}.svc");
    let mut params = CertificateParams::new([name.clone(), name + ".cluster.local"]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = SystemTime::now();
    params.not_before = (now - 70 * DAY).into();
    params.not_after = (now + 20 * DAY).into();
    let expiry = params.not_after.unix_timestamp();
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let data = json!({"data": {
        "tls.crt": BASE64.encode(certificate.pem()),
        "tls.key": BASE64.encode(key.serialize_pem()),
    }});
    (data.to_string(), expiry)
}

/// Between overwriting and repair the API server can call no replica; the test is that the bundle is
/// repaired.
pub fn an_overwritten_ca_bundle_is_repaired(world: &mut World) {
    let unpreventable = [Cause::CallFailed, Cause::Unjudged];
    world.drill("caBundle overwritten by hand", &unpreventable, |world| {
        let foreign = rcgen::generate_simple_self_signed(["foreign".to_owned()]).unwrap();
        let foreign = BASE64.encode(foreign.cert.pem());
        let ours = world.authorities();
        let kubectl = world.cluster.kubectl();
        for kind in ["validatingwebhookconfiguration", "mutatingwebhookconfiguration"] {
            let get = format!("get {kind} sandbox-admission -o json");
            let overwritten = kubectl.run(&get).succeeded().replace(&ours, &foreign);
            assert!(overwritten.contains(&foreign));
            kubectl.pipe("replace -f -", &overwritten).succeeded();
        }
        assert!(eventually(|| world.bundles().iter().all(|bundle| *bundle == ours)));
    });
}

pub fn a_paused_etcd_is_waited_for(world: &mut World) {
    world.drill("etcd paused for 5 s", &[Cause::ApiServer], |world| {
        world.cluster.etcd().signal("STOP");
        sleep(Duration::from_secs(5));
        let ready = world.service.ready();
        world.cluster.etcd().signal("CONT");
        assert_eq!(ready, 2, "the replicas keep what they know");
    });
}

pub fn a_restarted_api_server_is_followed_again(world: &mut World) {
    const OBJECTS: &str = r#"catalog_objects{kind="SnapshotClass"}"#;
    world.drill("kube-apiserver killed and started", &[Cause::ApiServer], |world| {
        world.cluster.kill_apiserver();
        sleep(Duration::from_secs(3));
        for replica in &world.replicas {
            assert!(replica.metric(OBJECTS) >= 2, "it knows what it knew");
        }
        assert_eq!(world.service.ready(), 2);
        world.cluster.start_apiserver_again();
        let back = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let back = i64::try_from(back).unwrap();
        for replica in &world.replicas {
            for kind in ["Sandbox", "SnapshotClaim"] {
                let heard = format!(r#"catalog_heard_timestamp_seconds{{kind="{kind}"}}"#);
                replica.wait_for_metric(&heard, |heard| heard > back);
            }
        }
    });
}
