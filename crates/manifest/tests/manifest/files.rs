//! Files and folders.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use kubernetes_manifest::{ManifestError, read, stamp};
use tempfile::{TempDir, tempdir};

#[test]
fn a_folder_gives_its_manifests_sorted_by_path() {
    let folder = folder(&[
        ("b.yaml", "v: 3"),
        ("a/z.yml", "v: 1"),
        ("a/deep/x.json", "{\"v\": 0}"),
        ("c.json", "{\"v\": 4}{\"v\": 5}"),
        ("a.yaml", "v: 2"),
        ("notes.txt", "not: [read"),
        ("none", "not: [read"),
        (".hidden.yaml", "not: [read"),
        (".git/x.yaml", "not: [read"),
    ]);
    assert_eq!(
        found(folder.path()),
        ["a/deep/x.json 0", "a/z.yml 1", "a.yaml 2", "b.yaml 3", "c.json 4", "c.json 5"]
    );
}

#[test]
fn a_file_may_have_any_name() {
    let folder = folder(&[(".hidden", "v: 1")]);
    let path = folder.path().join(".hidden");
    let documents = read(&path).unwrap();
    assert_eq!(&*documents[0].file, path.to_str().unwrap());
}

#[test]
fn a_mounted_config_map_is_read_once_and_its_swap_noticed() {
    let mount = folder(&[("..1/a.yaml", "v: 1"), ("..2/a.yaml", "v: 2")]);
    let path = |name: &str| mount.path().join(name);
    symlink("..1", path("..data")).unwrap();
    symlink("..data/a.yaml", path("a.yaml")).unwrap();
    assert_eq!(found(mount.path()), ["a.yaml 1"]);

    let before = stamp(mount.path()).unwrap();
    assert_eq!(before, stamp(mount.path()).unwrap());
    symlink("..2", path("..tmp")).unwrap();
    fs::rename(path("..tmp"), path("..data")).unwrap();
    assert_ne!(before, stamp(mount.path()).unwrap());
    assert_eq!(found(mount.path()), ["a.yaml 2"]);
}

#[test]
fn links_in_circles_end() {
    let folder = folder(&[("a/x.yaml", "v: 1"), ("b/y.yaml", "v: 2")]);
    let path = |name: &str| folder.path().join(name);
    symlink(folder.path(), path("a/up")).unwrap();
    symlink(path("b"), path("a/b")).unwrap();
    symlink(path("a"), path("b/a")).unwrap();
    assert_eq!(found(folder.path()), ["a/b/y.yaml 2", "a/x.yaml 1"]);
}

#[test]
fn a_stamp_changes_with_every_change() {
    let folder = folder(&[("a.yaml", "v: 1"), ("notes.txt", "x")]);
    let path = |name: &str| folder.path().join(name);
    let mut last = stamp(folder.path()).unwrap();
    let mut changed = || {
        let now = stamp(folder.path()).unwrap();
        let changed = now != last;
        last = now;
        changed
    };
    assert!(!changed());
    fs::write(path("notes.txt"), "other").unwrap();
    assert!(!changed(), "no manifest");
    fs::write(path("a.yaml"), "v: 12").unwrap();
    assert!(changed(), "length");
    fs::write(path("b.yaml"), "v: 1").unwrap();
    assert!(changed(), "new file");
    fs::write(path("new"), "v: 2").unwrap();
    fs::rename(path("new"), path("b.yaml")).unwrap();
    assert!(changed(), "replaced by a file of the same length");
    fs::remove_file(path("b.yaml")).unwrap();
    assert!(changed(), "removed");
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = folder(&[
        ("latin.yaml", "ok: 1\nv: é"),
        ("broken/x.yaml", "a: [1"),
        ("dangling/.keep", ""),
    ]);
    let path = |name: &str| folder.path().join(name);
    let shown = |name: &str| path(name).display().to_string();
    fs::write(path("latin.yaml"), b"ok: 1\nv: \xe9").unwrap();
    symlink("nowhere", path("dangling/x.yaml")).unwrap();
    let table = [
        ("missing.yaml", format!("{}: no such file or folder", shown("missing.yaml"))),
        ("latin.yaml", format!("{}:2:4: not UTF-8", shown("latin.yaml"))),
        ("broken", format!("{}:2:1: ", shown("broken/x.yaml"))),
        ("dangling", format!("{}: cannot be read: ", shown("dangling/x.yaml"))),
    ];
    for (name, expected) in table {
        let message = read(&path(name)).unwrap_err().to_string();
        assert!(message.starts_with(&expected), "{message}");
    }
    let missing = stamp(&path("missing.yaml"));
    assert!(matches!(missing, Err(ManifestError::NotFound(_))));
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The files and numbers that a folder gives, as `a.yaml 1`.
fn found(folder: &Path) -> Vec<String> {
    let documents = read(folder).unwrap();
    documents
        .iter()
        .map(|document| {
            let file = Path::new(&*document.file).strip_prefix(folder).unwrap();
            let number = document.root.get("v").unwrap();
            format!("{} {}", file.display(), serde_json::to_string(number).unwrap())
        })
        .collect()
}
