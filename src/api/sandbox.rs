//! Sandbox: upstream's kind. Only its suspend and snapshot fields are read.

use partial_json::{Raw, Text, non_empty, object, object_or_default};
use serde::Deserialize;

use super::condition::Condition;
use super::meta::ObjectMeta;

/// A Sandbox, as far as admission reads it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(expecting = "an object")]
pub struct Sandbox<'a> {
    /// Name, namespace, deletion.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub metadata: ObjectMeta<'a>,
    /// The desired state. Absent only in objects that no schema has checked.
    #[serde(borrow, default, deserialize_with = "object")]
    pub spec: Option<SandboxSpec<'a>>,
    /// The controller's record.
    #[serde(borrow, default, deserialize_with = "object_or_default")]
    pub status: SandboxStatus<'a>,
}

impl<'a> Sandbox<'a> {
    /// The mode as written; `None` when omitted.
    pub fn written_mode(&self) -> Option<&OperatingMode<'a>> {
        self.spec.as_ref()?.operating_mode.as_ref()
    }

    /// Returns whether the owner wants it suspended. An omitted mode means `Running`.
    pub fn is_suspended(&self) -> bool {
        self.written_mode() == Some(&OperatingMode::Suspended)
    }

    /// The strategy by which it is paused.
    pub fn strategy(&self) -> Option<&SuspensionStrategy<'a>> {
        self.spec.as_ref()?.suspension_strategy.as_ref()
    }

    /// The type of its strategy.
    pub fn suspension_type(&self) -> Option<&SuspensionType<'a>> {
        self.strategy()?.r#type.as_ref()
    }

    /// The Pod's template, undecoded.
    pub fn pod_template(&self) -> Option<Raw<'a>> {
        self.spec.as_ref()?.pod_template
    }

    /// The hibernate block, whatever the type.
    pub fn hibernate(&self) -> Option<&Hibernate<'a>> {
        self.strategy()?.hibernate.as_ref()
    }

    /// The hibernate block where it has an effect: with type Hibernate.
    pub fn effective_hibernate(&self) -> Option<&Hibernate<'a>> {
        self.hibernates().then(|| self.hibernate()).flatten()
    }

    /// Returns whether its strategy writes a checkpoint.
    pub fn hibernates(&self) -> bool {
        self.suspension_type() == Some(&SuspensionType::Hibernate)
    }

    /// Returns whether a checkpoint of it is to be taken now, as far as anyone can tell: it is Suspended
    /// with type Hibernate and holds none, and its controller has not said of this generation that it is
    /// suspended. One that was created Suspended never had a Pod: once its controller has said so,
    /// nothing is written.
    pub fn is_being_hibernated(&self) -> bool {
        let is_to_be = self.is_suspended() && self.hibernates() && self.status.snapshot.is_none();
        is_to_be && !self.status.is_suspended(self.metadata.generation)
    }
}

/// The part of `spec` that admission reads.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct SandboxSpec<'a> {
    /// Desired state; `None` means `Running`.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub operating_mode: Option<OperatingMode<'a>>,
    /// The strategy by which a suspended Sandbox is paused; `None` means Stop, as upstream does
    /// today.
    #[serde(borrow, default, deserialize_with = "object")]
    pub suspension_strategy: Option<SuspensionStrategy<'a>>,
    /// The Pod's template, undecoded: rules only ask whether it changed.
    #[serde(borrow, default)]
    pub pod_template: Option<Raw<'a>>,
    // From here on: fields of other APIs and of earlier drafts, not part of this one.
    /// As on a Job.
    #[serde(borrow, default)]
    pub suspend: Option<Raw<'a>>,
    /// The same as a state.
    #[serde(borrow, default)]
    pub suspended: Option<Raw<'a>>,
    /// As people ask for it.
    #[serde(borrow, default)]
    pub pause: Option<Raw<'a>>,
    /// As on a Deployment.
    #[serde(borrow, default)]
    pub paused: Option<Raw<'a>>,
    /// The suspension strategy in an earlier draft.
    #[serde(borrow, default)]
    pub strategy: Option<Raw<'a>>,
    /// Upstream's v1alpha1, in which 0 meant suspended.
    #[serde(borrow, default)]
    pub replicas: Option<Raw<'a>>,
}

