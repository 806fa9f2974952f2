//! AWS Signature Version 4, as the documentation of IAM describes it; a pure function of the request and the time.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quillon_base::{Timestamp, hex};

use crate::Credentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The header by which S3 checks what arrives.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// `GET`, `PUT`, …
    pub method: &'a str,
    /// Host and, where it is not the scheme's own, port.
    pub host: &'a str,
    /// The path as it is sent, with everything that must be encoded encoded once.
    pub path: &'a str,
    /// Other headers that are signed, in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
    /// The service, as it is signed for.
    pub service: &'a str,
    /// The region.
    pub region: &'a str,
}

/// The headers that make a request a signed one, in lower case.
pub type Signed = Vec<(&'static str, String)>;

/// Signs a request.
#[must_use]
pub fn sign(request: Unsigned<'_>, credentials: &Credentials, now: Timestamp) -> Signed {
    let Unsigned { method, host, path, headers, body, service, region } = request;
    let at = compact(now);
    let day = at.get(..8).unwrap_or_default();
    let body_hash = body_hash(headers, body);
    let mut signed: Signed = vec![("x-amz-date", at.clone())];
    if service == "s3" {
        signed.push(("x-amz-content-sha256", body_hash.clone()));
    }
    if let Some(token) = &credentials.token {
        signed.push(("x-amz-security-token", token.expose().clone()));
    }
    let mut all: Vec<(&str, &str)> = headers.to_vec();
    all.push(("host", host));
    all.extend(signed.iter().map(|(name, value)| (*name, value.as_str())));
    all.sort_unstable();
    let lines: String = all.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let names = all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("{method}\n{path}\n\n{lines}\n{names}\n{body_hash}");
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let hash = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
    let message = format!("{ALGORITHM}\n{at}\n{scope}\n{hash}");
    let mut key = mac(format!("AWS4{}", credentials.secret.expose()).as_bytes(), day);
    for part in [region, service, "aws4_request"] {
        key = mac(&key, part);
    }
    let signature = hex(&mac(&key, &message));
    let id = &credentials.id;
    let text = format!("{ALGORITHM} Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}");
    signed.push(("authorization", text));
    signed
}

/// SHA-256 over the body, in hex. Where a header says it already, for the service to check, the body is not hashed again.
fn body_hash(headers: &[(&str, &str)], body: &[u8]) -> String {
    let said =
        headers.iter().find(|(name, _)| *name == CHECKSUM).and_then(|(_, sum)| BASE64.decode(sum).ok());
    said.map_or_else(|| hex(digest(&SHA256, body).as_ref()), |sum| hex(&sum))
}

/// Encodes a path for a request: everything but unreserved characters and the slashes between its parts.
#[must_use]
pub fn encode_path(path: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.bytes().map(encode).collect()
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message.as_bytes()).as_ref().to_vec()
}

/// `20150830T123600Z`.
fn compact(at: Timestamp) -> String {
    let text = at.to_string();
    let digits = text.get(..19).unwrap_or_default().chars().filter(|letter| !matches!(letter, '-' | ':'));
    digits.collect::<String>() + "Z"
}

#[cfg(test)]
mod tests {
    use quillon_base::Secret;

    use super::*;

    /// 2015-08-30T12:36:00Z, the moment of Amazon's own examples.
    const NOW: Timestamp = Timestamp::from_seconds(1_440_938_160);

    fn credentials(token: Option<&str>) -> Credentials {
        Credentials {
            id: "AKIDEXAMPLE".into(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into()),
            token: token.map(|token| Secret::new(token.to_owned())),
        }
    }

    #[track_caller]
    fn check(request: Unsigned<'_>, token: Option<&str>, names: &str, signature: &str) {
        let signed = sign(request, &credentials(token), NOW);
        let text = &signed.last().unwrap().1;
        let expected = format!("SignedHeaders={names}, Signature={signature}");
        assert!(text.ends_with(&expected), "{text}");
    }

    /// The first is `get-vanilla` of Amazon's test suite; the others are what botocore 1.38 signs.
    #[test]
    fn signs_as_others_do() {
        let get = Unsigned {
            method: "GET",
            host: "example.amazonaws.com",
            path: "/",
            headers: &[],
            body: b"",
            service: "service",
            region: "us-east-1",
        };
        let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        check(get, None, "host;x-amz-date", signature);
        let headers =
            [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "Logs_20140328.PutLogEvents")];
        let host = "127.0.0.1:5000";
        let region = "eu-west-2";
        let post =
            Unsigned { method: "POST", host, headers: &headers, body: b"{}", service: "logs", region, ..get };
        let signature = "0c7ff7e748a796d0d0596f484c52a4fcf4f12755228e7091138569023c802bb5";
        check(post, None, "content-type;host;x-amz-date;x-amz-target", signature);
        let headers = [("x-amz-meta-signature", "00ff"), ("content-type", "application/json")];
        let path = "/bucket/a%20b/c%3D1_2.json.gz";
        assert_eq!(encode_path("/bucket/a b/c=1_2.json.gz"), path);
        let put = Unsigned { method: "PUT", path, headers: &headers, body: b"hello", service: "s3", ..post };
        let names =
            "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-signature;x-amz-security-token";
        let signature = "0373a6670f66591adde75188babe9a4008b0593762401f7f93eb2f821219f432";
        check(put, Some("TOKEN"), names, signature);
        let host = "s3.us-east-1.amazonaws.com";
        let object = Unsigned { host, path: "/bucket/key", service: "s3", ..get };
        let signature = "d1e7d6e96b8ad04ba453a830f0dbc10982e6e3e78d79dd780510a4fdf47fc381";
        check(object, None, "host;x-amz-content-sha256;x-amz-date", signature);
    }

    #[test]
    fn a_checksum_that_is_said_is_the_hash_that_is_signed() {
        let body = b"Welcome to Amazon S3.";
        let sum = BASE64.encode(digest(&SHA256, body));
        let hash = hex(digest(&SHA256, body).as_ref());
        assert_eq!(body_hash(&[(CHECKSUM, &sum)], b"not looked at"), hash);
        assert_eq!(body_hash(&[("content-type", &sum)], body), hash);
        assert_eq!(body_hash(&[(CHECKSUM, "no base 64!")], body), hash);
    }
}
