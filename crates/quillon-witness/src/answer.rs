//! One request: from its body to an ask, from the ask's end to a status.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use quillon_base::{Fault, FaultCode, SessionId};
use quillon_contract::ask::{AuditWitnessAsk, WITNESS_SIZE_MEDIA_TYPE, WitnessAct};
use quillon_contract::event::{Artifact, Outcome};
use quillon_contract::{Event, Gateway};

/// The one path.
const PATH: &str = "/add-checkpoint";
/// A request's body is never longer, in bytes; what is behind the gateway has a limit of its own.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// How long a body may take.
const BODY_MAX: Duration = Duration::from_secs(10);
const TEXT: &str = "text/plain; charset=utf-8";
/// The artifact that holds what is answered.
const COSIGNATURES: &str = "cosignatures";

/// Where requests become asks.
pub(crate) struct Desk {
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) session: SessionId,
    pub(crate) log_keys: Vec<String>,
    pub(crate) state: Option<String>,
}

/// What the road said of a request.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    cosignatures: Option<String>,
    size: Option<String>,
    fault: Option<Fault>,
    is_done: bool,
}

impl Desk {
    /// The answer to a request; there is always one.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() != PATH {
            return said(StatusCode::NOT_FOUND, TEXT, "a witness answers `/add-checkpoint`\n".into());
        }
        if request.method() != Method::POST {
            return said(StatusCode::METHOD_NOT_ALLOWED, TEXT, "post the request\n".into());
        }
        match body(request).await {
            Ok(body) => respond(self.ask(body).await),
            Err((status, text)) => said(status, TEXT, format!("{text}\n")),
        }
    }

    async fn ask(&self, request: String) -> Said {
        let (log_keys, state) = (self.log_keys.clone(), self.state.clone());
        let ask = AuditWitnessAsk { witness: WitnessAct::Cosign { request, log_keys, state } };
        let mut events = match self.gateway.ask(self.session, ask.into()).await {
            Ok((_, events)) => events,
            Err(fault) => return Said { fault: Some(fault), ..Said::default() },
        };
        let mut heard = Said::default();
        while let Some(event) = events.next().await {
            heard.note(event);
        }
        heard
    }
}

impl Said {
    fn note(&mut self, event: Event) {
        match event {
            Event::Artifact(Artifact { name, text, .. }) if name == COSIGNATURES => {
                self.cosignatures = Some(text)
            }
            Event::Artifact(Artifact { media_type, text, .. }) if media_type == WITNESS_SIZE_MEDIA_TYPE => {
                self.size = Some(text);
            }
            Event::End(end) => {
                self.is_done = end.outcome == Outcome::Done;
                if let Outcome::Refused { fault } | Outcome::Failed { fault } = end.outcome {
                    self.fault = Some(fault);
                }
            }
            _ => {}
        }
    }
}

/// The status that the specification gives what the road said. A cosignature counts only with an end that is well: then
/// its record is durable.
fn respond(heard: Said) -> Response<Full<Bytes>> {
    let Said { cosignatures, size, fault, is_done } = heard;
    match (fault.as_ref().map(|fault| fault.code), cosignatures, size) {
        (None, Some(cosignatures), _) if is_done => said(StatusCode::OK, TEXT, cosignatures),
        (Some(FaultCode::WitnessStale), _, Some(size)) => {
            said(StatusCode::CONFLICT, WITNESS_SIZE_MEDIA_TYPE, size)
        }
        (code, _, _) => {
            let text = fault.map_or_else(|| "the witness did not end".into(), |fault| fault.message);
            said(status_of(code), TEXT, format!("{text}\n"))
        }
    }
}

const fn status_of(code: Option<FaultCode>) -> StatusCode {
    match code {
        Some(FaultCode::WitnessMalformed) => StatusCode::BAD_REQUEST,
        Some(FaultCode::WitnessNotSigned) => StatusCode::FORBIDDEN,
        Some(FaultCode::WitnessLogUnknown) => StatusCode::NOT_FOUND,
        Some(FaultCode::WitnessNotExtended) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A request's body as text.
async fn body(request: Request<Incoming>) -> Result<String, (StatusCode, &'static str)> {
    let collecting = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
    let late = |_| (StatusCode::REQUEST_TIMEOUT, "the request took too long");
    let collected = tokio::time::timeout(BODY_MAX, collecting).await.map_err(late)?;
    let collected = collected.map_err(|error| {
        if error.is::<LengthLimitError>() {
            (StatusCode::PAYLOAD_TOO_LARGE, "the request is longer than its limit")
        } else {
            (StatusCode::BAD_REQUEST, "the request ended early")
        }
    })?;
    let text = String::from_utf8(collected.to_bytes().to_vec());
    text.map_err(|_| (StatusCode::BAD_REQUEST, "the request is not text"))
}

fn said(status: StatusCode, media_type: &str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    if let Ok(value) = media_type.parse() {
        response.headers_mut().insert(hyper::header::CONTENT_TYPE, value);
    }
    response
}

#[cfg(test)]
mod tests;
