//! Kubernetes' list functions, and cel-go's in the version that Kubernetes has. `lists.range` is
//! left out, because it makes large lists from one number.

use std::cmp::Ordering;

use cel::ExecutionError;
use cel::common::types::{CelOptional, Kind};
use cel::common::value::{CowVal, Val};

use super::arguments::{Answer, Arguments, bool, int};
use super::sets::is_among;
use crate::budget::spend;
use crate::function::Function;
use crate::types::Type::{self, Bool, Dyn, Int};
use crate::value::List;

const ANY: Type = Type::List(&Dyn);

/// `list.@sortByAssociatedKeys(keys)`, to which the macro `sortBy` expands.
pub const SORT_BY_KEYS: &str = "@sortByAssociatedKeys";

pub(super) const FUNCTIONS: &[Function] = &[
    Function::member("isSorted", ANY, &[], Bool, is_sorted),
    Function::member("sum", ANY, &[], Dyn, sum),
    Function::member("min", ANY, &[], Dyn, min),
    Function::member("max", ANY, &[], Dyn, max),
    Function::member("indexOf", ANY, &[Dyn], Int, index_of),
    Function::member("lastIndexOf", ANY, &[Dyn], Int, last_index_of),
    Function::member("first", ANY, &[], Type::Optional(&Dyn), first),
    Function::member("last", ANY, &[], Type::Optional(&Dyn), last),
    Function::member("slice", ANY, &[Int, Int], ANY, slice),
    Function::member("flatten", ANY, &[], ANY, flatten),
    Function::member("flatten", ANY, &[Int], ANY, flatten),
    Function::member("distinct", ANY, &[], ANY, distinct),
    Function::member("reverse", ANY, &[], ANY, reverse),
    Function::member("sort", ANY, &[], ANY, sort),
    Function::member(SORT_BY_KEYS, ANY, &[ANY], ANY, sort_by_keys),
];

fn failed(function: &str, why: &str) -> ExecutionError {
    ExecutionError::function_error(function, why)
}

/// The order of two items; `None` if they have none.
fn order(
    left: &dyn Val,
    right: &dyn Val,
    function: &str,
) -> Result<Option<Ordering>, ExecutionError> {
    let comparer = left.as_comparer();
    let comparer = comparer.ok_or_else(|| failed(function, "list elements must be comparable"))?;
    Ok(comparer.compare(right).ok())
}

fn is_sorted<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    for pair in Arguments(&arguments).items(0)?.windows(2) {
        if let [left, right] = pair
            && order(*left, *right, "isSorted")? == Some(Ordering::Greater)
        {
            return bool(false);
        }
    }
    bool(true)
}

fn sum<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let items = Arguments(&arguments).items(0)?;
    let Some((first, rest)) = items.split_first() else { return int(0) };
    let refused = || failed("sum", "list elements must be numbers or durations");
    if !matches!(first.get_type().kind(), Kind::Int | Kind::UInt | Kind::Double | Kind::Duration) {
        return Err(refused());
    }
    let mut sum = first.clone_as_boxed();
    for item in rest {
        let next = sum.as_adder().ok_or_else(refused)?.add(*item)?.into_owned();
        sum = next;
    }
    Ok(CowVal::from(sum))
}

fn min<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    extreme(&arguments, "min", Ordering::Less)
}

fn max<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    extreme(&arguments, "max", Ordering::Greater)
}

/// The smallest or the largest item; of equal ones, the first.
fn extreme<'b, 'v>(
    arguments: &[CowVal<'b, 'v>],
    function: &str,
    wanted: Ordering,
) -> Answer<'b, 'v> {
    let items = Arguments(arguments).items(0)?;
    let (first, rest) = items.split_first().ok_or_else(|| failed(function, "the list is empty"))?;
    let mut found = *first;
    order(found, found, function)?;
    for item in rest {
        if order(*item, found, function)? == Some(wanted) {
            found = *item;
        }
    }
    Ok(CowVal::from(found.clone_as_boxed()))
}

fn position(at: Option<usize>) -> i64 {
    at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
}

