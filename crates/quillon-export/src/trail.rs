//! CloudTrail's files: gzipped log files, and for each hour a signed digest that names them and the digest before it.
//!
//! What `aws cloudtrail validate-logs` checks: the SHA-256 of each inflated log file, the SHA-256 of the inflated digest
//! signed together with its end, its place and the signature before it (RSA, PKCS#1 v1.5, SHA-256), and that nothing was
//! moved. A digest is written once its hour is over. Its period begins where the one before ended, so hours in which
//! nothing happened need none. The hour of a record never goes back: after a step of the clock a record belongs to the
//! hour that is open.
//!
//! Taking the newest digests away is not found by that tool, here as with Amazon; a ledger's checkpoint finds it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use quillon_base::{Fault, Timestamp, hex};
use quillon_sink::{Object, ObjectName};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::fact::Fact;
use crate::shape::{Place, records};
use crate::text::{compact, day_path, gzip, seconds, sha256};

/// The trail's name, in the names of digests.
pub(crate) const TRAIL: &str = "quillon";

const HOUR_MICROS: i64 = 3_600 * 1_000_000;
/// How the signature of a digest is called.
const ALGORITHM: &str = "SHA256withRSA";

/// Signs digests.
pub(crate) trait Sign {
    /// The signature of a message.
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Fault>;
    /// What it is checked with, as the DER of PKCS#1.
    fn public_key(&mut self) -> Result<Vec<u8>, Fault>;
}

/// A log file that no digest names yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LogFile {
    key: String,
    hash: String,
    oldest: String,
    newest: String,
}

/// The digest before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Previous {
    key: String,
    hash: String,
    signature: String,
    /// The hour after its last one.
    end: i64,
}

/// How far the chain is. It is part of the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trail {
    /// The hour that is open, counted from the epoch.
    hour: Option<i64>,
    files: Vec<LogFile>,
    previous: Option<Previous>,
}

impl Trail {
    /// The files of a page of records, with the digests of the hours that it ends.
    pub(crate) fn page(
        &mut self,
        facts: &[Fact],
        place: &Place,
        signer: &mut dyn Sign,
    ) -> Result<Vec<Object>, Fault> {
        let mut objects = Vec::new();
        let mut rest = facts;
        while let Some(first) = rest.first() {
            let hour = self.hour_of(first);
            if self.hour.is_some_and(|open| hour > open) {
                objects.extend(self.digest(place, signer)?);
            }
            self.hour = Some(hour);
            let same = rest.iter().take_while(|fact| self.hour_of(fact) == hour).count();
            let (run, after) = rest.split_at(same);
            objects.push(self.log_file(first, run, place)?);
            rest = after;
        }
        Ok(objects)
    }

    /// The digest of the open hour, if that is over.
    pub(crate) fn over(
        &mut self,
        now: Timestamp,
        place: &Place,
        signer: &mut dyn Sign,
    ) -> Result<Option<Object>, Fault> {
        let is_over = self.hour.is_some_and(|hour| now.0 >= (hour + 1) * HOUR_MICROS);
        if is_over { self.digest(place, signer) } else { Ok(None) }
    }

    fn hour_of(&self, fact: &Fact) -> i64 {
        let least = self.hour.or(self.previous.as_ref().map(|previous| previous.end)).unwrap_or(i64::MIN);
        fact.at.0.div_euclid(HOUR_MICROS).max(least)
    }

    fn log_file(&mut self, first: &Fact, run: &[Fact], place: &Place) -> Result<Object, Fault> {
        let Place { account, region, .. } = place;
        let (day, at) = (day_path(first.at), compact(first.at));
        // To the minute, as CloudTrail names them; the record's place makes the name unique, and the same each time.
        let minute = at.get(..13).unwrap_or_default();
        let name = format!(
            "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}Z_{:016}.json.gz",
            first.index
        );
        let name = ObjectName::new(name)?;
        let text = records(run, place).to_string();
        let times = run.iter().map(|fact| fact.at);
        let [oldest, newest] = [times.clone().min(), times.max()].map(|at| seconds(at.unwrap_or_default()));
        self.files.push(LogFile { key: place.key(&name), hash: sha256(text.as_bytes()), oldest, newest });
        let content = gzip(text.as_bytes())?;
        Ok(Object { name, media_type: "application/json", content, metadata: Vec::new() })
    }

