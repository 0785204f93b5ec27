//! Texts for the functions that parse: durations, addresses, versions, patterns and so on. Most are valid,
//! many nearly so: a character is left out, doubled or replaced, or a rare form is taken.

use fastrand::Rng;

/// Texts of a kind, valid and not.
fn pool(kind: &str) -> &'static [&'static str] {
    match kind {
        "duration" => &[
            "5m", "1h30m", "300ms", "0", "-1.5h", "2.3h", "138m", "8.2s", "1us", "3µs", "3μs", "5ns",
            "+1h", "1h5", "1hh", "5m foo", "1e3s", ".5s", "1.s", "", "s", "2540400h10m10s", "1d",
            "9223372036854775807ns", "9223372036854775808ns", "-9223372036854775808ns", "1h-5m",
            "0.000000001s", "0.0000000001s", "100h0m0.1s", "1H", " 1s", "1s ", "99999999999h",
        ],
        "timestamp" => &[
            "2026-01-01T00:00:00Z", "2026-12-01T10:00:00+01:00", "2024-02-29T23:59:59.999999999Z",
            "2023-02-29T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01t00:00:00z", "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-06-30T23:59:60Z", "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59.5Z", "2026-01-01T00:00:00", "2026-01-01", "2026-1-1T0:0:0Z",
            "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567891Z", "2026-01-01T00:00:00-00:00",
            "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00−01:00",
            "10000-01-01T00:00:00Z", "2026-01-01T00:00:00,5Z", "2026-03-29T02:30:00+02:00",
        ],
        "zone" => &[
            "UTC", "+01:00", "-08:30", "Europe/Berlin", "America/New_York", "25:00", "01:00", "+1:00", "",
            "Local", "Asia/Kolkata", "utc", "Z", "+14:00", "-23:59", "+99:99", "Mars/Base", "02:30", "-0:5",
        ],
        "quantity" => &[
            "1", "0", "-1", "+1", "1.5", "500m", "1Gi", "1G", "2Ki", "1k", "1e3", "1E3", "1E", "1Ei", "12e-3",
            "100u", "5n", "1.", ".5", "", "1K", "1mi", "Gi", "1 Gi", " 1", "0.000000001", "0.0000000001", "1e",
            "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1.5Gi", "1e1000",
            "0.1m", "1P", "1Pi", "00012", "1_000", "1e+3", "1e-12", "1e18", "1000000000000000000000", "12Mi",
        ],
        "url" => &[
            "https://example.com/a?b=c&b=d#top", "https://user:pw@example.com:8443/a%20b", "http://[::1]:80/x",
            "http://[fe80::1%25en0]/", "/path/only", "//host/path", "example.com", "mailto:a@example.com", "",
            "https://example.com:port", "http://a b", "https://exämple.com/ü?ä=ö", "https://h/?x=%zz", "http://h:99999/",
            "http://h:/", "file:///etc/passwd", "https://example.com?q", "https://h/p;a=b?x=1;y=2", "HTTP://H/",
            "http://h/%", "http://%41/", "http://h/a//b/../c", "ftp://h", "://h", "1http://h", "*", "/",
            "https://h/?a=1&a=2&&b", "https://h/?a=b=c", "http://h#f%20", "http://192.168.0.1:80",
        ],
        "ip" => &[
            "10.0.0.1", "127.0.0.1", "255.255.255.255", "0.0.0.0", "192.168.1.256", "10.0.0", "10.0.0.01", "::1",
            "::", "fe80::1", "fe80::1%eth0", "2001:DB8::1", "2001:db8::1", "::ffff:1.2.3.4", "ff02::1", "169.254.1.1",
            "224.0.0.1", "239.1.1.1", "1.2.3.4.5", "", " 10.0.0.1", "2001:db8:0:0:0:0:0:1", "1::2::3", "::1.2.3.4",
            "10.0.0.1/8", "0x10.0.0.1", "12345::", "g::1", "ff01::1", "fc00::1",
        ],
        "cidr" => &[
            "10.0.0.0/8", "10.0.3.7/16", "0.0.0.0/0", "192.168.0.0/24", "192.168.0.1/32", "::/0", "2001:db8::/32",
            "2001:DB8::/32", "fe80::1/64", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0", "10.0.0/8", "::ffff:1.2.3.0/120",
            "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ", "fe80::%eth0/64", "::/129", "10.0.0.0/8/8", "",
        ],
        "semver" => &[
            "1.2.3", "0.0.0", "1.2.3-rc.1", "1.2.3-rc.1+build.5", "1.2.3+b", "v1.2.3", "1.2", "1", "01.2.3",
            "1.2.3-01", "1.2.3-a.b.c", "18446744073709551615.0.0", "18446744073709551616.0.0", "1.2.3-", "1.2.3+",
            "", "1.2.3-rc.18446744073709551616", "1.2.x", " 1.2.3", "1.2.3-α", "V1.2.3", "v1.2", "1.2.3-rc..1", "1.02.3",
            "1.2.3-0", "1.2.3-alpha", "1.2.3-alpha.1", "1.2.3-beta", "1.2.3-9", "1.2.3--",
        ],
        "integer" => &[
            "1", "-1", "0", "+5", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "18446744073709551615", "18446744073709551616", "1_000", "0x10", " 1", "1.0", "1e3", "", "-0", "٣",
        ],
        "number" => &[
            "1.5", "1", "-0", "1e400", "1e-400", "inf", "Infinity", "-Inf", "NaN", "+NaN", "nan", "1_000", "0x1p3", "0x10",
            ".5", "5.", "1e", "1e5", "+1.5", "0.1", "1e23", "9007199254740993", "2.2250738585072014e-308", "5e-324",
            "1,5", " 1", "", "infinity", "1E5", "1.7976931348623157e308", "1.7976931348623159e308",
        ],
        "boolean" => &["true", "false", "TRUE", "True", "T", "t", "1", "0", "F", "f", "FALSE", "yes", "", " true", "tRUE", "False"],
        "pattern" => &[
            "^[a-z]+$", "a.c", ".*", "", "(a|b)*c", "\\d+", "^\\w+@\\w+$", "[[:alpha:]]", "\\pL+", "(?i)ABC", "(", "[a", "*",
            "a{2,3}", "a{1001}", "(?P<x>a)", "(?<x>a)", "\\bfoo\\b", "x*", "(?s).", "(?m)^b", "[^a]", "\\Qa.b\\E", "\\x41",
            "\\1", "(?=a)", "a**", "\\C", "[z-a]", "^$", "é", "😀", "\\S", "(?U)a+", "a|b|", "\\z", "\\Z", "(a)(b)?", "[\\d-z]",
        ],
        "clauses" => &["%s", "%d", "%x", "%X", "%o", "%b", "%f", "%.2f", "%e", "%.3e", "%s %%", "%", "%z", "a%sb", "%.s", "%5d", "%.0f", "%.10e"],
        "name" => &[
            "web-1", "-a", "A", "a.b.c", "", "a_b", "web-1.", "1a", "a--b", "example.com/name", "a/b/c", "ü", "team-ml",
            "0123456789012345678901234567890123456789012345678901234567890123", "*.example.com", "a b", "xn--a", "name-",
        ],
        "formatname" => &[
            "dns1123Label", "dns1123Subdomain", "dns1035Label", "qualifiedName", "dns1123LabelPrefix", "dns1123SubdomainPrefix",
            "dns1035LabelPrefix", "labelValue", "uri", "uuid", "byte", "date", "datetime", "nope",
        ],
        other => unreachable!("no texts of kind {other}"),
    }
}

