//! Names of fields that are no identifiers of CEL, in the way that Kubernetes writes them.

/// Words that cannot be the name of a field: Kubernetes writes them as `__namespace__`.
const KEYWORDS: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// The ways in which Kubernetes writes characters that cannot be in an identifier.
const ESCAPES: [(&str, &str); 4] =
    [("__underscores__", "__"), ("__dot__", "."), ("__dash__", "-"), ("__slash__", "/")];

/// The name that an escaped one stands for; `None` if it is not escaped.
pub(super) fn unescape(name: &str) -> Option<String> {
    if !name.contains("__") {
        return None;
    }
    let keyword = name.strip_prefix("__").and_then(|name| name.strip_suffix("__"));
    if let Some(keyword) = keyword.filter(|keyword| KEYWORDS.contains(keyword)) {
        return Some(keyword.to_owned());
    }
    let mut plain = String::new();
    let mut rest = name;
    while let Some(at) = rest.find("__") {
        let (before, escaped) = rest.split_at(at);
        let (escape, meant) = ESCAPES.iter().find(|(escape, _)| escaped.starts_with(escape))?;
        plain.push_str(before);
        plain.push_str(meant);
        rest = escaped.strip_prefix(escape)?;
    }
    plain.push_str(rest);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn kubernetes_escapes_are_understood() {
        for (escaped, plain) in [
            ("__namespace__", Some("namespace")),
            ("a__dash__b__dot__c__slash__d", Some("a-b.c/d")),
            ("redact__underscores__d", Some("redact__d")),
            ("__underscores__namespace__underscores__", Some("__namespace__")),
            ("plain", None),
            ("my_field", None),
            ("__other__", None),
            ("a__", None),
            ("", None),
        ] {
            assert_eq!(unescape(escaped).as_deref(), plain, "{escaped}");
        }
    }
}
