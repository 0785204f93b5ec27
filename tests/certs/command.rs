//! `sandbox-admission certs`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use sandbox_admission::certs::CertificateFiles;

fn certs(arguments: &str, folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox-admission"));
    command.arg("certs").args(arguments.split(' ')).arg("--dir").arg(folder).output().unwrap()
}

#[test]
fn a_ca_is_made_once_and_serving_certificates_as_often_as_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made = certs("ca", folder);
    assert!(made.status.success(), "{made:?}");
    let lines = ["ca.crt", "ca.key"].map(|name| format!("{}\n", folder.join(name).display()));
    assert_eq!(String::from_utf8(made.stdout).unwrap(), lines.concat());

    for name in ["first.example.org", "second.example.org"] {
        let made = certs(&format!("serving --dns-name {name} --ip-address 192.0.2.7"), folder);
        assert!(made.status.success(), "{made:?}");
        let certificate = CertificateFiles::in_folder(folder).load().unwrap();
        assert!(certificate.names(name) && certificate.names("192.0.2.7"));
        assert!(!certificate.names("localhost"));
    }

    let before = fs::read(folder.join("ca.crt")).unwrap();
    let refused = certs("ca", folder);
    assert_eq!(refused.status.code(), Some(2));
    let text = String::from_utf8(refused.stderr).unwrap();
    let start = format!("error: {} is there already: ", folder.join("ca.crt").display());
    assert!(text.starts_with(&start), "{text}");
    assert_eq!(fs::read(folder.join("ca.crt")).unwrap(), before);
}

#[test]
fn a_serving_certificate_wants_a_ca() {
    let folder = tempfile::tempdir().unwrap();
    let refused = certs("serving", folder.path());
    assert_eq!(refused.status.code(), Some(2));
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(text.ends_with("make them with `certs ca`\n"), "{text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