fn index_of<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let wanted = arguments.value(1)?;
    int(position(arguments.items(0)?.into_iter().position(|item| item.equals(wanted))))
}

fn last_index_of<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let wanted = arguments.value(1)?;
    int(position(arguments.items(0)?.into_iter().rposition(|item| item.equals(wanted))))
}

fn first<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let items = Arguments(&arguments).items(0)?;
    optional(items.first().copied())
}

fn last<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let items = Arguments(&arguments).items(0)?;
    optional(items.last().copied())
}

#[expect(clippy::unnecessary_wraps, reason = "as functions answer")]
fn optional<'b, 'v>(item: Option<&(dyn Val + 'v)>) -> Answer<'b, 'v> {
    Ok(CowVal::owned(CelOptional::from(item.map(Val::clone_as_boxed))))
}

fn list<'b, 'v, 'c>(items: impl IntoIterator<Item = &'c (dyn Val + 'v)>) -> Answer<'b, 'v>
where
    'v: 'c,
{
    let mut own = Vec::new();
    for item in items {
        spend(1)?;
        own.push(item.clone_as_boxed());
    }
    Ok(CowVal::owned(List::from(own)))
}

fn slice<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let (items, start, end) = (arguments.items(0)?, arguments.int(1)?, arguments.int(2)?);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let found = range.and_then(|(start, end)| items.get(start..end));
    list(
        found
            .ok_or_else(|| {
                let why =
                    format!("cannot slice({start}, {end}), the list has {} items", items.len());
                failed("slice", &why)
            })?
            .iter()
            .copied(),
    )
}

fn flatten<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let depth = arguments.optional_int(1)?.unwrap_or(1);
    let depth =
        u64::try_from(depth).map_err(|_| failed("flatten", "level must be non-negative"))?;
    let mut flat = Vec::new();
    flatten_into(arguments.value(0)?, depth, &mut flat)?;
    Ok(CowVal::owned(List::from(flat)))
}

fn flatten_into<'v>(
    list: &(dyn Val + 'v),
    depth: u64,
    flat: &mut Vec<Box<dyn Val + 'v>>,
) -> Result<(), ExecutionError> {
    let mut items = list.as_iterable().ok_or_else(|| failed("flatten", "no list"))?.iter();
    while let Some(item) = items.next() {
        spend(1)?;
        if depth > 0 && item.get_type().kind() == Kind::List {
            flatten_into(item, depth - 1, flat)?;
        } else {
            flat.push(item.clone_as_boxed());
        }
    }
    Ok(())
}

fn distinct<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let mut unique: Vec<&dyn Val> = Vec::new();
    for item in Arguments(&arguments).items(0)? {
        if !is_among(item, &unique)? {
            unique.push(item);
        }
    }
    list(unique)
}

fn reverse<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    list(Arguments(&arguments).items(0)?.into_iter().rev())
}

fn sort<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let items = Arguments(&arguments).items(0)?;
    list(sorted(items.iter().copied().zip(items.iter().copied()).collect(), "sort")?)
}

fn sort_by_keys<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Answer<'b, 'v> {
    let arguments = Arguments(&arguments);
    let keys = arguments.items(1)?;
    list(sorted(keys.into_iter().zip(arguments.items(0)?).collect(), "sortBy")?)
}

/// Items in the order of their keys. These must be of one type that has an order.
fn sorted<'c, 'v>(
    mut keyed: Vec<(&'c (dyn Val + 'v), &'c (dyn Val + 'v))>,
    function: &str,
) -> Result<Vec<&'c (dyn Val + 'v)>, ExecutionError> {
    if let Some((first, _)) = keyed.first() {
        for (key, _) in &keyed {
            if key.get_type() != first.get_type() {
                return Err(failed(function, "list elements must have the same type"));
            }
            // `NaN` is the only value of these types that has no order.
            if order(*key, *key, function)?.is_none() {
                return Err(failed(function, "list elements must be comparable"));
            }
        }
    }
    keyed.sort_by(|(left, _), (right, _)| {
        order(*left, *right, function).ok().flatten().unwrap_or(Ordering::Equal)
    });
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}
