//! URLs, compared with the results of Go.

use super::parse::{MAX_PARAMETERS, Url};
use super::refusal;

#[test]
fn what_go_refuses_is_no_url() {
    for text in [
        "",
        "a",
        "a/b",
        "example.com",
        "//[::1",
        "1http://a",
        ":a",
        "http://a b",
        "http://a:b/",
        "http://[1.2.3.4]/",
        "http://[::1]x/",
        "http://a%20b/",
        "http://a/%zz",
        "http://a/%2",
        "http://a\n/",
        "http://[fe80::1%25]/",
        "http://[::1]:x/",
        "http://a:1:2/",
        "http://u<@a/",
        "http://a[::1]/",
        "https://a#b",
        "\u{7f}",
        "http://[]/",
        "http://%41/",
        "http://a\\b/",
    ] {
        assert!(Url::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_parts_are_those_that_go_finds() {
    for (text, scheme, host, name, port, path) in [
        ("https://example.com:80/", "https", "example.com:80", "example.com", "80", "/"),
        ("HTTPS://Example.com", "https", "Example.com", "Example.com", "", ""),
        ("https://user:pa%20ss@[::1]:443/a", "https", "[::1]:443", "::1", "443", "/a"),
        ("http://[fe80::1%25en0]/", "http", "[fe80::1%en0]", "fe80::1%en0", "", "/"),
        (
            "https://example.com/path with spaces/",
            "https",
            "example.com",
            "example.com",
            "",
            "/path%20with%20spaces/",
        ),
        ("https://a/%2f!'()*", "https", "a", "a", "", "/%2f!'()*"),
        ("/absolute/path?x=1#y", "", "", "", "", "/absolute/path"),
        ("mailto:someone@example.com", "mailto", "", "", "", ""),
        ("s3://bucket/prefix", "s3", "bucket", "bucket", "", "/prefix"),
        ("postgres://a:1,b:2/db", "postgres", "a:1,b:2", "a:1,b", "2", "/db"),
        ("http://a:/b", "http", "a:", "a", "", "/b"),
        ("http://grüße.example/ä", "http", "grüße.example", "grüße.example", "", "/%C3%A4"),
        ("file:///etc/passwd", "file", "", "", "", "/etc/passwd"),
        ("file:/etc/passwd", "file", "", "", "", "/etc/passwd"),
        ("http:", "http", "", "", "", ""),
        ("*", "", "", "", "", "*"),
        ("//host/path", "", "host", "host", "", "/path"),
        ("///path", "", "", "", "", "///path"),
    ] {
        let url = Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let found =
            (&*url.scheme, &*url.host(), &*url.host_name(), &*url.port(), &*url.escaped_path);
        assert_eq!(found, (scheme, host, name, port, path), "{text}");
    }
}

#[test]
fn a_query_is_a_map_of_lists_without_what_is_malformed() {
    let query = |text: &str| {
        let url = Url::parse(text).unwrap();
        let shown =
            url.query().into_iter().map(|(key, values)| format!("{key}={}", values.join("|")));
        shown.collect::<Vec<_>>().join("&")
    };
    for (text, shown) in [
        ("https://a/?k=a&k=b&l=c", "k=a|b&l=c"),
        ("https://a/?k=a+b%20c&&k2", "k=a b c&k2="),
        ("https://a/?k=%zz&l;m=1&ok=1", "ok=1"),
        ("https://a/?", ""),
        ("https://a/", ""),
        ("https://a/?a=1?b=2#c", "a=1?b=2"),
    ] {
        assert_eq!(query(text), shown, "{text}");
    }
    let many = format!("https://a/?{}", "a&".repeat(MAX_PARAMETERS));
    assert_eq!(query(&many), "");
}

#[test]
fn urls_are_the_same_if_they_are_written_the_same() {
    for (left, right, same) in [
        ("https://a/b", "HTTPS://a/b", true),
        ("https://a/b", "https://A/b", false),
        ("https://a/b c", "https://a/b%20c", true),
        ("https://a/%2F", "https://a/%2f", false),
        ("https://a/", "https://a", false),
        ("https://a/?", "https://a/", false),
        ("https://a/#", "https://a/", true),
        ("https://a/#x y", "https://a/#x%20y", true),
        ("https://u:p%40@a/", "https://u:p@@a/", true),
        ("file:///a", "file:/a", false),
    ] {
        let equal = Url::parse(left).unwrap() == Url::parse(right).unwrap();
        assert_eq!(equal, same, "{left} {right}");
    }
}

#[test]
fn the_mistakes_are_told_as_go_tells_them() {
    for (text, mistake) in [
        ("", "parse \"\": empty url"),
        ("a", "parse \"a\": invalid URI for request"),
        (":a", "parse \":a\": missing protocol scheme"),
        ("http://a b", "parse \"http://a b\": invalid character \" \" in host name"),
        ("http://a:b/", "parse \"http://a:b/\": invalid port \":b\" after host"),
        ("http://[1.2.3.4]/", "parse \"http://[1.2.3.4]/\": invalid IP-literal"),
        ("http://[::1]x/", "parse \"http://[::1]x/\": invalid port \"x\" after host"),
        ("http://a%20b/", "parse \"http://a%20b/\": invalid URL escape \"%20\""),
        ("http://a/%2", "parse \"http://a/%2\": invalid URL escape \"%2\""),
        ("http://a\n/", "parse \"http://a\\n/\": net/url: invalid control character in URL"),
        (
            "http://[fe80::1%25]/",
            "parse \"http://[fe80::1%25]/\": invalid host: ParseAddr(\"fe80::1%\"): zone must be a non-empty string",
        ),
        ("http://u<@a/", "parse \"http://u<@a/\": net/url: invalid userinfo"),
        ("\u{7f}", "parse \"\\x7f\": net/url: invalid control character in URL"),
        ("http://[]/", "parse \"http://[]/\": invalid host: ParseAddr(\"\"): unable to parse IP"),
        ("http://a\\b/", "parse \"http://a\\\\b/\": invalid character \"\\\\\" in host name"),
        (
            "http://ü:x\u{200b}/",
            "parse \"http://ü:x\\u200b/\": invalid port \":x\\u200b\" after host",
        ),
        (
            "http://a:\"é\u{a0}",
            "parse \"http://a:\\\"é\\u00a0\": invalid port \":\\\"é\\u00a0\" after host",
        ),
        ("http://[::1", "parse \"http://[::1\": missing ']' in host"),
        ("http://a/\u{80}%", "parse \"http://a/\\u0080%\": invalid URL escape \"%\""),
        ("http://a/%é", "parse \"http://a/%é\": invalid URL escape \"%é\""),
    ] {
        assert_eq!(refusal(text).as_deref(), Some(mistake), "{text}");
    }
}
