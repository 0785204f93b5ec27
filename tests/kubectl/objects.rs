//! Objects that tests write, as short as they can be.

/// A document of a manifest; `body` is the YAML below the metadata.
fn object(kind: &str, name: &str, body: &str) -> String {
    format!(
        "apiVersion: agents.x-k8s.io/v1beta1\nkind: {kind}\nmetadata: {{name: {name}}}\n{body}\n"
    )
}

pub fn class(name: &str) -> String {
    object("SnapshotClass", name, "provisioner: agents.x-k8s.io/gvisor")
}

pub fn provider(name: &str) -> String {
    object("SnapshotProvider", name, "spec: {providerType: gvisor-s3, s3: {bucket: checkpoints}}")
}

pub fn claim(name: &str, class: &str) -> String {
    object("SnapshotClaim", name, &format!("spec: {{snapshotClassName: {class}}}"))
}

pub fn template(name: &str, class: &str) -> String {
    let body = format!("spec: {{spec: {{snapshotClassName: {class}}}}}");
    object("SnapshotClaimTemplate", name, &body)
}

/// A Sandbox that is to be hibernated to what the flow-style YAML `hibernate` says.
pub fn suspended(name: &str, hibernate: &str) -> String {
    sandbox(name, "Suspended", hibernate)
}

/// A Sandbox that would be hibernated when it is suspended.
pub fn running(name: &str, hibernate: &str) -> String {
    sandbox(name, "Running", hibernate)
}

fn sandbox(name: &str, mode: &str, hibernate: &str) -> String {
    let strategy = format!("suspensionStrategy: {{type: Hibernate, hibernate: {hibernate}}}");
    object(
        "Sandbox",
        name,
        &format!("spec: {{podTemplate: {{}}, operatingMode: {mode}, {strategy}}}"),
    )
}

/// A file of several documents.
pub fn file(documents: &[String]) -> String {
    documents.join("---\n")
}
