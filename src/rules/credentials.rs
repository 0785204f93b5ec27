//! Recognises a credential among the parameters of a driver, by its key or by its value.
//!
//! This is a guess, so it only has to be a good one. A key is read word by word, because letters
//! alone deceive: `tokenizer` has a token in it. A value is searched for the few forms of credentials
//! that nothing else has. Nothing here returns a part of a value, so that no message can repeat it.

/// The most words of a key that are one credential, as in `secret_access_key`.
const MAX_WORDS: usize = 3;

/// The credentials that a key can name. Each stands for its words however they are joined:
/// `accessKey`, `access-key` and `accesskey`.
const NAMES: [&str; 28] = [
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "secret",
    "secrets",
    "token",
    "credential",
    "credentials",
    "apikey",
    "accesskey",
    "accesskeyid",
    "accountkey",
    "privatekey",
    "secretkey",
    "secretaccesskey",
    "sharedkey",
    "sharedaccesskey",
    "sharedaccesssignature",
    "signingkey",
    "clientsecret",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "refreshtoken",
    "sastoken",
    "sessiontoken",
    "connectionstring",
];

/// Last words of keys that are about a credential and do not hold it: where it is kept, and how
/// long it lives.
const ABOUT: [&str; 24] = [
    "name",
    "names",
    "namespace",
    "ref",
    "refs",
    "reference",
    "arn",
    "path",
    "file",
    "dir",
    "uri",
    "url",
    "endpoint",
    "audience",
    "issuer",
    "provider",
    "type",
    "count",
    "limit",
    "length",
    "ttl",
    "lifetime",
    "expiry",
    "rotation",
];

/// Returns whether the words of a key name a credential. `maxTokens` and `tokenizer` do not, and
/// neither does a key that only points to one, as `secretName`.
pub fn is_named_by(key: &str) -> bool {
    let words = words(key);
    let is_about = words.last().is_some_and(|last| ABOUT.contains(&last.as_str()));
    !is_about
        && (0..words.len()).any(|start| {
            let mut name = String::new();
            words.iter().skip(start).take(MAX_WORDS).any(|word| {
                name.push_str(word);
                NAMES.contains(&name.as_str())
            })
        })
}

