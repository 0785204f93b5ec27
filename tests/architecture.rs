//! The architecture, read from the sources: which module uses which, and that no arrow points
//! upwards. `cargo test --test all architecture:: -- --nocapture` prints the graph.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the program from the ground up. Each may use those of the lines above its own.
const LAYERS: [&[&str]; 9] = [
    // How texts of strangers are shown.
    &["visible"],
    // Tools: configuration with places, test reports, the client of the API server. And the
    // protocol of Kubernetes' admission, which knows no kind of ours.
    &["strict", "junit", "client", "admission"],
    // The kinds.
    &["api"],
    // What else exists.
    &["catalog"],
    // Our rules.
    &["rules"],
    // The operator's rules.
    &["policy"],
    // A review's way, and that of files.
    &["webhook", "check"],
    // How reviews come in, with which certificate, and what is installed for that.
    &["server", "certs", "install"],
    // The command line.
    &["cli"],
];

/// The engines know nothing of the program, and nothing above them of each other.
const CRATES: [(&str, &[&str]); 4] = [
    ("json", &[]),
    ("manifest", &[]),
    ("cel", &["partial-json"]),
    // Its tests read YAML.
    ("schema", &["kubernetes-cel", "kubernetes-manifest"]),
];

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The modules that a text names behind `crate::`, alone or in braces.
fn used(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let word = |text: &str| -> String {
        text.chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').collect()
    };
    // Documentation may point upwards.
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => _ = used.insert(word(rest)),
            Some(group) => {
                let mut depth = 0;
                for part in group.split_inclusive([',', '{', '}']) {
                    if depth == 0 {
                        used.insert(word(part.trim_start()));
                    }
                    depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
                    if depth < 0 {
                        break;
                    }
                }
            }
        }
    }
    used.remove("");
    used
}

/// Each module with those that it uses.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let root = repository("src");
    let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
    let mut texts = Vec::new();
    for file in sources(&root) {
        let inside = file.strip_prefix(&root).unwrap();
        let module = inside.components().next().unwrap().as_os_str().to_string_lossy();
        let module = module.trim_end_matches(".rs").to_owned();
        if !["lib", "main"].contains(&&*module) {
            texts.push((module, fs::read_to_string(&file).unwrap()));
        }
    }
    let modules: BTreeSet<_> = texts.iter().map(|(module, _)| module.clone()).collect();
    for (module, text) in texts {
        let used = used(&text).into_iter().filter(|it| modules.contains(it) && *it != module);
        graph.entry(module.clone()).or_default().extend(used);
    }
    graph
}

fn layer(module: &str) -> usize {
    let found = LAYERS.iter().position(|layer| layer.contains(&module));
    found.unwrap_or_else(|| panic!("module {module} has no place in the architecture yet"))
}

#[test]
fn no_module_uses_one_of_its_own_layer_or_above() {
    let mut upwards = Vec::new();
    for (module, used) in graph() {
        println!("{module} -> {}", used.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        for other in used {
            if layer(&other) >= layer(&module) {
                upwards.push(format!("{module} -> {other}"));
            }
        }
    }
    assert!(upwards.is_empty(), "arrows that point upwards: {upwards:?}");
}

#[test]
fn the_graph_has_what_is_used_in_braces_and_in_paths() {
    let text =
        "use crate::{admission::field::{A, B}, api};\n// crate::cli\nfn f() { crate::rules::x() }";
    let names: Vec<_> = used(text).into_iter().collect();
    assert_eq!(names, ["admission", "api", "rules"]);
    assert!(graph()["cli"].contains("webhook"));
}

#[test]
fn the_engines_know_nothing_of_the_program() {
    for (name, engines) in CRATES {
        let folder = repository("crates").join(name);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let ours = [
            "partial-json",
            "kubernetes-manifest",
            "kubernetes-cel",
            "kubernetes-schema",
            "sandbox-admission",
        ];
        for other in ours.iter().filter(|it| !engines.contains(it)) {
            let uses = manifest.lines().any(|line| {
                line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} ="))
            });
            assert!(!uses, "{name} uses {other}");
        }
        // Tests may name the types that Kubernetes declares.
        let is_tests = |file: &PathBuf| file.components().any(|part| part.as_os_str() == "tests");
        for file in sources(&folder.join("src")).into_iter().filter(|file| !is_tests(file)) {
            let text = fs::read_to_string(&file).unwrap().to_lowercase();
            for word in ["admission", "webhook", "sandbox", "snapshotc"] {
                assert!(!text.contains(word), "{}: {word}", file.display());
            }
        }
    }
}
