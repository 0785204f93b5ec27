//! Rules on the `parameters` of classes, claims and templates.

use super::credentials;
use super::errors::Errors;
use super::rule::Rule;
use super::run::{RuleSubject, Write};
use crate::admission::field::{FieldError, at_key};
use crate::api::{Parameters, words};

/// As for StorageClass (`pkg/apis/storage/validation`).
const MAX_ENTRIES: usize = 512;
const MAX_BYTES: usize = 256 * 1024;

/// A kind with parameters.
pub trait Parameterised: RuleSubject {
    /// Their path.
    const PARAMETERS: &'static str;

    /// The parameters; `None` where their parent is missing.
    fn parameters<'r>(object: &'r Self::Object<'_>) -> Option<&'r Parameters<'r>>;

    /// The path of one parameter.
    fn parameter_path(key: &str) -> String {
        at_key(Self::PARAMETERS, key)
    }
}

/// `parameters-valid`
pub static PARAMETERS_VALID: Rule = Rule {
    id: "parameters-valid",
    summary: "`parameters` has at most 512 entries, 256 KiB in all, and no empty key.",
    why: "Every driver call carries the parameters; the limits are those of a StorageClass. \
          Remove what the driver does not need.",
    ..Rule::STRUCTURAL
};

/// The code of [`PARAMETERS_VALID`].
pub fn parameters_valid<K: Parameterised>(write: &Write<'_, '_, K>) -> Errors {
    let Some(parameters) = K::parameters(write.new) else { return Errors::none() };
    let old = write.old.and_then(K::parameters);
    let mut errors = Errors::none();
    // An old excess may be reduced step by step.
    if parameters.len() > MAX_ENTRIES && old.is_none_or(|old| parameters.len() > old.len()) {
        errors.push(FieldError::too_many(K::PARAMETERS, parameters.len(), MAX_ENTRIES));
    }
    if changed_keys(write).any(str::is_empty) {
        errors.push(FieldError::invalid(K::parameter_path(""), "", words::EMPTY_KEY));
    }
    let bytes = parameters.bytes();
    if bytes > MAX_BYTES && old.is_none_or(|old| bytes > old.bytes()) {
        let hint = format!(" in all, these are {bytes}; {}", words::REMOVE_PARAMETERS);
        errors.push(FieldError::too_long(K::PARAMETERS, MAX_BYTES, &hint));
    }
    errors
}

/// The parameters that are new or have another value than before.
fn changed<'r, K: Parameterised>(
    write: &Write<'r, '_, K>,
) -> impl Iterator<Item = (&'r str, &'r str)> {
    let old = write.old.and_then(K::parameters);
    let new = K::parameters(write.new).into_iter();
    new.flat_map(move |new| new.changed_since(old))
}

/// The keys of the parameters that are new or have another value than before.
pub fn changed_keys<'r, K: Parameterised>(
    write: &Write<'r, '_, K>,
) -> impl Iterator<Item = &'r str> {
    changed(write).map(|(key, _)| key)
}

/// `secret-in-parameters`
pub static SECRET_IN_PARAMETERS: Rule = Rule {
    id: "secret-in-parameters",
    summary: "No parameter looks like a credential, neither by its key nor by its value.",
    why: "Parameters are readable by everyone who can read the object, and land in logs and \
          backups. Give the driver its credentials through a Secret or a workload identity; a key \
          that only names a Secret (`secretName`, `credentialsRef`) is fine. Keys are read by \
          words, so `maxTokens` is fine too. Among values a user or password in a URL is \
          recognised, and `AccountKey=`, a shared access signature, an AWS access key ID, a PEM \
          private key and a bearer token. No message repeats a value.",
    ..Rule::SEMANTIC
};

/// The code of [`SECRET_IN_PARAMETERS`].
pub fn secret_in_parameters<K: Parameterised>(write: &Write<'_, '_, K>) -> Errors {
    let credentials = changed(write).filter_map(|(key, value)| {
        let is_named = credentials::is_named_by(key);
        let form = if is_named { None } else { credentials::held_by(value) };
        (is_named || form.is_some()).then_some((key, form))
    });
    Errors::for_each(credentials, |(key, form)| {
        let what = form.map_or("looks like a credential".to_owned(), |it| format!("holds {it}"));
        let detail = format!(
            "{what}, and everyone who can read this object can read it; keep it in a Secret or use \
             a workload identity"
        );
        FieldError::forbidden(K::parameter_path(key), &detail)
    })
}
