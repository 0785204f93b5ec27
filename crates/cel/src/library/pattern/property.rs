//! Classes of Unicode: `\pL`, `\p{Greek}`.

use super::{NOTHING, Translator};
use crate::library::arguments::Refusal;

/// General categories, by their short and long names.
#[rustfmt::skip]
const CATEGORIES: &[&str] = &[
    "c", "cc", "cf", "cn", "co", "l", "lc", "ll", "lm", "lo", "lt", "lu", "m", "mc", "me", "mn", "n",
    "nd", "nl", "no", "p", "pc", "pd", "pe", "pf", "pi", "po", "ps", "s", "sc", "sk", "sm", "so", "z",
    "zl", "zp", "zs", "other", "control", "cntrl", "format", "unassigned", "privateuse", "letter",
    "casedletter", "lowercaseletter", "modifierletter", "otherletter", "titlecaseletter",
    "uppercaseletter", "mark", "combiningmark", "spacingmark", "enclosingmark", "nonspacingmark",
    "number", "decimalnumber", "digit", "letternumber", "othernumber", "punctuation", "punct",
    "connectorpunctuation", "dashpunctuation", "closepunctuation", "finalpunctuation",
    "initialpunctuation", "otherpunctuation", "openpunctuation", "symbol", "currencysymbol",
    "modifiersymbol", "mathsymbol", "othersymbol", "separator", "lineseparator", "paragraphseparator",
    "spaceseparator",
];

/// Scripts whose whole names have four letters. All other names of four letters are abbreviations, which
/// Go does not know.
const SHORT_SCRIPTS: [&str; 7] = ["ahom", "cham", "kawi", "lisu", "modi", "thai", "toto"];

impl Translator<'_> {
    /// Takes the rest of a class of Unicode, or of all other characters.
    pub(super) fn property(&mut self, is_negated: bool) -> Result<String, Refusal> {
        let name = if self.take("{") {
            let end = self.rest.split_once('}');
            let (name, rest) = end.ok_or("invalid character class range: `\\p`")?;
            self.rest = rest;
            name.to_owned()
        } else {
            self.next().map(String::from).unwrap_or_default()
        };
        let (is_negated, plain) = match name.strip_prefix('^') {
            Some(name) => (!is_negated, name),
            None => (is_negated, &*name),
        };
        let plain: String = plain.chars().filter(|at| !"_- ".contains(*at)).collect();
        let plain = plain.to_ascii_lowercase();
        let p = if is_negated { 'P' } else { 'p' };
        Ok(match &*plain {
            // No text has surrogates.
            "cs" | "surrogate" if is_negated => format!("[^{NOTHING}]"),
            "cs" | "surrogate" => NOTHING.to_owned(),
            "any" | "assigned" | "ascii" => format!("\\{p}{{{plain}}}"),
            category if CATEGORIES.contains(&category) => format!("\\{p}{{gc={category}}}"),
            script if is_script(script) => format!("\\{p}{{sc={script}}}"),
            _ => return Err(format!("invalid character class range: `\\{p}{{{name}}}`")),
        })
    }
}

/// Returns whether a name may be that of a script; the `regex` crate knows them all.
fn is_script(name: &str) -> bool {
    let is_name = !name.is_empty() && name.bytes().all(|at| at.is_ascii_lowercase());
    let is_abbreviation = name.len() == 4 && !SHORT_SCRIPTS.contains(&name);
    // The crate takes these, and Go does not.
    let is_none = matches!(name, "katakanaorhiragana" | "unknown") || name.starts_with("is");
    is_name && !is_abbreviation && !is_none
}
