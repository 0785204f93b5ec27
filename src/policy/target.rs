//! The input of a driver: the provisioner, and a tenant's parameters over an admin's.

use std::collections::BTreeMap;

use kubernetes_cel::Value;

use crate::api::{Parameters, SnapshotClaimSpec, SnapshotClass, SnapshotProvider};

/// The input of a driver, as far as it is known.
#[derive(Debug, Default)]
pub struct Target {
    provisioner: Option<String>,
    parameters: BTreeMap<String, String>,
}

impl Target {
    fn new(provisioner: Option<&str>, parameters: &Parameters<'_>) -> Self {
        let parameters = parameters.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        Self { provisioner: provisioner.map(str::to_owned), parameters: parameters.collect() }
    }

    /// The parameters that a tenant asks for.
    pub fn of(spec: Option<&SnapshotClaimSpec<'_>>) -> Self {
        spec.map(|spec| Self::new(None, &spec.parameters)).unwrap_or_default()
    }

    /// The provisioner and the parameters that an admin provides.
    pub fn by(class: &SnapshotClass<'_>) -> Self {
        Self::new(class.provisioner.as_deref(), &class.parameters)
    }

    /// The same of a provider, whose parameters have fields of their own.
    pub fn on(provider: &SnapshotProvider<'_>) -> Self {
        let backends = [provider.spec.s3.as_ref(), provider.spec.gcs.as_ref()];
        let mut parameters = BTreeMap::new();
        for backend in backends.into_iter().flatten() {
            for (key, value) in [("bucket", &backend.bucket), ("region", &backend.region)] {
                if let Some(value) = value {
                    parameters.insert(key.to_owned(), value.to_string());
                }
            }
        }
        let provisioner = provider.spec.provider_type.as_deref().map(str::to_owned);
        Self { provisioner, parameters }
    }

    /// Returns whether the provisioner, and so the driver, is known.
    pub fn is_complete(&self) -> bool {
        self.provisioner.is_some()
    }

    /// Puts a tenant's parameters over the admin's.
    pub fn over(mut self, admins: Self) -> Self {
        for (key, value) in admins.parameters {
            self.parameters.entry(key).or_insert(value);
        }
        Self { provisioner: admins.provisioner, ..self }
    }

    /// As expressions see it.
    pub fn value(&self) -> Value<'_> {
        let parameters = self.parameters.iter().map(|(key, it)| (&**key, Value::from(&**it)));
        let provisioner: Value<'_> = self.provisioner.as_deref().map(Value::from).into();
        Value::object([("provisioner", provisioner), ("parameters", Value::object(parameters))])
    }
}
