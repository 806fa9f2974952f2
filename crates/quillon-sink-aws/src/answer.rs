//! What an answer of AWS means for an export.

use quillon_base::Fault;
use quillon_http::Response;
use quillon_sink::{Destination, unsuccessful};

/// The most of an answer that says what went wrong which is read, in bytes.
const ERROR_BYTES_MAX: usize = 16 * 1024;

/// An answer that is no success.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The service's own code, such as `NoSuchKey`.
    pub(crate) code: String,
    detail: String,
}

impl Refusal {
    /// Reads what went wrong: XML from S3, JSON from the others.
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status();
        let detail = String::from_utf8_lossy(&response.beginning(ERROR_BYTES_MAX).await).into_owned();
        Self { status, code: code(&detail), detail }
    }

    /// The fault of it.
    pub(crate) fn fault(&self, destination: &Destination) -> Fault {
        let hint = "look at its name, its region and what these credentials may do there";
        unsuccessful(destination, self.status, &self.shown(), hint).inner(&self.detail)
    }

    fn shown(&self) -> String {
        let is_plain = !self.code.is_empty() && self.code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_plain { format!("{} {}", self.status, self.code) } else { self.status.to_string() }
    }
}

/// The service's own code: `<Code>X</Code>`, or `"__type": "prefix#X"`.
fn code(text: &str) -> String {
    if let Some(code) = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")) {
        return code.0.to_owned();
    }
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let name = value["__type"].as_str().or_else(|| value["code"].as_str()).unwrap_or_default();
    name.rsplit('#').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use quillon_base::FaultCode;

    use super::*;

    fn refusal(status: u16, detail: &str) -> Fault {
        let destination = Destination {
            address: "s3://b".into(),
            region: None,
            container: "b".into(),
            prefix: String::new(),
            host: None,
        };
        Refusal { status, code: code(detail), detail: detail.into() }.fault(&destination)
    }

    #[test]
    fn the_code_of_the_service_is_said_and_its_words_are_not() {
        let fault = refusal(403, "<Error><Code>AccessDenied</Code><Message>arn of mine</Message></Error>");
        assert_eq!(fault.code, FaultCode::SinkRefused);
        assert_eq!(fault.message, "`s3://b` does not accept this: 403 AccessDenied");
        let fault = refusal(400, r#"{"__type":"com.amazonaws#InvalidParameterException","message":"m"}"#);
        assert!(fault.message.ends_with("400 InvalidParameterException"), "{fault}");
        assert_eq!(refusal(503, "<Code>SlowDown</Code>").code, FaultCode::SinkFailed);
        assert_eq!(refusal(429, "{}").code, FaultCode::SinkFailed);
        assert_eq!(refusal(500, "<html>").message, "`s3://b` answered 500");
        assert_eq!(refusal(400, "<Code>a\u{1b}[31m</Code>").message, "`s3://b` does not accept this: 400");
    }
}
