//! Go's own ways with text, for those who word errors as Kubernetes does: quotes, doubles and
//! regular expressions.
//!
//! ```
//! use kubernetes_cel::go;
//!
//! assert_eq!(go::quote("a\tb\u{7f}"), r#""a\tb\x7f""#);
//! assert_eq!(go::double(1e21), "1e+21");
//! assert!(go::Pattern::new(r"^\d+$")?.is_match("42"));
//! assert!(!go::Pattern::new(r"^\d+$")?.is_match("٤٢")); // digits of ASCII alone
//! # Ok::<(), String>(())
//! ```

use crate::library::{compile_pattern, in_go_quotes};
use crate::value::digits::{positional, scientific};

/// In quotes as `%q` writes it: only printable characters stand for themselves.
pub fn quote(text: &str) -> String {
    in_go_quotes(text)
}

/// A double as `%v` writes it: with an exponent where it has more than six digits before the point, or
/// four zeros or more after it.
pub fn double(double: f64) -> String {
    if double.is_nan() {
        return "NaN".to_owned();
    }
    if double.is_infinite() {
        return if double > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = scientific(double);
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => positional(double),
    }
}

/// A regular expression in the syntax and with the meaning of Go's.
#[derive(Debug)]
pub struct Pattern(regex::Regex);

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// Why it is none, or too large.
    pub fn new(pattern: &str) -> Result<Self, String> {
        compile_pattern(pattern).map(Self)
    }

    /// Returns whether it matches the text, or a part of it.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::double;

    #[test]
    fn doubles_have_an_exponent_where_go_writes_one() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (123_456.5, "123456.5"),
            (1_234_567.0, "1.234567e+06"),
            (-1.5e21, "-1.5e+21"),
            (1e100, "1e+100"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(double(value), text);
        }
    }
}