/// The words of a key in lower case, without digits at their ends. Words end at whatever is no
/// letter or digit, and where capitals show it, as in `sasToken` and `AWSSecretKey`.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = key.chars().peekable();
    let mut before = None;
    while let Some(char) = chars.next() {
        let next_is_lower = chars.peek().is_some_and(char::is_ascii_lowercase);
        let begins = char.is_ascii_uppercase()
            && before.is_some_and(|it: char| !it.is_ascii_uppercase() || next_is_lower);
        if !char.is_ascii_alphanumeric() || begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char.is_ascii_alphanumeric()) {
            word.push(char.to_ascii_lowercase());
        }
        before = Some(char);
    }
    for word in &mut words {
        word.truncate(word.trim_end_matches(|it: char| it.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A form of credential, and how it is recognised.
type Form = (&'static str, fn(&str) -> bool);

const FORMS: [Form; 6] = [
    ("a URL with a user name or a password", has_user_info),
    ("a storage account's key", has_account_key),
    ("a shared access signature", has_shared_access_signature),
    ("an AWS access key ID", has_aws_key_id),
    ("a private key", has_private_key),
    ("a bearer token", has_bearer_token),
];

/// The form of credential that a value has in it, as in "holds ...".
pub fn held_by(value: &str) -> Option<&'static str> {
    FORMS.iter().find(|(_, has)| has(value)).map(|(form, _)| *form)
}

/// `https://user:password@host`. A user without a password is one only where browsers ask for both:
/// `abfss://container@account.dfs.core.windows.net` is how Azure spells a container.
fn has_user_info(value: &str) -> bool {
    value.match_indices("://").any(|(at, mark)| {
        let rest = value.get(at + mark.len()..).unwrap_or_default();
        let is_end = |it: char| matches!(it, '/' | '?' | '#') || it.is_whitespace();
        let authority = rest.split(is_end).next().unwrap_or_default();
        let Some((user_info, _)) = authority.rsplit_once('@') else { return false };
        let before = value.get(..at).unwrap_or_default();
        let scheme = before.rsplit(|it: char| !it.is_ascii_alphanumeric()).next();
        let is_http = scheme.is_some_and(|scheme| {
            ["http", "https"].iter().any(|it| it.eq_ignore_ascii_case(scheme))
        });
        let password = user_info.split_once(':').map_or("", |(_, password)| password);
        !password.is_empty() || is_http && !user_info.is_empty()
    })
}

/// `AccountKey=...` and `SharedAccessKey=...`, as in Azure's connection strings.
fn has_account_key(value: &str) -> bool {
    has_assignment(value, ["AccountKey", "SharedAccessKey"])
}

/// `SharedAccessSignature=...`, and `sig=...` in a URL's query.
fn has_shared_access_signature(value: &str) -> bool {
    has_assignment(value, ["SharedAccessSignature", "sig"])
}

/// Returns whether a value has one of these names, in any case and as a word of its own, with an equals
/// sign and something behind it.
fn has_assignment(value: &str, names: [&str; 2]) -> bool {
    value.match_indices('=').any(|(at, sign)| {
        let before = value.get(..at).unwrap_or_default();
        let name = before.rsplit(|it| !is_of_a_word(it)).next().unwrap_or_default();
        let rest = value.get(at + sign.len()..).unwrap_or_default();
        names.iter().any(|it| it.eq_ignore_ascii_case(name))
            && rest.starts_with(|it: char| !it.is_whitespace() && !matches!(it, '&' | ';'))
    })
}

fn is_of_a_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-')
}

/// `AKIA` or, where it is temporary, `ASIA`, and 16 capitals and digits.
fn has_aws_key_id(value: &str) -> bool {
    value.split(|it: char| !it.is_ascii_alphanumeric()).any(|word| {
        word.len() == 20
            && (word.starts_with("AKIA") || word.starts_with("ASIA"))
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

/// The first line of a PEM file, as in `-----BEGIN RSA PRIVATE KEY-----`.
fn has_private_key(value: &str) -> bool {
    let labels = value.split("-----BEGIN ").skip(1);
    labels.filter_map(|rest| rest.split("-----").next()).any(|label| label.contains("PRIVATE KEY"))
}

/// `Bearer` and a token. One has a digit; `Bearer authentication` is no token.
fn has_bearer_token(value: &str) -> bool {
    let mut words = value.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let scheme = word.trim_start_matches(|it: char| !it.is_ascii_alphanumeric());
        let token = if scheme.eq_ignore_ascii_case("bearer") { words.clone().next() } else { None };
        let is_token = |it: &str| it.len() >= 8 && it.bytes().any(|byte| byte.is_ascii_digit());
        if token.is_some_and(is_token) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{held_by, is_named_by};

    #[test]
    fn keys_that_hold_credentials_are_distinguished_from_keys_that_point_to_them() {
        for secret in [
            "password",
            "secretKey",
            "AWS_SECRET_ACCESS_KEY",
            "AWSSecretKey",
            "access-key-id",
            "sasToken",
            "api_key",
            "APIKey",
            "clientSecret",
            "clientsecret",
            "credentials",
            "connectionString",
            "private.key",
            "storageAccountKey",
            "s3Password2",
            "OAuth2Token",
        ] {
            assert!(is_named_by(secret), "{secret}");
        }
        for fine in [
            "",
            "bucket",
            "secretName",
            "credentials-secret-ref",
            "tokenPath",
            "tokenTTL",
            "secretNamespace",
            "key",
            "prefix",
            "kmsKeyArn",
            "secretArn",
            "compression",
        ] {
            assert!(!is_named_by(fine), "{fine}");
        }
    }

    #[test]
    fn letters_of_a_credential_inside_other_words_mean_nothing() {
        for fine in [
            "maxTokens",
            "max-tokens",
            "tokenizer",
            "tokenized",
            "secretary",
            "passwordless",
            "keyTokens",
            "monkey",
            "accessKeyless",
        ] {
            assert!(!is_named_by(fine), "{fine}");
        }
    }

    #[test]
    fn values_that_are_credentials_are_recognised_by_their_form() {
        for (value, form) in [
            ("https://user:pw@host", "a URL with a user name or a password"),
            ("endpoint=https://ghp_abc@host/path", "a URL with a user name or a password"),
            ("mongodb+srv://u:p@a,b/?tls=true", "a URL with a user name or a password"),
            (
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9v;EndpointSuffix=x",
                "a storage account's key",
            ),
            ("Endpoint=sb://x/;SharedAccessKey=abc", "a storage account's key"),
            ("SharedAccessSignature=sv=2022&sig=x", "a shared access signature"),
            ("https://a.blob.core.windows.net/c?sv=1&sig=abc%3D", "a shared access signature"),
            ("AKIAIOSFODNN7EXAMPLE", "an AWS access key ID"),
            ("id: ASIAIOSFODNN7EXAMPLE,", "an AWS access key ID"),
            ("-----BEGIN PRIVATE KEY-----\nMIIE", "a private key"),
            ("-----BEGIN CERTIFICATE-----\nx\n-----BEGIN EC PRIVATE KEY-----", "a private key"),
            ("Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", "a bearer token"),
            ("Authorization: bearer abcdefg8", "a bearer token"),
        ] {
            assert_eq!(held_by(value), Some(form), "{value}");
        }
    }

    #[test]
    fn values_that_only_resemble_credentials_are_none() {
        for fine in [
            "",
            "https://host:9000/path",
            "https://host/~user:x@y",
            "https://host?mail=a:b@c",
            "https://@host",
            "s3://bucket/prefix",
            "abfss://container@account.dfs.core.windows.net/x",
            "ssh://git@host/x.git",
            "user:pw@host",
            "AccountKey=;AccountName=x",
            "accountKey",
            "design=1&insig=2",
            "my-sig=2",
            "?sig=&sv=1",
            "AKIAIOSFODNN7EXAMPL",
            "AKIAIOSFODNN7EXAMPLES",
            "xAKIAIOSFODNN7EXAMPLE",
            "AKIAiosfodnn7example",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----",
            "Bearer",
            "Bearer authentication",
            "the bearer of version2",
            "zstd",
        ] {
            assert_eq!(held_by(fine), None, "{fine}");
        }
    }

    #[test]
    fn long_texts_are_read_in_time() {
        for part in ["://", "a:b@", "-----BEGIN ", "sig=", "Bearer ", "aB", "AKIA"] {
            let long = part.repeat(1 << 18);
            let _ = (held_by(&long), is_named_by(&long));
        }
    }
}