/// One text of a kind, not quoted.
pub fn text(kind: &str, rng: &mut Rng) -> String {
    let texts = pool(kind);
    let mut text = texts[rng.usize(..texts.len())].to_owned();
    while rng.u8(..) < 50 {
        change(&mut text, texts, rng);
    }
    text
}

/// Leaves out, doubles or replaces a character, or takes a piece of another text.
fn change(text: &mut String, texts: &[&str], rng: &mut Rng) {
    const STRAYS: &[char] = &['0', '9', '1', '.', '-', '+', ':', '/', 'e', 's', 'm', ' ', 'Z', '_', '%', 'é', '['];
    let mut letters: Vec<char> = text.chars().collect();
    let at = rng.usize(..=letters.len());
    match rng.u8(..5) {
        0 if at < letters.len() => _ = letters.remove(at),
        1 if at < letters.len() => letters.insert(at, letters[at]),
        2 if at < letters.len() => letters[at] = STRAYS[rng.usize(..STRAYS.len())],
        3 => letters.insert(at, STRAYS[rng.usize(..STRAYS.len())]),
        _ => {
            let other = texts[rng.usize(..texts.len())];
            let from = rng.usize(..=other.chars().count());
            letters.truncate(at);
            letters.extend(other.chars().skip(from));
        }
    }
    *text = letters.into_iter().collect();
}
