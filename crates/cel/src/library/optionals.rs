//! The functions that cel-go adds to the optionals of the `cel` crate.

use cel::ExecutionError;
use cel::common::types::CelOptional;
use cel::common::value::{CowVal, Val};

use super::arguments::{Answer, Arguments};
use crate::function::Function;
use crate::types::Type;
use crate::value::List;

const ANY: Type = Type::List(&Type::Dyn);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::global("optional.unwrap", &[ANY], ANY, unwrap),
    Function::member("unwrapOpt", ANY, &[], ANY, unwrap),
];

/// The values of the optionals that have one.
fn unwrap<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let mut values = Vec::new();
    for item in Arguments(&arguments).items(0)? {
        let optional = item.downcast_ref::<CelOptional<'_>>();
        let refused =
            || ExecutionError::function_error("unwrap", "the list has items that are no optionals");
        values.extend(optional.ok_or_else(refused)?.option().map(Val::clone_as_boxed));
    }
    Ok(CowVal::owned(List::from(values)))
}
