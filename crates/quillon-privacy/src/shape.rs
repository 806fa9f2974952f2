//! The shapes of secrets and of personal data, each with examples that are found and examples that are not. The examples
//! run as tests. What has no shape of its own, such as a name or an address, is not found.

use std::sync::LazyLock;

use regex::Regex;

/// No secret with what makes it one is shorter, in bytes.
const SHORTEST_BYTES: usize = 6;
/// The fewest digits of a payment card's number.
const CARD_DIGITS_MIN: usize = 13;

/// One shape.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Its name, as placeholders show it.
    pub name: &'static str,
    /// Lower-case text of which some must be there, or else the pattern is not tried. None stands for enough digits.
    triggers: &'static [&'static str],
    /// A pattern whose group `secret` is the secret.
    pattern: &'static str,
    /// A further check of the secret.
    check: fn(&str) -> bool,
    /// Texts in which it is found.
    pub found: &'static [&'static str],
    /// Texts in which it is not.
    pub passed: &'static [&'static str],
}

const fn any(_: &str) -> bool {
    true
}

/// Characters a random secret of this length would have: at least this many bits each, by Shannon.
fn is_random(secret: &str) -> bool {
    let mut counts = [0u32; 256];
    for byte in secret.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = secret.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| f64::from(count) / length)
        .map(|p| -p * p.log2())
        .sum();
    let classes = [
        secret.bytes().any(|byte| byte.is_ascii_lowercase()),
        secret.bytes().any(|byte| byte.is_ascii_uppercase()),
        secret.bytes().any(|byte| byte.is_ascii_digit()),
    ];
    bits >= 2.8 && classes.iter().filter(|&&present| present).count() >= 2
}

/// Not a name for a value that is elsewhere, nor an obvious stand-in.
fn is_literal(secret: &str) -> bool {
    let lower = secret.to_ascii_lowercase();
    let stand_in = [
        "example",
        "changeme",
        "placeholder",
        "your",
        "xxx",
        "dummy",
        "redacted",
        "todo",
        "<",
        "${",
        "{{",
        "***",
    ]
    .iter()
    .any(|word| lower.contains(word));
    let reference =
        secret.contains("::") || secret.contains("()") || secret.contains("->") || lower.starts_with("env");
    !stand_in && !reference && is_random(secret)
}

/// Luhn's check over the digits (ISO/IEC 7812-1).
fn is_card(secret: &str) -> bool {
    let digits: Vec<u32> = secret.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    (13..=19).contains(&digits.len())
        && sum.is_multiple_of(10)
        && digits.iter().any(|digit| *digit != digits[0])
}

/// The names of shapes that are of personal data and no secrets: they may stand in an environment.
const PERSONAL: &[&str] =
    &["email_address", "iban", "payment_card", "phone_number", "social_security_number"];
/// Ends of names that are no domains although they look like it.
const NOT_DOMAINS: &[&str] = &[".example.com", ".example.net", ".example.org", ".noreply.github.com"];
/// Who is nobody.
const NOBODY: &[&str] = &["git", "no-reply", "noreply", "user", "username"];

/// Not an address of documentation, of a machine, or of nobody.
fn is_address(secret: &str) -> bool {
    let Some((name, domain)) = secret.rsplit_once('@') else { return false };
    let dotted = format!(".{}", domain.to_ascii_lowercase());
    !NOBODY.contains(&name) && !NOT_DOMAINS.iter().any(|end| dotted.ends_with(end))
}

/// ISO 13616: the check digits hold.
fn is_iban(secret: &str) -> bool {
    let account: Vec<u8> = secret.bytes().filter(u8::is_ascii_alphanumeric).collect();
    if !(15..=34).contains(&account.len()) {
        return false;
    }
    let digits = account[4..].iter().chain(&account[..4]).map(|&byte| match byte {
        b'0'..=b'9' => (u32::from(byte - b'0'), 10),
        _ => (u32::from(byte - b'A') + 10, 100),
    });
    digits.fold(0, |rest, (value, scale)| (rest * scale + value) % 97) == 1
}

/// As many digits as a telephone number has, and written as one.
fn is_phone(secret: &str) -> bool {
    let digits = secret.bytes().filter(u8::is_ascii_digit).count();
    (8..=15).contains(&digits) && secret.contains([' ', '-', '.', '('])
}

