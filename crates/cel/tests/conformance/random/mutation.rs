//! Expressions made wrong: a token is left out, doubled, swapped with its neighbour or replaced.

use fastrand::Rng;

use super::pools::word;
use crate::tokens::tokens;

pub fn mutate(expression: &str, rng: &mut Rng) -> String {
    let mut tokens: Vec<String> = tokens(expression).into_iter().map(str::to_owned).collect();
    for _ in 0..=usize::from(rng.u8(..) < 60) {
        let at = rng.usize(..tokens.len().max(1));
        if at >= tokens.len() {
            break;
        }
        match rng.u8(..5) {
            0 => _ = tokens.remove(at),
            1 => tokens.insert(at, tokens[at].clone()),
            2 if at > 0 => tokens.swap(at, at - 1),
            3 => tokens.insert(at, word("stray", rng).to_owned()),
            _ => tokens[at] = word("stray", rng).to_owned(),
        }
    }
    tokens.concat()
}