/// `spec.operatingMode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatingMode<'a> {
    /// The agent runs.
    Running,
    /// The agent is paused as its strategy says.
    Suspended,
    /// Anything else; denied.
    Unsupported(Text<'a>),
}

impl<'a> From<Text<'a>> for OperatingMode<'a> {
    fn from(text: Text<'a>) -> Self {
        match text.as_str() {
            "Running" => Self::Running,
            "Suspended" => Self::Suspended,
            _ => Self::Unsupported(text),
        }
    }
}

/// `spec.suspensionStrategy`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct SuspensionStrategy<'a> {
    /// Required by the API.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub r#type: Option<SuspensionType<'a>>,
    /// Required with type Hibernate.
    #[serde(borrow, default, deserialize_with = "object")]
    pub hibernate: Option<Hibernate<'a>>,
}

/// `spec.suspensionStrategy.type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuspensionType<'a> {
    /// Deletes the Pod.
    Stop,
    /// Keeps the Pod, freezes its containers.
    Freeze,
    /// Writes memory and file system as a checkpoint, then deletes the Pod.
    Hibernate,
    /// Anything else; denied.
    Unsupported(Text<'a>),
}

impl SuspensionType<'_> {
    /// The types that the API knows, as it spells them.
    pub const SUPPORTED: [&'static str; 3] = ["Stop", "Freeze", "Hibernate"];

    /// The type as the API spells it.
    pub fn name(&self) -> &str {
        match self {
            Self::Stop => "Stop",
            Self::Freeze => "Freeze",
            Self::Hibernate => "Hibernate",
            Self::Unsupported(text) => text,
        }
    }
}

impl<'a> From<Text<'a>> for SuspensionType<'a> {
    fn from(text: Text<'a>) -> Self {
        match text.as_str() {
            "Stop" => Self::Stop,
            "Freeze" => Self::Freeze,
            "Hibernate" => Self::Hibernate,
            _ => Self::Unsupported(text),
        }
    }
}

/// `spec.suspensionStrategy.hibernate`: where the checkpoint goes. An empty block means the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct Hibernate<'a> {
    /// A SnapshotClaim in the Sandbox's namespace.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub snapshot_claim_name: Option<Text<'a>>,
    /// A SnapshotClaimTemplate in the Sandbox's namespace.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub snapshot_claim_template_name: Option<Text<'a>>,
    /// A cluster-scoped SnapshotProvider.
    #[serde(borrow, default, deserialize_with = "object")]
    pub snapshot_provider_ref: Option<SnapshotProviderRef<'a>>,
    /// A field of an earlier draft of the KEP, not part of the API.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub snapshot_class_name: Option<Text<'a>>,
    /// The same field in a still earlier draft.
    #[serde(borrow, default)]
    pub snapshot_class: Option<Raw<'a>>,
}

/// One place that a hibernate block names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference<'r> {
    /// A SnapshotClaim of the Sandbox's namespace.
    Claim(&'r str),
    /// A SnapshotClaimTemplate of the Sandbox's namespace.
    Template(&'r str),
    /// A SnapshotProvider.
    Provider(&'r str),
    /// Nothing is named: the namespace's default claim, else the cluster's default class.
    Default,
}

impl Hibernate<'_> {
    /// The references in the block: one in a valid block, more in a contradictory one.
    pub fn references(&self) -> impl Iterator<Item = Reference<'_>> {
        let provider = self.snapshot_provider_ref.as_ref();
        let claim = self.snapshot_claim_name.as_deref().map(Reference::Claim);
        let template = self.snapshot_claim_template_name.as_deref().map(Reference::Template);
        let named = provider.and_then(|provider| provider.name.as_deref()).map(Reference::Provider);
        let default = (claim.is_none() && template.is_none() && provider.is_none())
            .then_some(Reference::Default);
        claim.into_iter().chain(template).chain(named).chain(default)
    }
}

