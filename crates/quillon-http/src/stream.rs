//! An answer that comes as an event stream, decoded piece by piece.
//!
//! The request is sent when the stream is first polled, and again only while nothing of an answer has come. What was
//! decoded before a failure is given before the fault. Dropping the stream closes the connection.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use futures::{FutureExt, Stream};
use quillon_base::Fault;

use crate::retry::retry_after;
use crate::{Client, Event, Request, Response, Retries};

/// How much is read of an answer that is not a stream of events, in bytes.
const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// Whether more events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Yes.
    Open,
    /// No; that was the end, and the stream ends well.
    Ended,
}

/// An answer that is not a stream of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its status; of the 200s when something else than a stream came.
    pub status: u16,
    /// What it says it is.
    pub content_type: String,
    /// How it begins.
    pub body: String,
    /// How long to wait, where it says so.
    pub retry_after: Option<Duration>,
}

/// Makes items out of events.
pub trait Decode: Send + 'static {
    /// What it makes.
    type Item: Send + 'static;

    /// Takes an event and appends what it makes.
    ///
    /// # Errors
    /// What ends the stream.
    fn take(&mut self, event: Event, items: &mut VecDeque<Self::Item>) -> Result<Flow, Fault>;

    /// The body ended, and no event was the end.
    ///
    /// # Errors
    /// What ends the stream, unless that end is a good one.
    fn finish(&mut self, items: &mut VecDeque<Self::Item>) -> Result<(), Fault>;

    /// What an answer means that is not a stream of events.
    fn refused(&self, refusal: &Refusal) -> Fault;
}

/// Items as they come. It ends after the first fault.
pub type Decoded<T> = Pin<Box<dyn Stream<Item = Result<T, Fault>> + Send>>;

enum State {
    Unsent(Box<Request>),
    Open(Box<Response>),
    Ended,
}

struct Reading<D: Decode> {
    client: Client,
    retries: Retries,
    decode: D,
    state: State,
    items: VecDeque<D::Item>,
    /// What comes after the items.
    fault: Option<Fault>,
}

impl Client {
    /// Sends a request and decodes the event stream that answers it.
    #[must_use]
    pub fn decode<D: Decode>(&self, request: Request, retries: Retries, decode: D) -> Decoded<D::Item> {
        let state = State::Unsent(Box::new(request));
        let reading =
            Reading { client: self.clone(), retries, decode, state, items: VecDeque::new(), fault: None };
        Box::pin(futures::stream::unfold(reading, |mut reading| async move {
            let item = reading.next().await?;
            Some((item, reading))
        }))
    }
}

impl<D: Decode> Reading<D> {
    async fn next(&mut self) -> Option<Result<D::Item, Fault>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Some(Ok(item));
            }
            if let Some(fault) = self.fault.take() {
                self.state = State::Ended;
                return Some(Err(fault));
            }
            if let State::Ended = self.state {
                return None;
            }
            if let Err(fault) = self.step().await {
                self.fault = Some(fault);
            }
        }
    }

    async fn step(&mut self) -> Result<(), Fault> {
        match &mut self.state {
            State::Ended => Ok(()),
            State::Unsent(request) => {
                let response = self.client.send_patiently((**request).clone(), self.retries).await?;
                if response.is_success() && is_stream(&response) {
                    self.state = State::Open(Box::new(response));
                    return Ok(());
                }
                let refusal = refusal(response, &self.client).await;
                Err(self.decode.refused(&refusal))
            }
            State::Open(response) => match response.next_event().await? {
                Some(event) => {
                    if self.decode.take(event, &mut self.items)? == Flow::Ended {
                        // The connection can be used again if its end has come too; nobody waits for it.
                        let _ = response.chunk().now_or_never();
                        self.state = State::Ended;
                    }
                    Ok(())
                }
                None => {
                    self.state = State::Ended;
                    self.decode.finish(&mut self.items)
                }
            },
        }
    }
}

fn content_type(response: &Response) -> String {
    response.header("content-type").unwrap_or_default().to_ascii_lowercase()
}

/// A server that does not say what it sends is taken at its status.
fn is_stream(response: &Response) -> bool {
    let kind = content_type(response);
    kind.is_empty() || kind.starts_with("text/event-stream")
}

async fn refusal(response: Response, client: &Client) -> Refusal {
    let (status, content_type) = (response.status(), content_type(&response));
    let retry_after = retry_after(&response, &*client.options().clock);
    let body = response.beginning(REFUSAL_BYTES_MAX).await;
    Refusal { status, content_type, body: String::from_utf8_lossy(&body).into_owned(), retry_after }
}
