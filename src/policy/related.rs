//! The objects that an object's references resolve to. The catalog is asked only for those that are
//! named.

use std::collections::BTreeMap;
use std::sync::Arc;

use kubernetes_cel::{Projection, Value, decode};

use super::target::Target;
use super::variables::{CLAIM, CLASS, NAMESPACE, PROVIDER, RELATED, TARGET, TEMPLATE, USAGE};
use crate::api::{
    self, Hibernate, Kind, Reference, Sandbox, SnapshotClaim, SnapshotClaimSpec,
    SnapshotClaimTemplate, SnapshotClass, SnapshotProvider,
};
use crate::catalog::{
    Catalog, Claim, Class, Namespace, ObjectName, Provider, Template, Unavailable, Users,
};

/// The objects that an object's references lead to, as far as expressions read them.
#[derive(Debug, Default)]
pub struct Related {
    claim: Option<Arc<Claim>>,
    template: Option<Arc<Template>>,
    class: Option<Arc<Class>>,
    provider: Option<Arc<Provider>>,
    usage: Option<Users>,
    target: Option<Target>,
    /// True where an object is missing that a reference names.
    pub is_incomplete: bool,
}

/// Returns whether expressions name anything that the catalog is asked for.
pub fn are_asked_for(reads: &Projection) -> bool {
    RELATED.into_iter().any(|name| reads.of(name).is_some())
}

/// The object that is written or deleted, as far as its references go.
pub struct PolicySubject<'r> {
    /// Its kind.
    pub kind: Kind,
    /// Empty for cluster-scoped kinds.
    pub namespace: &'r str,
    /// Its name; empty where it has none yet.
    pub name: &'r str,
    /// The object itself; the stored one where it is deleted.
    pub object: &'r api::Subject<'r>,
}

/// The references of an object.
#[derive(Default)]
struct References {
    claim: Option<String>,
    template: Option<String>,
    provider: Option<String>,
    class: Option<String>,
    /// True where a class is selected at all, even if it is the default.
    has_class: bool,
    /// True where the namespace's default claim is meant.
    falls_back: bool,
    own: Target,
}

impl Related {
    /// Follows the references of an object.
    pub fn find(
        subject: &PolicySubject<'_>,
        reads: &Projection,
        catalog: &dyn Catalog,
    ) -> Result<Self, Unavailable> {
        let mut found = Self::default();
        if reads.of(USAGE).is_some() {
            found.usage = usage(subject, catalog)?;
        }
        let is_named = |name: &str| reads.of(name).is_some();
        if ![CLAIM, TEMPLATE, CLASS, PROVIDER, TARGET].into_iter().any(is_named) {
            return Ok(found);
        }
        found.follow(subject, references(subject), catalog)?;
        Ok(found)
    }

    fn follow(
        &mut self,
        subject: &PolicySubject<'_>,
        references: References,
        catalog: &dyn Catalog,
    ) -> Result<(), Unavailable> {
        let namespace = subject.namespace;
        let mut own = references.own;
        let mut class = references.class;
        let mut has_class = references.has_class;
        let named = references.claim.is_some()
            || references.template.is_some()
            || references.provider.is_some();
        if let Some(name) = &references.claim {
            self.claim = catalog.claim(namespace, name)?;
        } else if references.falls_back {
            self.claim = catalog.default_claim(namespace)?;
            has_class = self.claim.is_none();
        }
        if let Some(name) = &references.template {
            self.template = catalog.template(namespace, name)?;
        }
        if let Some(name) = &references.provider {
            self.provider = catalog.provider(name)?;
        }
        if let Some(claim) = &self.claim {
            class = claim.effective_class().map(str::to_owned);
            has_class = true;
            own = whole(claim.whole.as_deref(), |claim: SnapshotClaim<'_>| {
                Target::of(claim.spec.as_ref())
            })?;
        }
        if let Some(template) = &self.template {
            class.clone_from(&template.class);
            has_class = true;
            own = whole(template.whole.as_deref(), |template: SnapshotClaimTemplate<'_>| {
                Target::of(template.spec.spec.as_ref())
            })?;
        }
        if let Some(provider) = &self.provider {
            own = whole(provider.whole.as_deref(), |it: SnapshotProvider<'_>| Target::on(&it))?;
        }
        self.class = match &class {
            Some(name) => catalog.class(name)?,
            None if has_class => catalog.default_class()?,
            None => None,
        };
        let leads_nowhere =
            self.claim.is_none() && self.template.is_none() && self.provider.is_none();
        self.is_incomplete = named && leads_nowhere || class.is_some() && self.class.is_none();
        if let Some(class) = &self.class {
            let admins = whole(class.whole.as_deref(), |it: SnapshotClass<'_>| Target::by(&it))?;
            own = own.over(admins);
        }
        self.target = own.is_complete().then_some(own);
        Ok(())
    }

    /// The value of one of our variables, as much of it as is read.
    pub fn value(&self, name: &str, reads: &Projection) -> Result<Value<'_>, Unavailable> {
        let Some(fields) = reads.of(name) else { return Ok(Value::Null) };
        let whole = match name {
            CLAIM => self.claim.as_deref().map(|it| &it.whole),
            TEMPLATE => self.template.as_deref().map(|it| &it.whole),
            CLASS => self.class.as_deref().map(|it| &it.whole),
            PROVIDER => self.provider.as_deref().map(|it| &it.whole),
            TARGET => return Ok(self.target.as_ref().map(Target::value).into()),
            USAGE => return Ok(self.usage.as_ref().map(users).into()),
            _ => None,
        };
        match whole {
            None => Ok(Value::Null),
            Some(None) => Err(not_kept()),
            Some(Some(json)) => decode(json, fields).map_err(|it| Unavailable(it.to_string())),
        }
    }
}

