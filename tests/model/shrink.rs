//! Makes a sequence that fails shorter and simpler, as long as it still fails.

/// Leaves out what is not needed: halves first, then ever smaller parts, at last single items. What is left
/// fails, and fails no more without any one of its items.
pub fn shorten<T: Clone>(items: Vec<T>, fails: &mut impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut items = items;
    let mut size = items.len().div_ceil(2).max(1);
    loop {
        let mut shortened = false;
        let mut start = 0;
        while start < items.len() {
            let end = (start + size).min(items.len());
            let without = [&items[..start], &items[end..]].concat();
            if fails(&without) {
                items = without;
                shortened = true;
            } else {
                start = end;
            }
        }
        match (size, shortened) {
            (1, false) => return items,
            (1, true) => {}
            _ => size = size.div_ceil(2),
        }
    }
}

/// Replaces items by simpler ones, for as long as that helps.
pub fn simplify<T: Clone>(
    items: Vec<T>,
    simpler: impl Fn(&T) -> Vec<T>,
    fails: &mut impl FnMut(&[T]) -> bool,
) -> Vec<T> {
    let mut items = items;
    let mut at = 0;
    while at < items.len() {
        let better = simpler(&items[at]).into_iter().find_map(|item| {
            let mut candidate = items.clone();
            candidate[at] = item;
            fails(&candidate).then_some(candidate)
        });
        match better {
            Some(better) => items = better,
            None => at += 1,
        }
    }
    items
}
