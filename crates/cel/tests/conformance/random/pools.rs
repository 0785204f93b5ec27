//! The words of `pools.json`, and texts made of them: durations, addresses, versions, patterns and so on. Most texts
//! are valid, many nearly so: a character is left out, doubled or replaced, or a rare form is taken.

use std::collections::HashMap;
use std::sync::LazyLock;

use fastrand::Rng;

static POOLS: LazyLock<HashMap<String, Vec<String>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("pools.json")).unwrap());

/// One of some words.
pub fn pick<'t>(from: &[&'t str], rng: &mut Rng) -> &'t str {
    from[rng.usize(..from.len())]
}

/// One word of a pool.
pub fn word(pool: &str, rng: &mut Rng) -> &'static str {
    let words = &POOLS[pool];
    &words[rng.usize(..words.len())]
}

/// Whether there are literals of a type.
pub fn literal(of: &str, rng: &mut Rng) -> Option<&'static str> {
    let words = POOLS.get(&format!("literal {of}"))?;
    Some(&words[rng.usize(..words.len())])
}

/// A text of a kind, not quoted.
pub fn text(kind: &str, rng: &mut Rng) -> String {
    let mut text = word(kind, rng).to_owned();
    while rng.u8(..) < 50 {
        let other = word(kind, rng);
        change(&mut text, other, rng);
    }
    text
}

/// Leaves out, doubles or replaces a character, or takes a piece of another text.
fn change(text: &mut String, other: &str, rng: &mut Rng) {
    const STRAYS: [char; 17] =
        ['0', '9', '1', '.', '-', '+', ':', '/', 'e', 's', 'm', ' ', 'Z', '_', '%', 'é', '['];
    let mut letters: Vec<char> = text.chars().collect();
    let at = rng.usize(..=letters.len());
    match rng.u8(..5) {
        0 if at < letters.len() => _ = letters.remove(at),
        1 if at < letters.len() => letters.insert(at, letters[at]),
        2 if at < letters.len() => letters[at] = STRAYS[rng.usize(..STRAYS.len())],
        3 => letters.insert(at, STRAYS[rng.usize(..STRAYS.len())]),
        _ => {
            let from = rng.usize(..=other.chars().count());
            letters.truncate(at);
            letters.extend(other.chars().skip(from));
        }
    }
    *text = letters.into_iter().collect();
}

/// A string as CEL writes it.
pub fn quote(text: &str, rng: &mut Rng) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\n', "\\n");
    match rng.u8(..8) {
        0 => format!("\"{}\"", escaped.replace('"', "\\\"")),
        1 if !text.contains(['\'', '\n']) && !text.ends_with('\\') => format!("r'{text}'"),
        2 => format!("'''{}'''", escaped.replace('\'', "\\'")),
        _ => format!("'{}'", escaped.replace('\'', "\\'")),
    }
}