/// `snapshotProviderRef`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct SnapshotProviderRef<'a> {
    /// The SnapshotProvider's name; required by the API.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub name: Option<Text<'a>>,
}

/// The part of `status` that admission reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object")]
pub struct SandboxStatus<'a> {
    /// The one live checkpoint, if there is one.
    #[serde(borrow, default, deserialize_with = "object")]
    pub snapshot: Option<SandboxSnapshot<'a>>,
    /// The conditions, undecoded: few questions need them.
    #[serde(borrow, default)]
    pub conditions: Option<Raw<'a>>,
}

impl SandboxStatus<'_> {
    /// Returns whether the controller has found the Sandbox suspended in this generation. A condition
    /// of an older one may be left from an earlier suspend. Conditions that do not decode say nothing.
    fn is_suspended(&self, generation: Option<i64>) -> bool {
        let conditions = self.conditions.map(|json| partial_json::from_str(json.get()));
        let conditions: Vec<Condition<'_>> = conditions.and_then(Result::ok).unwrap_or_default();
        let is_it = |condition: &Condition<'_>| {
            condition.says("Suspended", "True")
                && generation.is_some()
                && condition.observed_generation == generation
        };
        conditions.iter().any(is_it)
    }
}

/// `status.snapshot`: the live checkpoint. Restore and delete use this record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an object")]
pub struct SandboxSnapshot<'a> {
    /// The driver's handle; required.
    #[serde(borrow, default, deserialize_with = "non_empty", rename = "snapshotUID")]
    pub snapshot_uid: Option<Text<'a>>,
    /// The class it was written with; required.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub snapshot_class_name: Option<Text<'a>>,
    /// The claim it was written through.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub snapshot_claim_name: Option<Text<'a>>,
    /// Its size in bytes.
    #[serde(default)]
    pub size_bytes: Option<i64>,
    /// The time at which it was written.
    #[serde(borrow, default, deserialize_with = "non_empty")]
    pub creation_time: Option<Text<'a>>,
    /// The data that the driver needs back on restore.
    #[serde(borrow, default)]
    pub driver_metadata: Option<super::Parameters<'a>>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::decode;

    fn sandbox(status: &Value) -> Value {
        json!({
            "metadata": {"name": "s", "generation": 2},
            "spec": {"operatingMode": "Suspended", "suspensionStrategy": {"type": "Hibernate"}},
            "status": status,
        })
    }

    fn is_being_hibernated(sandbox: &Value) -> bool {
        decode::<Sandbox<'_>>(&sandbox.to_string()).unwrap().is_being_hibernated()
    }

    #[test]
    fn a_sandbox_is_being_hibernated_until_a_record_or_its_controller_says_otherwise() {
        let suspended = |status: &str, generation: Value| {
            sandbox(&json!({"conditions": [
                {"type": "Ready", "status": "True", "observedGeneration": 2},
                {"type": "Suspended", "status": status, "observedGeneration": generation},
            ]}))
        };
        for (sandbox, expected) in [
            (sandbox(&json!({})), true),
            (sandbox(&json!({"conditions": null})), true),
            (sandbox(&json!({"conditions": "odd"})), true),
            (sandbox(&json!({"snapshot": {}})), false),
            (suspended("True", json!(2)), false),
            (suspended("False", json!(2)), true),
            // Left from an earlier suspend, or from a controller that does not say of what it speaks.
            (suspended("True", json!(1)), true),
            (suspended("True", Value::Null), true),
        ] {
            assert_eq!(is_being_hibernated(&sandbox), expected, "{sandbox}");
        }
        let mut without_generation = suspended("True", Value::Null);
        without_generation["metadata"] = json!({});
        assert!(is_being_hibernated(&without_generation));
    }

    #[test]
    fn a_sandbox_that_runs_or_is_stopped_is_not_being_hibernated() {
        let mut running = sandbox(&json!({}));
        running["spec"]["operatingMode"] = "Running".into();
        let mut stopped = sandbox(&json!({}));
        stopped["spec"]["suspensionStrategy"]["type"] = "Stop".into();
        assert!(!is_being_hibernated(&running) && !is_being_hibernated(&stopped));
    }
}
