//! The cloud-api port: one operation of one cloud service, signed and sent by an adapter.
//!
//! Invariant: a call names its region, and an adapter sends it nowhere else.

mod fake;

use async_trait::async_trait;
use quillon_base::{Fault, Region};
use serde::{Deserialize, Serialize};

pub use fake::{Expectation, StrictCloud};

/// One call, in the service model's own names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudCall {
    /// The service, such as `s3`.
    pub service: String,
    /// The operation, such as `ListBuckets`.
    pub operation: String,
    /// Where it is sent.
    pub region: Region,
    /// Its parameters, shaped by the service's model.
    pub parameters: serde_json::Value,
}

/// What the service answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudReply {
    /// The output, shaped by the service's model.
    pub output: serde_json::Value,
    /// The service's own request id, to quote in its support.
    pub request_id: Option<String>,
}

/// One account, reached with one set of credentials.
#[async_trait]
pub trait Cloud: Send + Sync {
    /// The account's id, for the record.
    fn account(&self) -> &str;

    /// Makes the call once; an adapter repeats only what the service's model calls idempotent.
    ///
    /// # Errors
    /// `cloud.failed` with the service's own code in the sentence, `timed_out`.
    async fn call(&self, call: CloudCall) -> Result<CloudReply, Fault>;
}
