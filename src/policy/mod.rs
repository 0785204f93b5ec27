//! Policies: the operator's own rules, in CEL, across objects.
//!
//! The path of a policy: `documents` finds it in files and `read` checks its form, which gives a
//! [`Definition`]; `compile` makes it a [`Policy`] and `set` a part of the [`PolicySet`] in use.
//! The path of a request: the set's table says whether any policy is about it; if so, `run` decodes
//! the parts that policies read (`review`), asks the catalog for the other objects that they name
//! (`related`), and evaluates the policies one by one (`evaluate`).

mod compile;
mod constraints;
mod costs;
mod definition;
mod documents;
mod evaluate;
mod files;
mod lint;
mod read;
mod related;
mod review;
mod run;
mod selector;
mod set;
mod target;
pub mod test;
mod variables;

pub use compile::Policy;
pub use definition::{Actions, Definition};
pub use documents::definitions;
pub use files::{Policies, PolicyError, policies};
pub use lint::lint;
pub use related::PolicySubject;
pub use run::{PolicyFindings, PolicyRequest, PolicyResult};
pub use set::PolicySet;