/// The namespace of an object. One that is missing in the catalog has only the label that the API
/// server gives to each.
pub fn namespace(name: &str, catalog: &dyn Catalog) -> Result<(Arc<Namespace>, bool), Unavailable> {
    const NAME: &str = "kubernetes.io/metadata.name";
    if let Some(known) = catalog.namespace(name)? {
        return Ok((known, true));
    }
    let whole = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {NAME: name}},
    });
    let labels = BTreeMap::from([(NAME.to_owned(), name.to_owned())]);
    Ok((Arc::new(Namespace { labels, whole: Some(whole.to_string().into()) }), false))
}

/// `namespaceObject`, as much of it as is read.
pub fn namespace_value<'n>(
    namespace: Option<&'n Namespace>,
    reads: &Projection,
) -> Result<Value<'n>, Unavailable> {
    let Some((namespace, fields)) = namespace.zip(reads.of(NAMESPACE)) else {
        return Ok(Value::Null);
    };
    let json = namespace.whole.as_deref().ok_or_else(not_kept)?;
    decode(json, fields).map_err(|error| Unavailable(error.to_string()))
}

fn not_kept() -> Unavailable {
    Unavailable("the catalog does not keep objects whole, as policies need them".to_owned())
}

fn usage(subject: &PolicySubject<'_>, catalog: &dyn Catalog) -> Result<Option<Users>, Unavailable> {
    let PolicySubject { kind, namespace, name, .. } = *subject;
    match kind {
        Kind::Sandbox => Ok(None),
        Kind::SnapshotClaimTemplate => catalog.naming_template(namespace, name).map(Some),
        Kind::SnapshotClass | Kind::SnapshotClaim | Kind::SnapshotProvider => {
            let name = ObjectName::new(kind, namespace, name);
            Ok(Some(catalog.checkpoints_on(name)?.users()))
        }
    }
}

fn users(users: &Users) -> Value<'static> {
    let count = i64::try_from(users.total()).unwrap_or(i64::MAX);
    let first: Vec<_> = users.first().iter().map(|it| Value::from(it.clone())).collect();
    Value::object([("count", count.into()), ("sandboxes", first.into())])
}

/// Returns the references of an object.
fn references(subject: &PolicySubject<'_>) -> References {
    let references = match subject.object {
        api::Subject::Sandbox(it) => it.latest().map(of_sandbox),
        api::Subject::SnapshotClass(it) => {
            it.latest().map(|class| References { own: Target::by(class), ..References::default() })
        }
        api::Subject::SnapshotClaim(it) => it.latest().map(|claim| {
            let class = claim.class_name().or(claim.status.snapshot_class_name.as_deref());
            References::selecting(class, claim.spec.as_ref())
        }),
        api::Subject::SnapshotClaimTemplate(it) => it.latest().map(|template| {
            References::selecting(template.class_name(), template.spec.spec.as_ref())
        }),
        api::Subject::SnapshotProvider(it) => {
            it.latest().map(|it| References { own: Target::on(it), ..References::default() })
        }
        api::Subject::Foreign { .. } => None,
    };
    references.unwrap_or_default()
}

/// A block counts where it has an effect, which is with type Hibernate.
fn of_sandbox(sandbox: &Sandbox<'_>) -> References {
    let mut references = References::default();
    let named = sandbox.effective_hibernate().map(Hibernate::references);
    for reference in named.into_iter().flatten() {
        match reference {
            Reference::Claim(name) => references.claim = Some(name.to_owned()),
            Reference::Template(name) => references.template = Some(name.to_owned()),
            Reference::Provider(name) => references.provider = Some(name.to_owned()),
            Reference::Default => references.falls_back = true,
        }
    }
    references
}

impl References {
    fn selecting(class: Option<&str>, spec: Option<&SnapshotClaimSpec<'_>>) -> Self {
        Self {
            class: class.map(str::to_owned),
            has_class: true,
            own: Target::of(spec),
            ..Self::default()
        }
    }
}

/// Reads an object that the catalog keeps.
fn whole<'j, T: serde::Deserialize<'j>>(
    json: Option<&'j str>,
    read: impl FnOnce(T) -> Target,
) -> Result<Target, Unavailable> {
    let json = json.ok_or_else(not_kept)?;
    api::decode(json).map(read).map_err(|error| Unavailable(error.to_string()))
}
