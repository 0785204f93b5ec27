//! The shortest expression that still differs in the same way. It works on tokens: it keeps a part, drops a part,
//! puts a literal in its place, or shortens a literal, as long as that helps.

use crate::tokens::tokens;

/// How many expressions are tried at a time.
const BATCH: usize = 64;

/// Shrinks an expression. `differing` says which of some expressions still differ.
pub fn shrink(
    expression: &str,
    mut differing: impl FnMut(&[String]) -> Result<Vec<bool>, String>,
) -> Result<String, String> {
    let mut shortest = expression.to_owned();
    'again: loop {
        let candidates = candidates(&shortest);
        for batch in candidates.chunks(BATCH) {
            let differ = differing(batch)?;
            if let Some(at) = differ.iter().position(|it| *it) {
                shortest.clone_from(&batch[at]);
                continue 'again;
            }
        }
        return Ok(shortest);
    }
}

/// Shorter expressions, the shortest first.
fn candidates(expression: &str) -> Vec<String> {
    let tokens = tokens(expression);
    let mut found = Vec::new();
    for from in 0..tokens.len() {
        for to in spans(&tokens, from) {
            let (before, part, after) =
                (tokens[..from].concat(), tokens[from..to].concat(), tokens[to..].concat());
            found.push(part.clone());
            found.push(format!("{before}{after}"));
            for literal in ["1", "''", "true", "[]", "null", "dyn(1)"] {
                found.push(format!("{before}{literal}{after}"));
            }
            if let Some(inner) =
                part.trim_end().strip_prefix('(').and_then(|it| it.strip_suffix(')'))
            {
                found.push(format!("{before}{inner}{after}"));
            }
        }
        let literal = tokens[from].trim_end();
        if literal.len() > 3 && literal.ends_with(['\'', '"']) {
            let (before, after) = (tokens[..from].concat(), tokens[from + 1..].concat());
            found.extend(shorter(literal).map(|it| format!("{before}{it}{after}")));
        }
    }
    found.retain(|it| is_simpler(it, expression));
    found.sort_by_key(|it| (it.len(), it.clone()));
    found.dedup();
    found
}

/// The ends of parts that begin at a token and close all brackets that they open.
fn spans<'t>(tokens: &'t [&str], from: usize) -> impl Iterator<Item = usize> + 't {
    let mut depth = 0;
    let ends = tokens[from..].iter().enumerate().map_while(move |(at, token)| {
        depth += i32::from(token.starts_with(['(', '[', '{']));
        depth -= i32::from(token.starts_with([')', ']', '}']));
        (depth >= 0).then_some((from + at + 1, depth))
    });
    ends.filter(|(_, depth)| *depth == 0).map(|(end, _)| end)
}

/// A string literal without one of its characters.
fn shorter(literal: &str) -> impl Iterator<Item = String> + '_ {
    let inside = literal.char_indices().skip(1);
    inside.map(|(at, letter)| format!("{}{}", &literal[..at], &literal[at + letter.len_utf8()..]))
}

fn is_simpler(one: &str, other: &str) -> bool {
    !one.trim().is_empty() && one.trim().len() < other.trim().len()
}
