//! Objects in S3, or in a store that speaks its protocol.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quillon_aws::{Account, Call, Method, Service};
use quillon_base::{Fault, FaultCode};
use quillon_http::Response;
use quillon_sink::{
    CURSOR_BYTES_MAX, Destination, ObjectName, Parcel, Shape, Sink, SinkKind, failed, wrong_shape,
};

use crate::answer::Refusal;
use crate::{READS, Surroundings};

const SCHEME: &str = "s3://";
/// The cursor's object.
const CURSOR: &str = ".quillon-cursor";
/// The longest prefix, in bytes; with the longest name it is a key that S3 takes.
const PREFIX_BYTES_MAX: usize = 200;

/// Opens `s3://BUCKET/PREFIX`.
#[derive(Clone)]
pub struct S3Sinks(Surroundings);

impl S3Sinks {
    /// The kind that opens buckets with what is around the process.
    #[must_use]
    pub const fn new(surroundings: Surroundings) -> Self {
        Self(surroundings)
    }
}

impl SinkKind for S3Sinks {
    fn form(&self) -> &'static str {
        "s3://BUCKET/PREFIX"
    }

    fn takes(&self, address: &str) -> bool {
        address.starts_with(SCHEME)
    }

    fn reads(&self) -> Option<&'static str> {
        Some(READS)
    }

    fn open(&self, address: &str) -> Result<Arc<dyn Sink>, Fault> {
        let (bucket, prefix) = bucket_and_prefix(address)?;
        let account = self.0.account()?;
        let destination = Destination {
            address: address.to_owned(),
            region: Some(account.region().clone()),
            container: bucket,
            prefix,
            host: account.stand_in(Service::S3)?,
        };
        Ok(Arc::new(S3Sink { account, destination }))
    }
}

/// A bucket's name is 3 to 63 of `a-z 0-9 . -`; a prefix is made of parts that need no encoding.
fn bucket_and_prefix(address: &str) -> Result<(String, String), Fault> {
    let rest = address.strip_prefix(SCHEME).unwrap_or_default();
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_end_matches('/');
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_bucket = (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|byte| is_letter(byte) || b".-".contains(&byte))
        && bucket.bytes().next().is_some_and(is_letter);
    let is_prefix =
        prefix.is_empty() || (prefix.len() <= PREFIX_BYTES_MAX && ObjectName::new(prefix).is_ok());
    if is_bucket && is_prefix {
        return Ok((bucket.to_owned(), prefix.to_owned()));
    }
    Err(Fault::new(FaultCode::InputInvalid, format!("`{address}` names no bucket and prefix"))
        .hint("give `s3://BUCKET/PREFIX`, with plain letters, digits, `-`, `_`, `.` and `=` in the prefix"))
}

struct S3Sink {
    account: Account,
    destination: Destination,
}

impl S3Sink {
    async fn send(
        &self,
        method: Method,
        name: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Response, Fault> {
        let Destination { container, prefix, .. } = &self.destination;
        let slash = if prefix.is_empty() { "" } else { "/" };
        let path = format!("/{container}/{prefix}{slash}{name}");
        self.account.send(Service::S3, Call { method, path: &path, headers, body }).await
    }

    /// Puts an object; S3 sees that what arrives is what was sent.
    async fn put(&self, name: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<(), Fault> {
        let checksum = BASE64.encode(digest(&SHA256, body));
        let mut headers = headers.to_vec();
        headers.push(("x-amz-checksum-sha256", &checksum));
        let answer = self.send(Method::Put, name, &headers, body.to_vec()).await?;
        if answer.is_success() { Ok(()) } else { Err(Refusal::of(answer).await.fault(&self.destination)) }
    }
}

#[async_trait]
impl Sink for S3Sink {
    fn destination(&self) -> &Destination {
        &self.destination
    }

    fn takes(&self) -> Shape {
        Shape::Objects
    }

    async fn cursor(&self) -> Result<Option<Vec<u8>>, Fault> {
        let answer = self.send(Method::Get, CURSOR, &[], Vec::new()).await?;
        if answer.is_success() {
            return answer.bytes(CURSOR_BYTES_MAX).await.map(Some);
        }
        // A bucket that is missing is not one that is empty.
        let refusal = Refusal::of(answer).await;
        if refusal.code == "NoSuchKey" { Ok(None) } else { Err(refusal.fault(&self.destination)) }
    }

    async fn keep_cursor(&self, cursor: &[u8]) -> Result<(), Fault> {
        self.put(CURSOR, &[("content-type", "text/plain")], cursor).await
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<(), Fault> {
        let Parcel::Object(object) = parcel else {
            return Err(wrong_shape(&self.destination));
        };
        let names: Vec<_> = object.metadata.iter().map(|(key, _)| format!("x-amz-meta-{key}")).collect();
        let mut headers = vec![("content-type", object.media_type)];
        let values = object.metadata.iter().map(|(_, value)| value.as_str());
        headers.extend(names.iter().map(String::as_str).zip(values));
        self.put(object.name.as_str(), &headers, &object.content).await
    }

    async fn size_of(&self, name: &ObjectName) -> Result<Option<u64>, Fault> {
        let answer = self.send(Method::Head, name.as_str(), &[], Vec::new()).await?;
        match answer.status() {
            404 => Ok(None),
            200 => {
                let size = answer.header("content-length").and_then(|size| size.parse().ok());
                let sizeless = || failed(&self.destination, "did not say how large an object is");
                size.map(Some).ok_or_else(sizeless)
            }
            _ => Err(Refusal::of(answer).await.fault(&self.destination)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_and_a_prefix() {
        let check = |address: &str| bucket_and_prefix(address).ok();
        let pair = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(check("s3://logs-1"), pair("logs-1", ""));
        assert_eq!(check("s3://logs/"), pair("logs", ""));
        assert_eq!(check("s3://logs/a/b=c/"), pair("logs", "a/b=c"));
        for bad in
            ["s3://", "s3://Logs", "s3://lo", "s3://-logs", "s3://logs//a", "s3://logs/../a", "s3://logs/a b"]
        {
            assert_eq!(check(bad), None, "{bad}");
        }
        assert_eq!(check(&format!("s3://logs/{}", "a".repeat(201))), None);
    }
}
