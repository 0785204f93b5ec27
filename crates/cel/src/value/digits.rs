//! The fewest digits that read back as the same double, as Go and most others choose them.
//!
//! Where two such numbers are equally near, Rust takes the larger and Go the even one:
//! 683187190646925.25 is `683187190646925.2`.

#[cfg(test)]
mod tests;

/// The digits with an exponent: `-1.5e-7`.
pub(crate) fn scientific(double: f64) -> String {
    even(double, format!("{double:e}"))
}

/// The digits without an exponent: `-0.00000015`.
pub(crate) fn positional(double: f64) -> String {
    even(double, double.to_string())
}

/// Lowers the last digit if it is odd and the even one below is as near.
fn even(double: f64, mut text: String) -> String {
    let end = text.find('e').unwrap_or(text.len());
    let digits = text.get(..end).unwrap_or_default();
    let last = digits.rfind(|at: char| ('1'..='9').contains(&at));
    if let Some((at, digit)) = last.zip(last.and_then(|at| digits.get(at..=at)?.parse::<u8>().ok()))
        && digit % 2 == 1
        && is_tie(double)
    {
        text.replace_range(at..=at, &(digit - 1).to_string());
    }
    text
}

/// Returns whether the double is in the middle between two numbers with as many digits as its shortest
/// form.
fn is_tie(double: f64) -> bool {
    /// No double has more digits after the first.
    const ALL: usize = 766;
    fn fraction(text: &str) -> &str {
        text.split_once('e')
            .map_or(text, |(digits, _)| digits)
            .split_once('.')
            .map_or("", |it| it.1)
    }
    let digits = fraction(&format!("{double:e}")).len();
    // Most are done with here.
    let one_more = format!("{double:.*e}", digits + 1);
    fraction(&one_more).ends_with('5')
        && fraction(&format!("{double:.ALL$e}")).trim_end_matches('0') == fraction(&one_more)
}