/// The shapes, the narrow ones before the wide ones.
pub static SHAPES: &[Shape] = &[
    Shape {
        name: "private_key",
        triggers: &["private key-----"],
        pattern: r"(?s)(?P<secret>-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----.+?-----END [A-Z ]{0,20}PRIVATE KEY-----)",
        check: any,
        found: &[
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0\nabcdefgh\n-----END RSA PRIVATE KEY-----",
        ],
        passed: &["-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQ\n-----END PUBLIC KEY-----"],
    },
    Shape {
        name: "aws_access_key",
        triggers: &["akia", "asia", "abia", "acca"],
        pattern: r"\b(?P<secret>(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b",
        check: any,
        found: &["AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "id: ASIAQWERTYUIOPASDFGH"],
        passed: &["AKIA", "xAKIAIOSFODNN7EXAMPLEx", "AKIAIOSFODNN7EXAMPL0"],
    },
    Shape {
        name: "aws_secret_key",
        triggers: &["secret"],
        pattern: r#"(?i)(?:aws_?)?secret_?(?:access_?)?key["'\s:=>]{1,6}(?P<secret>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#,
        check: is_random,
        found: &["aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY"],
        passed: &[
            "secret_access_key = get_from_vault()",
            "SecretAccessKey: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ],
    },
    Shape {
        name: "github_token",
        triggers: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        pattern: r"\b(?P<secret>gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b",
        check: any,
        found: &["token ghp_abcdefghijklmnopqrstuvwxyz0123456789"],
        passed: &["ghp_short", "high_performance_computing_is_a_long_identifier"],
    },
    Shape {
        name: "gitlab_token",
        triggers: &["glpat-"],
        pattern: r"\b(?P<secret>glpat-[A-Za-z0-9_-]{20,})",
        check: any,
        found: &["glpat-abcDEF123456789_-xyz"],
        passed: &["glpat-short"],
    },
    Shape {
        name: "slack_token",
        triggers: &["xox"],
        pattern: r"\b(?P<secret>xox[abeoprs]-[A-Za-z0-9-]{10,})",
        check: any,
        found: &["xoxb-123456789012-abcdefGHIJKL"],
        passed: &["xoxo-", "foxb-123456789012"],
    },
    Shape {
        name: "stripe_key",
        triggers: &["k_live_", "k_test_"],
        pattern: r"\b(?P<secret>[sr]k_(?:live|test)_[A-Za-z0-9]{16,})\b",
        check: any,
        found: &["sk_live_abcdefghijklmnop1234"],
        passed: &["risk_live_status"],
    },
    Shape {
        name: "google_api_key",
        triggers: &["aiza"],
        pattern: r"\b(?P<secret>AIza[A-Za-z0-9_-]{35})",
        check: any,
        found: &["AIzaSyA1234567890abcdefghijklmnopqrstuv"],
        passed: &["AIzaShort"],
    },
    Shape {
        name: "model_api_key",
        triggers: &["sk-"],
        pattern: r"\b(?P<secret>sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,})",
        check: is_random,
        found: &["sk-proj-aBcDeFgHiJkLmNoPqRsT0123456789"],
        passed: &["sk-learn", "task-aaaaaaaaaaaaaaaaaaaaaaaaaa", "sk-aaaaaaaaaaaaaaaaaaaaaaaaaa"],
    },
    Shape {
        name: "package_token",
        triggers: &["npm_", "pypi-", "cio"],
        pattern: r"\b(?P<secret>npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}|cio[A-Za-z0-9]{32})\b",
        check: any,
        found: &["//registry/:_authToken=npm_abcdefghijklmnopqrstuvwxyz0123456789"],
        passed: &["npm_config_registry"],
    },
    Shape {
        name: "json_web_token",
        triggers: &["eyj"],
        pattern: r"\b(?P<secret>eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})",
        check: any,
        found: &["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"],
        passed: &["eyJhbGciOiJIUzI1NiJ9"],
    },
    Shape {
        name: "authorization",
        triggers: &["authorization"],
        pattern: r#"(?i)\bauthorization["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+(?P<secret>[A-Za-z0-9._~+/=-]{12,})"#,
        check: any,
        found: &[
            "Authorization: Bearer abcdef1234567890",
            "curl -H 'authorization: Basic dXNlcjpwYXNzd29yZA=='",
        ],
        passed: &["Authorization: Bearer ${TOKEN}", "authorization: required"],
    },
    Shape {
        name: "url_password",
        triggers: &["://"],
        pattern: r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s:/@]*:(?P<secret>[^\s:/@]{3,})@[A-Za-z0-9.\[-]",
        check: |secret| !secret.contains(['$', '{', '<', '*']),
        found: &["postgres://app:s3cr3tpw@db.internal/orders", "https://u:p4ssw0rd@example.org"],
        passed: &["https://example.org:8080/@me", "postgres://app:${PASSWORD}@db/orders"],
    },
    Shape {
        name: "secret_assignment",
        triggers: &["passw", "secret", "token", "key"],
        pattern: r#"(?i)(?:password|passwd|secret|token|api_?key|access_?key|private_?key|client_?secret)["']?\s{0,4}(?:=>|[:=])\s{0,4}["'](?P<secret>[^\s"'`]{8,})["']"#,
        check: is_literal,
        found: &[
            r#"password = "Tr0ub4dor&3""#,
            r#"{"client_secret": "a8f5f167f44f4964e6c998dee827110c"}"#,
            "api_key: 'Zx81kQp02Lmv'",
        ],
        passed: &[
            "password: str",
            r#"password = os.environ["PASSWORD"]"#,
            r#"token = "<your-token>""#,
            r#"password = "changeme123""#,
            r#"api_key = "${API_KEY}""#,
            r#"secret: "kubernetes.io/service""#,
            "let token = next_token();",
        ],
    },
    Shape {
        name: "email_address",
        triggers: &["@"],
        pattern: r"\b(?P<secret>[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}(?:[a-z]{2}|com|org|net|edu|gov|mil|int|info|biz|name|dev|app|cloud|tech|email|bank|corp|internal|lan|local))\b",
        check: is_address,
        found: &["Ada <ada.lovelace+q@analytical.co.uk>", "a@b.org,ada@engine.internal;"],
        passed: &[
            "clone git@github.com:o/r.git",
            "icon@2x.png",
            "getty@tty1.service",
            "x@self.weight",
            "ada@example.com",
            "1+ada@users.noreply.github.com",
            "serde@1.0.2",
        ],
    },
    Shape {
        name: "iban",
        triggers: &[],
        pattern: r"\b(?P<secret>[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?)\b",
        check: is_iban,
        found: &["to GB82 WEST 1234 5698 7654 32.", "NO9386011117947"],
        passed: &["GB82 WEST 1234 5698 7654 33", "AB12CD34EF56GH78IJ90"],
    },
    Shape {
        name: "phone_number",
        triggers: &["+"],
        pattern: r"(?:^|[^0-9A-Za-z+])(?P<secret>\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,4}\)?){2,6})(?:[^0-9A-Za-z]|$)",
        check: is_phone,
        found: &["call +44 20 7946 0958", "tel: +1-202-555-0143", "+49 (30) 901820"],
        passed: &["+20240131120000", "a +1 b", "1+2345 6789 0123"],
    },
    Shape {
        name: "social_security_number",
        triggers: &["-"],
        pattern: r"\b(?P<secret>[0-8][0-9]{2}-[0-9]{2}-[0-9]{4})\b",
        check: |secret| {
            !secret.starts_with("000")
                && !secret.starts_with("666")
                && !secret.contains("-00-")
                && !secret.ends_with("-0000")
        },
        found: &["SSN 078-05-1120"],
        passed: &["2024-01-15", "000-12-3456", "12-345-6789", "078-00-1120", "1078-05-1120"],
    },
    Shape {
        name: "payment_card",
        triggers: &[],
        pattern: r"(?:^|[^0-9A-Za-z.-])(?P<secret>[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7})(?:[^0-9A-Za-z.-]|$)",
        check: is_card,
        found: &["card 4111 1111 1111 1111 today", "5500-0000-0000-0004"],
        passed: &["4111 1111 1111 1112", "0x4111111111111111", "version 4111111111111111.2"],
    },
];

type Compile = Box<dyn Fn() -> Regex + Send>;

/// Patterns are compiled when they are first needed: most texts need none.
static PATTERNS: LazyLock<Vec<LazyLock<Regex, Compile>>> = LazyLock::new(|| {
    let compile = |shape: &'static Shape| -> Compile {
        Box::new(|| Regex::new(shape.pattern).expect("the patterns are constants that a test compiles"))
    };
    SHAPES.iter().map(|shape| LazyLock::new(compile(shape))).collect()
});

/// A secret in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) shape: &'static str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The secrets in a text, in order, not overlapping.
pub(crate) fn find(text: &str) -> Vec<Spot> {
    if text.len() < SHORTEST_BYTES {
        return Vec::new();
    }
    let lower = text.to_ascii_lowercase();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let mut spots = Vec::new();
    for (shape, pattern) in SHAPES.iter().zip(PATTERNS.iter()) {
        let triggered = match shape.triggers {
            [] => digits >= CARD_DIGITS_MIN,
            triggers => triggers.iter().any(|trigger| lower.contains(trigger)),
        };
        if !triggered {
            continue;
        }
        for found in pattern.captures_iter(text) {
            let Some(secret) = found.name("secret").filter(|secret| (shape.check)(secret.as_str())) else {
                continue;
            };
            let overlaps =
                spots.iter().any(|spot: &Spot| secret.start() < spot.end && spot.start < secret.end());
            if !overlaps {
                spots.push(Spot { shape: shape.name, start: secret.start(), end: secret.end() });
            }
        }
    }
    spots.sort_unstable_by_key(|spot| spot.start);
    spots
}

/// Whether a text holds a secret; personal data is none.
#[must_use]
pub fn holds_secret(text: &str) -> bool {
    find(text).iter().any(|spot| !PERSONAL.contains(&spot.shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_no_secret() {
        assert!(PERSONAL.iter().all(|name| SHAPES.iter().any(|shape| shape.name == *name)));
        assert!(!holds_secret("ada@analytical.co.uk") && holds_secret("AKIAIOSFODNN7EXAMPLE"));
    }

    #[test]
    fn every_address_of_a_list_is_found() {
        assert_eq!(find("ada@b.org,bob@c.org").len(), 2);
    }

    #[test]
    fn every_example_holds() {
        for shape in SHAPES {
            for text in shape.found {
                let spots = find(text);
                assert!(
                    spots.iter().any(|spot| spot.shape == shape.name),
                    "{} not found in {text}: {spots:?}",
                    shape.name
                );
            }
            for text in shape.passed {
                let spots = find(text);
                assert!(
                    !spots.iter().any(|spot| spot.shape == shape.name),
                    "{} found in {text}: {spots:?}",
                    shape.name
                );
            }
        }
    }
}
