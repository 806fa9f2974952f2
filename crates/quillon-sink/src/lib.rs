//! The sink port: where exported records go, and where the cursor of the export is kept.
//!
//! A sink takes [`Parcel`]s of the one shape that it says. When [`Sink::deliver`] returns, the parcel is there for good;
//! only then does the exporter move the cursor, which lies with the destination where that is possible. So a kill
//! between the two sends something twice and loses nothing, and a destination that was deleted has lost its cursor too
//! and is filled again from the first record. A sink that cannot keep a cursor finds out from what it holds.
//!
//! Invariant: a sink never reports a parcel as delivered that it did not keep whole. [`conformance`] holds that.

pub mod conformance;
mod fake;
mod name;

use std::sync::Arc;

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode, Region};

pub use fake::{Misbehaviour, StrictSink, StrictSinks};
pub use name::{OBJECT_NAME_BYTES_MAX, ObjectName};

/// A cursor is never larger, in bytes.
pub const CURSOR_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Where a sink is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Its address, as the record has it; without credentials.
    pub address: String,
    /// The region that it lies in; `None` for a folder of this machine, which lies where the process runs.
    pub region: Option<Region>,
    /// What names it among others of its kind: a bucket, a log group. Formats that point at their own files need it.
    pub container: String,
    /// What stands before the names of its objects, without a slash at the end.
    pub prefix: String,
    /// The host that stands in for the usual one of its kind, where the configuration names one.
    pub host: Option<String>,
}

/// What a sink takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Named objects.
    Objects,
    /// Log events, in batches under the limits of PutLogEvents.
    Events,
    /// Bodies of requests.
    Requests,
}

/// A named object. The same name again replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its name below the destination.
    pub name: ObjectName,
    /// What it holds, as a media type.
    pub media_type: &'static str,
    /// What it holds.
    pub content: Vec<u8>,
    /// What belongs to it, such as a signature.
    pub metadata: Vec<(&'static str, String)>,
}

/// One log event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// Milliseconds since the epoch.
    pub at_millis: i64,
    /// What it says.
    pub message: String,
}

/// What is delivered at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parcel {
    /// For [`Shape::Objects`].
    Object(Object),
    /// For [`Shape::Events`].
    Events(Vec<LogEvent>),
    /// For [`Shape::Requests`]: the media type and the body.
    Request(&'static str, Vec<u8>),
}

impl Parcel {
    /// How many bytes it holds.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Object(object) => object.content.len() as u64,
            Self::Events(events) => events.iter().map(|event| event.message.len() as u64).sum(),
            Self::Request(_, body) => body.len() as u64,
        }
    }
}

/// One destination.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Where it is; knowing that touches nothing.
    fn destination(&self) -> &Destination;

    /// What it takes.
    fn takes(&self) -> Shape;

    /// The cursor that was kept last; `None` where nothing was exported to yet, or everything was deleted.
    ///
    /// # Errors
    /// `sink.failed`, `sink.refused`, `timed_out`.
    async fn cursor(&self) -> Result<Option<Vec<u8>>, Fault>;

    /// Keeps the cursor, in place of the one before.
    ///
    /// # Errors
    /// `sink.failed`, `sink.refused`, `disk.full`, `timed_out`.
    async fn keep_cursor(&self, cursor: &[u8]) -> Result<(), Fault>;

    /// Delivers a parcel, whole.
    ///
    /// # Errors
    /// `sink.failed`, `sink.refused`, `disk.full`, `timed_out`; `internal` for a parcel of another shape.
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Fault>;

    /// The size of an object that is there, in bytes; `None` when it is not, or when the sink holds no objects.
    ///
    /// # Errors
    /// `sink.failed`, `sink.refused`, `timed_out`.
    async fn size_of(&self, name: &ObjectName) -> Result<Option<u64>, Fault>;
}

/// A kind of destination, known by the form of its addresses.
pub trait SinkKind: Send + Sync {
    /// The form of its addresses, for people: `s3://BUCKET/PREFIX`.
    fn form(&self) -> &'static str;

    /// Whether an address is one of this kind.
    fn takes(&self, address: &str) -> bool;

    /// What of this machine is read to open an address, if anything is: that is recorded before.
    fn reads(&self) -> Option<&'static str> {
        None
    }

    /// The sink at an address. The destination is not touched yet; of what is configured about it, such as its region,
    /// only what [`SinkKind::reads`] says is read.
    ///
    /// # Errors
    /// `input.invalid`, and what its configuration lacks.
    fn open(&self, address: &str) -> Result<Arc<dyn Sink>, Fault>;
}

/// The fault of a parcel that a sink does not take.
#[must_use]
pub fn wrong_shape(destination: &Destination) -> Fault {
    Fault::internal("a sink was given a parcel of another shape").inner(&destination.address)
}

/// The fault of a sink that cannot be reached or does not do what it must; trying again later may help.
pub fn failed(destination: &Destination, what: &str) -> Fault {
    let address = &destination.address;
    Fault::new(FaultCode::SinkFailed, format!("`{address}` {what}"))
        .hint("run the export again: it goes on where the destination's cursor stands")
}

/// The fault of an answer over HTTP that is no success: refused, with a hint, where its status says so; otherwise trying
/// again later may help. `said` is the status as people read it.
pub fn unsuccessful(destination: &Destination, status: u16, said: &str, hint: &str) -> Fault {
    let is_refused = (400..500).contains(&status) && !matches!(status, 408 | 425 | 429);
    if !is_refused {
        return failed(destination, &format!("answered {said}"));
    }
    let address = &destination.address;
    Fault::new(FaultCode::SinkRefused, format!("`{address}` does not accept this: {said}")).hint(hint)
}
