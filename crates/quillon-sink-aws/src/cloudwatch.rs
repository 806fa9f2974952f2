//! Events in CloudWatch Logs. Batches are made under the service's limits before they come here.

use std::sync::Arc;

use async_trait::async_trait;
use quillon_aws::{Account, Call, Method, Service};
use quillon_base::{Fault, FaultCode};
use quillon_sink::{Destination, LogEvent, ObjectName, Parcel, Shape, Sink, SinkKind, failed, wrong_shape};
use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::{READS, Surroundings};

const SCHEME: &str = "cloudwatch:";
/// The stream where the address names none.
const STREAM: &str = "quillon";
/// The longest name of a group or a stream.
const NAME_CHARS_MAX: usize = 512;
/// The most of an answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Opens `cloudwatch:GROUP:STREAM`.
#[derive(Clone)]
pub struct CloudwatchSinks(Surroundings);

impl CloudwatchSinks {
    /// The kind that opens log groups with what is around the process.
    #[must_use]
    pub const fn new(surroundings: Surroundings) -> Self {
        Self(surroundings)
    }
}

impl SinkKind for CloudwatchSinks {
    fn form(&self) -> &'static str {
        "cloudwatch:GROUP:STREAM"
    }

    fn takes(&self, address: &str) -> bool {
        address.starts_with(SCHEME)
    }

    fn reads(&self) -> Option<&'static str> {
        Some(READS)
    }

    fn open(&self, address: &str) -> Result<Arc<dyn Sink>, Fault> {
        let (group, stream) = group_and_stream(address)?;
        let account = self.0.account()?;
        let destination = Destination {
            address: address.to_owned(),
            region: Some(account.region().clone()),
            container: group,
            prefix: stream,
            host: account.stand_in(Service::Logs)?,
        };
        Ok(Arc::new(CloudwatchSink { account, destination }))
    }
}

fn group_and_stream(address: &str) -> Result<(String, String), Fault> {
    let rest = address.strip_prefix(SCHEME).unwrap_or_default();
    let (group, stream) = rest.split_once(':').unwrap_or((rest, STREAM));
    let is_name = |name: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/.#".contains(&byte);
        (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(is_plain)
    };
    if is_name(group) && is_name(stream) {
        return Ok((group.to_owned(), stream.to_owned()));
    }
    Err(Fault::new(FaultCode::InputInvalid, format!("`{address}` names no log group and stream"))
        .hint("give `cloudwatch:GROUP:STREAM`, such as `cloudwatch:/aws/chatbot/support:quillon`"))
}

struct CloudwatchSink {
    account: Account,
    /// The group is the container, the stream the prefix.
    destination: Destination,
}

impl CloudwatchSink {
    async fn call(&self, operation: &str, input: Value) -> Result<Result<Value, Refusal>, Fault> {
        let target = format!("Logs_20140328.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let body = input.to_string().into_bytes();
        let call = Call { method: Method::Post, path: "/", headers: &headers, body };
        let answer = self.account.send(Service::Logs, call).await?;
        if !answer.is_success() {
            return Ok(Err(Refusal::of(answer).await));
        }
        let bytes = answer.bytes(ANSWER_BYTES_MAX).await?;
        let unreadable = |error| failed(&self.destination, "gave an answer that cannot be read").inner(error);
        // Some operations answer with nothing at all.
        let output = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&bytes) };
        output.map(Ok).map_err(unreadable)
    }

    async fn create(&self) -> Result<(), Fault> {
        let Destination { container: group, prefix: stream, .. } = &self.destination;
        for (operation, input) in [
            ("CreateLogGroup", json!({"logGroupName": group})),
            ("CreateLogStream", json!({"logGroupName": group, "logStreamName": stream})),
        ] {
            match self.call(operation, input).await? {
                Err(refusal) if refusal.code != "ResourceAlreadyExistsException" => {
                    return Err(refusal.fault(&self.destination));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn put(&self, events: &[LogEvent]) -> Result<(), Fault> {
        let Destination { container: group, prefix: stream, address, .. } = &self.destination;
        let events: Vec<_> = events
            .iter()
            .map(|event| json!({"timestamp": event.at_millis, "message": event.message}))
            .collect();
        let input = json!({"logGroupName": group, "logStreamName": stream, "logEvents": events});
        let output = match self.call("PutLogEvents", input).await? {
            Ok(output) => output,
            Err(refusal) => return Err(refusal.fault(&self.destination)),
        };
        let rejected = &output["rejectedLogEventsInfo"];
        if rejected.is_null() {
            return Ok(());
        }
        Err(Fault::new(
            FaultCode::SinkLost,
            format!("`{address}` rejected events of a batch that it accepted"),
        )
        .hint("check this machine's clock; the cursor did not move")
        .inner(rejected))
    }
}

#[async_trait]
impl Sink for CloudwatchSink {
    fn destination(&self) -> &Destination {
        &self.destination
    }

    fn takes(&self) -> Shape {
        Shape::Events
    }

    /// The last event of the stream.
    async fn cursor(&self) -> Result<Option<Vec<u8>>, Fault> {
        let Destination { container: group, prefix: stream, .. } = &self.destination;
        let input =
            json!({"logGroupName": group, "logStreamName": stream, "limit": 1, "startFromHead": false});
        match self.call("GetLogEvents", input).await? {
            Ok(output) => {
                let last = output["events"].as_array().and_then(|events| events.last());
                Ok(last.and_then(|event| event["message"].as_str()).map(|text| text.as_bytes().to_vec()))
            }
            Err(refusal) if refusal.code == "ResourceNotFoundException" => self.create().await.map(|()| None),
            Err(refusal) => Err(refusal.fault(&self.destination)),
        }
    }

    async fn keep_cursor(&self, _: &[u8]) -> Result<(), Fault> {
        // The last event is the cursor.
        Ok(())
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<(), Fault> {
        match parcel {
            Parcel::Events(events) => self.put(events).await,
            _ => Err(wrong_shape(&self.destination)),
        }
    }

    async fn size_of(&self, _: &ObjectName) -> Result<Option<u64>, Fault> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_group_and_a_stream() {
        let check = |address: &str| group_and_stream(address).ok();
        let pair = |group: &str, stream: &str| Some((group.to_owned(), stream.to_owned()));
        assert_eq!(check("cloudwatch:/aws/chatbot/support"), pair("/aws/chatbot/support", "quillon"));
        assert_eq!(check("cloudwatch:a:b"), pair("a", "b"));
        for bad in ["cloudwatch:", "cloudwatch::b", "cloudwatch:a:", "cloudwatch:a:b:c", "cloudwatch:a b"] {
            assert_eq!(check(bad), None, "{bad}");
        }
        assert_eq!(check(&format!("cloudwatch:{}", "a".repeat(513))), None);
    }
}
