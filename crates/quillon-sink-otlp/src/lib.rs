//! The sink port over OTLP: OpenTelemetry logs, posted to a collector as JSON.
//!
//! A collector cannot be asked what it has, so the cursor of such an export is kept by the road. An address says nothing of
//! where a collector is: it may name the region behind a `#`; one that names none is refused to profiles with a region.

use std::sync::Arc;

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode, Region};
use quillon_http::{Address, Client, Request, Retries};
use quillon_sink::{
    Destination, ObjectName, Parcel, Shape, Sink, SinkKind, failed, unsuccessful, wrong_shape,
};

/// The most of an answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The region of a collector whose address names none.
const UNSTATED: &str = "unstated";

/// Opens `https://COLLECTOR/v1/logs#REGION`.
#[derive(Clone)]
pub struct OtlpSinks(Client);

impl OtlpSinks {
    /// The kind that posts through this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

impl SinkKind for OtlpSinks {
    fn form(&self) -> &'static str {
        "https://COLLECTOR/v1/logs#REGION"
    }

    fn takes(&self, address: &str) -> bool {
        address.starts_with("https://") || address.starts_with("http://")
    }

    fn open(&self, address: &str) -> Result<Arc<dyn Sink>, Fault> {
        let (bare, region) = address.split_once('#').unwrap_or((address, UNSTATED));
        let at = Address::parse(bare)?;
        if !at.is_secure() && !at.is_loopback() {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                "records are not sent unencrypted to another machine",
            )
            .hint("give an address with `https://`"));
        }
        let region = Region::new(region).map_err(|error| {
            Fault::new(FaultCode::InputInvalid, error.to_string())
                .hint("give one such as `eu-west-2` behind the `#`")
        })?;
        // Without the query, which may hold a token.
        let shown = bare.split('?').next().unwrap_or_default().to_owned();
        let region = if at.is_loopback() { None } else { Some(region) };
        let container = at.host().to_owned();
        let destination =
            Destination { address: shown, region, container, prefix: String::new(), host: None };
        Ok(Arc::new(OtlpSink { client: self.0.clone(), at, destination }))
    }
}

struct OtlpSink {
    client: Client,
    at: Address,
    destination: Destination,
}

#[async_trait]
impl Sink for OtlpSink {
    fn destination(&self) -> &Destination {
        &self.destination
    }

    fn takes(&self) -> Shape {
        Shape::Requests
    }

    async fn cursor(&self) -> Result<Option<Vec<u8>>, Fault> {
        Ok(None)
    }

    async fn keep_cursor(&self, _: &[u8]) -> Result<(), Fault> {
        Err(Fault::internal("a collector was asked to keep a cursor"))
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<(), Fault> {
        let Parcel::Request(media_type, body) = parcel else {
            return Err(wrong_shape(&self.destination));
        };
        let request = Request::post(self.at.clone(), body.clone()).header("content-type", media_type)?;
        let answer = self.client.send_patiently(request, Retries::default()).await?;
        let (status, is_success) = (answer.status(), answer.is_success());
        let text = answer.beginning(ANSWER_BYTES_MAX).await;
        judge(&self.destination, status, is_success, &text)
    }

    async fn size_of(&self, _: &ObjectName) -> Result<Option<u64>, Fault> {
        Ok(None)
    }
}

/// A collector may accept a request and say in the answer that it dropped records of it.
fn judge(destination: &Destination, status: u16, is_success: bool, text: &[u8]) -> Result<(), Fault> {
    if !is_success {
        let hint = "look whether it is the logs address of a collector that takes OTLP as JSON";
        return Err(unsuccessful(destination, status, &status.to_string(), hint));
    }
    if text.is_empty() {
        return Ok(());
    }
    // One that is longer than what is read of it may say at its end that records were dropped.
    let unreadable = |error| failed(destination, "gave an answer that cannot be read").inner(error);
    let answer: serde_json::Value = serde_json::from_slice(text).map_err(unreadable)?;
    let rejected = &answer["partialSuccess"]["rejectedLogRecords"];
    let rejected = rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok()).unwrap_or_default();
    if rejected == 0 {
        return Ok(());
    }
    let address = &destination.address;
    Err(Fault::new(FaultCode::SinkLost, format!("`{address}` dropped {rejected} records of a request"))
        .hint("find out why in the collector's own log; the cursor did not move"))
}

#[cfg(test)]
mod tests;
