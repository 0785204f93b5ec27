//! Literals of each type, the odd ones too.

use fastrand::Rng;

pub const INTS: &[&str] = &[
    "0", "1", "2", "3", "-1", "5", "10", "64", "100", "-7", "1000", "9007199254740993", "9223372036854775807",
    "-9223372036854775808", "4294967296", "0x1F", "-0x10", "253402300800", "86400",
];

pub const UINTS: &[&str] =
    &["0u", "1u", "2u", "3u", "10u", "100u", "18446744073709551615u", "9223372036854775808u", "0xFFu"];

pub const DOUBLES: &[&str] = &[
    "0.0", "1.0", "0.5", "-1.5", "3.0", "2.5", "1e3", "1e21", "1e-7", "1000000.0", "123456789.125", "-0.0", "0.1", "1e23",
    "9007199254740993.0", "1.7976931348623157e308", "5e-324", "(1.0 / 0.0)", "(0.0 / 0.0)", "-(1.0 / 0.0)", "9223372036854775807.0",
    "1e19", "1.0000001", "100.0", "1e6", "1e5", "1e20", "0.0001", "0.00001", "12345678.0",
];

/// Texts, not quoted.
pub const STRINGS: &[&str] = &[
    "", "a", "b", "abc", "gold", "agent", "Grüße 😀", "a,b,c", "  pad\\t", "ABC", "aaa", "0", "1", "true", "null", "x=1", "%s",
    "\\u00e9", "e\\u0301", "line\\nbreak", "\\\\", "quote\\\"s", "\\u0000", "\\u200b", "tier", "replicas", "a.b/c-d", "ß", "İ", "\\U0001F600",
    "\\x41", "\\101", "a😀b", "key", "one",
];

pub const BYTES: &[&str] = &["b''", "b'abc'", "b'\\xff'", "b'\\000'", "b'ü'", "b\"a\""];

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

pub fn pick<'t>(from: &[&'t str], rng: &mut Rng) -> &'t str {
    from[rng.usize(..from.len())]
}

/// The names of a pool.
pub fn word(pool: &str, rng: &mut Rng) -> &'static str {
    let names: &[&str] = match pool {
        "name" => &[
            "replicas", "name", "missing", "nothing", "spec", "limits", "cpu", "ports", "enabled", "deeper", "ratio", "mixed", "labels",
            "tier", "empty", "first", "containers", "metadata", "zero",
        ],
        "variable" => &["replicas", "names", "failing", "lengths", "maybe", "wait", "settings", "missing", "count"],
        "requestfield" => &[
            "operation", "name", "namespace", "kind", "resource", "subResource", "userInfo", "dryRun", "options", "requestKind",
            "userInfo.groups", "userInfo.extra", "kind.group", "object", "uid", "requestSubResource", "userInfo.uid",
        ],
        "datepart" => &[
            "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds",
            "getMilliseconds",
        ],
        "durationpart" => &["getHours", "getMinutes", "getSeconds", "getMilliseconds"],
        "ipproperty" => &[
            "isUnspecified", "isLoopback", "isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast", "isCanonical", "family",
        ],
        "format" => &[
            "dns1123Label", "dns1123Subdomain", "dns1035Label", "qualifiedName", "dns1123LabelPrefix", "dns1123SubdomainPrefix",
            "dns1035LabelPrefix", "labelValue", "uri", "uuid", "byte", "date", "datetime",
        ],
        other => unreachable!("no words {other}"),
    };
    pick(names, rng)
}
