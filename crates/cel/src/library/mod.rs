//! The functions that expressions may call, in one table for the checks at load, for evaluation and for
//! the cost.

mod arguments;

use crate::function::Function;

/// Every function, by library.
pub(crate) const LIBRARIES: [&[Function]; 0] = [];
