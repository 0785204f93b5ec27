//! Expressions as tokens, which is all that mutating and shrinking need to know of syntax.

/// Splits an expression; together the tokens are the expression again. A space belongs to the token before it.
pub fn tokens(expression: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    while !rest.is_empty() {
        let token = length(rest);
        let spaces = rest[token..].len() - rest[token..].trim_start().len();
        let (token, after) = rest.split_at(token + spaces);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// The length of the first token.
fn length(text: &str) -> usize {
    for prefix in ["", "b", "r", "br", "rb"] {
        if let Some(literal) = text.strip_prefix(prefix)
            && let Some(length) = string(literal, prefix.contains('r'))
        {
            return prefix.len() + length;
        }
    }
    let word = text.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(text.len());
    if word > 0 {
        let is_number = text.starts_with(|it: char| it.is_ascii_digit());
        return if is_number { number(text) } else { word };
    }
    for operator in ["&&", "||", "==", "!=", "<=", ">=", ".?", "[?"] {
        if text.starts_with(operator) {
            return operator.len();
        }
    }
    text.chars().next().map_or(0, char::len_utf8)
}

/// The length of a string literal.
fn string(text: &str, is_raw: bool) -> Option<usize> {
    let quote = ["'''", "\"\"\"", "'", "\"", "`"].into_iter().find(|it| text.starts_with(it))?;
    let mut at = quote.len();
    while at < text.len() {
        if text[at..].starts_with(quote) {
            return Some(at + quote.len());
        }
        let mut letters = text[at..].chars();
        let first = letters.next()?;
        at += first.len_utf8();
        if first == '\\' && !is_raw {
            at += letters.next().map_or(0, char::len_utf8);
        }
    }
    None
}

/// The length of a number, with its point, exponent and suffix.
fn number(text: &str) -> usize {
    let mut end = 0;
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        let after = text[at + 1..].chars().next();
        let goes_on = letter.is_ascii_alphanumeric()
            || (letter == '.' && after.is_some_and(|it| it.is_ascii_digit()))
            || ("+-".contains(letter) && before == 'e' && !text.starts_with("0x"));
        if !goes_on || !letter.is_ascii() {
            break;
        }
        before = letter;
        end = at + 1;
    }
    end
}
