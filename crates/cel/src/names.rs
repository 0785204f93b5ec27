//! The names that Kubernetes accepts, and its own messages about others
//! (`apimachinery/pkg/util/validation/validation.go`). Limits count bytes. A name may have several
//! mistakes, in this order.

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
    characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
    'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \
    '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', \
    regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_1035_LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
    '-', start with an alphabetic character, and end with an alphanumeric character (e.g. \
    'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', \
    and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
    '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_KEY: &str = "a valid label key must consist of alphanumeric characters, '-', '_' or \
    '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
    '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an \
    optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
    characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
    'MyValue',  or 'my_value',  or '12345', regex used for validation is \
    '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// The longest name of an object, in bytes.
pub const SUBDOMAIN_MAX: usize = 253;
const NAME_PART_MAX: usize = 63;
const LABEL_MAX: usize = 63;

/// The first mistake in the name of an object (a DNS-1123 subdomain).
pub fn subdomain_error(name: &str) -> Option<String> {
    subdomain_errors(name).into_iter().next()
}

/// The first mistake in a qualified name (`[prefix/]name`), like the key of a label.
pub fn qualified_name_error(name: &str) -> Option<String> {
    qualified_name_errors(name).into_iter().next()
}

/// The first mistake in the value of a label.
pub fn label_value_error(value: &str) -> Option<String> {
    label_value_errors(value).into_iter().next()
}

/// The mistakes in the name of an object (a DNS-1123 subdomain).
pub fn subdomain_errors(name: &str) -> Vec<String> {
    mistakes([too_long(name, SUBDOMAIN_MAX, "characters"), unless(is_subdomain(name), SUBDOMAIN)])
}

/// The mistakes in a DNS-1123 label, like the name of a namespace.
pub fn label_errors(label: &str) -> Vec<String> {
    let form = if is_subdomain(label) { "must not contain dots" } else { LABEL };
    mistakes([too_long(label, LABEL_MAX, "characters"), unless(is_subdomain_label(label), form)])
}

/// The mistakes in a DNS-1035 label, like the name of a Service.
pub fn dns_1035_label_errors(label: &str) -> Vec<String> {
    let starts_well = label.starts_with(|first: char| first.is_ascii_lowercase());
    mistakes([
        too_long(label, LABEL_MAX, "characters"),
        unless(starts_well && is_subdomain_label(label), DNS_1035_LABEL),
    ])
}

/// The mistakes in a qualified name (`[prefix/]name`), like the key of a label.
pub fn qualified_name_errors(name: &str) -> Vec<String> {
    let (prefix, part) = match name.split_once('/') {
        None => (None, name),
        Some((_, rest)) if rest.contains('/') => return vec![LABEL_KEY.to_owned()],
        Some((prefix, part)) => (Some(prefix), part),
    };
    // Kubernetes checks a prefix by a copy of the rule for names, which counts "bytes".
    let of_prefix = match prefix {
        None => [None, None],
        Some("") => [Some("must be non-empty".to_owned()), None],
        Some(prefix) => {
            [too_long(prefix, SUBDOMAIN_MAX, "bytes"), unless(is_subdomain(prefix), SUBDOMAIN)]
        }
    };
    let of_prefix = of_prefix.map(|mistake| mistake.map(|it| format!("prefix part {it}")));
    let length = if part.is_empty() {
        Some("must be non-empty".to_owned())
    } else {
        too_long(part, NAME_PART_MAX, "bytes")
    };
    let length = length.map(|it| format!("name part {it}"));
    mistakes(of_prefix.into_iter().chain([length, unless(is_name_part(part), QUALIFIED_NAME)]))
}

/// The mistakes in the value of a label.
pub fn label_value_errors(value: &str) -> Vec<String> {
    mistakes([
        too_long(value, NAME_PART_MAX, "bytes"),
        unless(value.is_empty() || is_name_part(value), LABEL_VALUE),
    ])
}

fn mistakes(found: impl IntoIterator<Item = Option<String>>) -> Vec<String> {
    found.into_iter().flatten().collect()
}

/// The mistake of a text that has too many bytes. Kubernetes calls these characters in some places.
fn too_long(text: &str, max: usize, unit: &str) -> Option<String> {
    (text.len() > max).then(|| format!("must be no more than {max} {unit}"))
}

fn unless(is_right: bool, mistake: &str) -> Option<String> {
    (!is_right).then(|| mistake.to_owned())
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_subdomain_label)
}

fn is_subdomain_label(label: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bounded_by(label, alphanumeric) && label.bytes().all(|byte| alphanumeric(byte) || byte == b'-')
}

fn is_name_part(part: &str) -> bool {
    bounded_by(part, |byte| byte.is_ascii_alphanumeric())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn bounded_by(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    let (first, last) = (text.bytes().next(), text.bytes().next_back());
    first.is_some_and(&allowed) && last.is_some_and(&allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_names_are_dns_1123_subdomains() {
        for good in ["a", "a-b.c9", "0", &"a".repeat(253)] {
            assert_eq!(subdomain_error(good), None, "{good}");
        }
        for bad in ["", "A", "a_b", "-a", "a-", "a..b", ".a", "a.", "é", &"a".repeat(254)] {
            assert!(subdomain_error(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn qualified_names_have_at_most_one_prefix() {
        for good in ["nginx", "example.com/nginx", "a/B_c.9", "X"] {
            assert_eq!(qualified_name_error(good), None, "{good}");
        }
        for bad in ["", "/a", "a/", "a/b/c", "https://x/y", "A.b/c", "a b", "_a", "é"] {
            assert!(qualified_name_error(bad).is_some(), "{bad}");
        }
        assert!(qualified_name_error(&"a".repeat(63)).is_none());
        assert!(qualified_name_error(&"a".repeat(64)).is_some());
    }

    #[test]
    fn label_values_may_be_empty() {
        for good in ["", "a", "A_b.c-9"] {
            assert_eq!(label_value_error(good), None, "{good}");
        }
        for bad in ["-", "a ", "a/b", &"a".repeat(64)] {
            assert!(label_value_error(bad).is_some(), "{bad}");
        }
    }
}
