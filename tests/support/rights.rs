//! Objects together with the rights that an API server would know of.

use std::sync::Arc;

use sandbox_admission::admission::UserInfo;
use sandbox_admission::catalog::{
    Catalog, Checkpoints, Claim, Class, Kept, Lookup, ObjectName, Objects, Unavailable, Users,
};

/// Objects, and the classes and providers that everyone may use.
pub struct WithRights {
    pub objects: Objects,
    /// As `snapshotclasses/fast`. `None` where there is nobody to ask.
    pub may_use: Option<Vec<String>>,
}

impl Catalog for WithRights {
    fn object(&self, name: ObjectName<'_>) -> Result<Option<Kept>, Unavailable> {
        self.objects.object(name)
    }

    fn default_classes(&self) -> Result<Vec<Arc<Class>>, Unavailable> {
        self.objects.default_classes()
    }

    fn default_claim(&self, namespace: &str) -> Lookup<Claim> {
        self.objects.default_claim(namespace)
    }

    fn nearest(&self, name: ObjectName<'_>) -> Option<String> {
        self.objects.nearest(name)
    }

    fn checkpoints_on(&self, target: ObjectName<'_>) -> Result<Checkpoints, Unavailable> {
        self.objects.checkpoints_on(target)
    }

    fn selecting_class(&self, name: &str) -> Result<Users, Unavailable> {
        self.objects.selecting_class(name)
    }

    fn naming_template(&self, namespace: &str, name: &str) -> Result<Users, Unavailable> {
        self.objects.naming_template(namespace, name)
    }

    fn may_use(
        &self,
        _: &UserInfo<'_>,
        target: ObjectName<'_>,
    ) -> Result<Option<bool>, Unavailable> {
        let target = format!("{}/{}", target.kind.plural(), target.name);
        Ok(self.may_use.as_ref().map(|may_use| may_use.contains(&target)))
    }
}