    fn digest(&mut self, place: &Place, signer: &mut dyn Sign) -> Result<Option<Object>, Fault> {
        let Some(hour) = self.hour.take() else { return Ok(None) };
        let files = std::mem::take(&mut self.files);
        let Place { account, region, bucket, .. } = place;
        let start = self.previous.as_ref().map_or(hour, |previous| previous.end);
        let [start, end] = [start, hour + 1].map(|hour| Timestamp(hour * HOUR_MICROS));
        let (day, at) = (day_path(end), compact(end));
        let name = ObjectName::new(format!(
            "AWSLogs/{account}/CloudTrail-Digest/{region}/{day}/\
             {account}_CloudTrail-Digest_{region}_{TRAIL}_{region}_{at}.json.gz"
        ))?;
        let key = place.key(&name);
        let previous = self.previous.take();
        let public = signer.public_key()?;
        let log_files: Vec<_> = files
            .iter()
            .map(|file| {
                json!({
                    "s3Bucket": bucket,
                    "s3Object": file.key,
                    "hashValue": file.hash,
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": file.newest,
                    "oldestEventTime": file.oldest,
                })
            })
            .collect();
        let text = json!({
            "awsAccountId": account,
            "digestStartTime": seconds(start),
            "digestEndTime": seconds(end),
            "digestS3Bucket": bucket,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": fingerprint(&public),
            "digestSignatureAlgorithm": ALGORITHM,
            "newestEventTime": files.iter().map(|file| &file.newest).max(),
            "oldestEventTime": files.iter().map(|file| &file.oldest).min(),
            "previousDigestS3Bucket": previous.as_ref().map(|_| bucket),
            "previousDigestS3Object": previous.as_ref().map(|previous| &previous.key),
            "previousDigestHashValue": previous.as_ref().map(|previous| &previous.hash),
            "previousDigestHashAlgorithm": previous.as_ref().map(|_| "SHA-256"),
            "previousDigestSignature": previous.as_ref().map(|previous| &previous.signature),
            "logFiles": log_files,
        })
        .to_string();
        let hash = sha256(text.as_bytes());
        let before = previous.as_ref().map_or("null", |previous| &previous.signature);
        let message = format!("{}\n{bucket}/{key}\n{hash}\n{before}", seconds(end));
        let signature = hex(&signer.sign(message.as_bytes())?);
        let metadata = vec![("signature", signature.clone()), ("signature-algorithm", ALGORITHM.to_owned())];
        self.previous = Some(Previous { key, hash, signature, end: hour + 1 });
        let content = gzip(text.as_bytes())?;
        Ok(Some(Object { name, media_type: "application/json", content, metadata }))
    }
}

/// The public key as the answer of `ListPublicKeys`, for whoever serves it to `validate-logs`. It lies beside the digests
/// for convenience; who wants to rely on it keeps a copy elsewhere.
pub(crate) fn public_keys(place: &Place, signer: &mut dyn Sign) -> Result<Object, Fault> {
    let public = signer.public_key()?;
    let answer = json!({"PublicKeyList": [{
        "Value": BASE64.encode(&public),
        "ValidityStartTime": 0,
        "ValidityEndTime": 4_102_444_800_u64,
        "Fingerprint": fingerprint(&public),
    }]});
    let name = ObjectName::new(format!("AWSLogs/{}/CloudTrail-Digest/public-keys.json", place.account))?;
    let content = format!("{answer}\n").into_bytes();
    Ok(Object { name, media_type: "application/json", content, metadata: Vec::new() })
}

/// 32 hexadecimal digits, as CloudTrail's have.
fn fingerprint(public: &[u8]) -> String {
    let mut hash = sha256(public);
    hash.truncate(32);
    hash
}
