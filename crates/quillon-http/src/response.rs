//! What came back: its head, and its body piece by piece.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use quillon_base::Fault;

use crate::client::within;
use crate::events::{Event, EventDecoder};
use crate::fault::{self, Where};

/// The most that is read of one answer, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// An answer whose head has come. Dropping it closes the connection, unless all of it was read.
pub struct Response {
    inner: reqwest::Response,
    place: Where,
    stall: Duration,
    read_bytes: usize,
    decoder: EventDecoder,
    events: VecDeque<Event>,
}

impl Response {
    pub(crate) fn new(inner: reqwest::Response, place: Where, stall: Duration) -> Self {
        Self { inner, place, stall, read_bytes: 0, decoder: EventDecoder::default(), events: VecDeque::new() }
    }

    /// The status, such as 200.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.inner.status().as_u16()
    }

    /// Whether the status says that all is well.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.inner.status().is_success()
    }

    /// A header, where it is there once and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// `network.broken` when it ends before it should, `network.timed_out` when it stalls, `network.too_large`.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let Some(chunk) = within(self.stall, self.inner.chunk()).await else {
            return Err(fault::stalled(&self.place, self.stall));
        };
        let Some(chunk) = chunk.map_err(|error| fault::of_reading(&error, &self.place))? else {
            return Ok(None);
        };
        self.read_bytes = self.read_bytes.saturating_add(chunk.len());
        if self.read_bytes > BODY_BYTES_MAX {
            return Err(fault::too_large(&self.place, BODY_BYTES_MAX));
        }
        Ok(Some(chunk.into()))
    }

    /// The whole rest of the body, if it has up to `bytes_max`.
    ///
    /// # Errors
    /// As [`Response::chunk`].
    pub async fn bytes(mut self, bytes_max: usize) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > bytes_max {
                return Err(fault::too_large(&self.place, bytes_max));
            }
            body.extend(chunk);
        }
        Ok(body)
    }

    /// The first `bytes_max` of the rest of the body, however it ends: for telling what an error says.
    pub async fn beginning(mut self, bytes_max: usize) -> Vec<u8> {
        let mut body = Vec::new();
        while body.len() < bytes_max {
            match self.chunk().await {
                Ok(Some(chunk)) => body.extend(chunk),
                Ok(None) | Err(_) => break,
            }
        }
        body.truncate(bytes_max);
        body
    }

    /// The next event of an event stream; `None` at the end of the body. An event that was cut off is no event.
    ///
    /// # Errors
    /// As [`Response::chunk`]; `network.too_large` also for one event that is too large.
    pub async fn next_event(&mut self) -> Result<Option<Event>, Fault> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            let Some(chunk) = self.chunk().await? else { return Ok(None) };
            let place = &self.place;
            self.decoder.feed(&chunk, &mut self.events).map_err(|limit| {
                fault::too_large(place, limit).hint("an event stream of such events is none")
            })?;
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}, {} bytes read", self.status(), self.place.address, self.read_bytes)
    }
}
