//! A sink in memory that checks what it is given, and misbehaves when it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode, Region};

use crate::{
    CURSOR_BYTES_MAX, Destination, LogEvent, Object, ObjectName, Parcel, Shape, Sink, SinkKind, failed,
    wrong_shape,
};

/// What goes wrong at a call that delivers or keeps a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Nothing.
    Behaves,
    /// It says no.
    Refuses,
    /// It never answers.
    Hangs,
    /// It says that it kept the parcel, and did not.
    Loses,
    /// It keeps half of an object and says that it kept it.
    Tears,
    /// There is no room.
    IsFull,
    /// It keeps what it was given, and the answer does not arrive.
    AnswersNot,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<ObjectName, Object>,
    events: Vec<LogEvent>,
    requests: Vec<Vec<u8>>,
    cursor: Option<Vec<u8>>,
    calls: u64,
    next: VecDeque<Misbehaviour>,
}

/// A sink in memory. Clones share what was delivered.
#[derive(Clone)]
pub struct StrictSink {
    destination: Destination,
    shape: Shape,
    state: Arc<Mutex<State>>,
}

/// Opens one [`StrictSink`], by its own address only.
#[derive(Clone)]
pub struct StrictSinks(StrictSink);

impl StrictSinks {
    /// The kind that opens this sink.
    #[must_use]
    pub const fn new(sink: StrictSink) -> Self {
        Self(sink)
    }
}

impl StrictSink {
    /// An empty sink at `fake:records` in `region`.
    #[must_use]
    pub fn new(shape: Shape, region: Option<Region>) -> Self {
        let destination = Destination {
            address: "fake:records".into(),
            region,
            container: "records".into(),
            prefix: String::new(),
            host: None,
        };
        Self { destination, shape, state: Arc::default() }
    }

    /// The same, as one that is configured on this machine: another host stands in for its own.
    #[must_use]
    pub fn configured(mut self, host: &str) -> Self {
        self.destination.host = Some(host.to_owned());
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the next calls that change something will meet, in order; after them it behaves.
    pub fn will(&self, next: impl IntoIterator<Item = Misbehaviour>) {
        self.state().next.extend(next);
    }

    /// Every object that is there, by name.
    #[must_use]
    pub fn objects(&self) -> Vec<Object> {
        self.state().objects.values().cloned().collect()
    }

    /// Every event that is there, in the order of delivery.
    #[must_use]
    pub fn events(&self) -> Vec<LogEvent> {
        self.state().events.clone()
    }

    /// Every body that was sent.
    #[must_use]
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.state().requests.clone()
    }

    /// How often it was called.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Removes an object behind the exporter's back; says whether it was there.
    pub fn remove(&self, name: &ObjectName) -> bool {
        self.state().objects.remove(name).is_some()
    }

    /// Deletes everything, the cursor included.
    pub fn delete_all(&self) {
        let mut state = self.state();
        (state.objects, state.cursor) = (BTreeMap::new(), None);
        state.events.clear();
        state.requests.clear();
    }

    /// Replaces the cursor behind the exporter's back.
    pub fn set_cursor(&self, cursor: Option<&[u8]>) {
        self.state().cursor = cursor.map(<[u8]>::to_vec);
    }

    /// The next misbehaviour, done as far as it concerns a call that changes something.
    async fn meet(&self) -> Result<Misbehaviour, Fault> {
        let next = {
            let mut state = self.state();
            state.calls += 1;
            state.next.pop_front().unwrap_or(Misbehaviour::Behaves)
        };
        match next {
            Misbehaviour::Refuses => {
                let fault = Fault::new(FaultCode::SinkRefused, "`fake:records` does not accept this");
                Err(fault.hint("ask whoever runs it"))
            }
            Misbehaviour::IsFull => {
                Err(Fault::new(FaultCode::DiskFull, "there is no room").hint("make some"))
            }
            Misbehaviour::Hangs => std::future::pending().await,
            other => Ok(other),
        }
    }

    fn keep(&self, parcel: &Parcel, torn: bool) -> Result<(), Fault> {
        let mut state = self.state();
        match (self.shape, parcel) {
            (Shape::Objects, Parcel::Object(object)) => {
                assert!(!object.content.is_empty(), "an object without content: {}", object.name);
                let mut object = object.clone();
                if torn {
                    object.content.truncate(object.content.len() / 2);
                }
                state.objects.insert(object.name.clone(), object);
            }
            (Shape::Events, Parcel::Events(events)) => {
                assert!(!events.is_empty(), "an empty batch");
                let is_in_order = events.windows(2).all(|pair| pair[0].at_millis <= pair[1].at_millis);
                assert!(is_in_order, "events out of order");
                state.events.extend(events.iter().cloned());
            }
            (Shape::Requests, Parcel::Request(_, body)) => state.requests.push(body.clone()),
            _ => return Err(wrong_shape(&self.destination)),
        }
        Ok(())
    }
}

#[async_trait]
impl Sink for StrictSink {
    fn destination(&self) -> &Destination {
        &self.destination
    }

    fn takes(&self) -> Shape {
        self.shape
    }

    async fn cursor(&self) -> Result<Option<Vec<u8>>, Fault> {
        let mut state = self.state();
        state.calls += 1;
        Ok(state.cursor.clone())
    }

    async fn keep_cursor(&self, cursor: &[u8]) -> Result<(), Fault> {
        assert!(cursor.len() <= CURSOR_BYTES_MAX, "a cursor of {} bytes", cursor.len());
        let met = self.meet().await?;
        if met != Misbehaviour::Loses {
            self.state().cursor = Some(cursor.to_vec());
        }
        if met == Misbehaviour::AnswersNot {
            Err(failed(&self.destination, "did not answer"))
        } else {
            Ok(())
        }
    }

    async fn deliver(&self, parcel: &Parcel) -> Result<(), Fault> {
        let met = self.meet().await?;
        if met != Misbehaviour::Loses {
            self.keep(parcel, met == Misbehaviour::Tears)?;
        }
        if met == Misbehaviour::AnswersNot {
            Err(failed(&self.destination, "did not answer"))
        } else {
            Ok(())
        }
    }

    async fn size_of(&self, name: &ObjectName) -> Result<Option<u64>, Fault> {
        let mut state = self.state();
        state.calls += 1;
        Ok(state.objects.get(name).map(|object| object.content.len() as u64))
    }
}

impl SinkKind for StrictSinks {
    fn form(&self) -> &'static str {
        "fake:records"
    }

    fn takes(&self, address: &str) -> bool {
        address == self.0.destination.address
    }

    fn reads(&self) -> Option<&'static str> {
        self.0.destination.host.as_ref().map(|_| "the configuration of the fake")
    }

    fn open(&self, address: &str) -> Result<Arc<dyn Sink>, Fault> {
        assert_eq!(address, self.0.destination.address);
        Ok(Arc::new(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn object(content: &[u8]) -> Parcel {
        let name = ObjectName::new("a/b").unwrap();
        Parcel::Object(Object { name, media_type: "text/plain", content: content.to_vec(), metadata: vec![] })
    }

    #[test]
    fn conforms() {
        crate::conformance::objects(&|| Arc::new(StrictSink::new(Shape::Objects, None)));
    }

    #[test]
    fn it_misbehaves_as_told_and_then_behaves() {
        let sink = StrictSink::new(Shape::Objects, None);
        let size = || block_on(sink.size_of(&ObjectName::new("a/b").unwrap())).unwrap();
        sink.will([
            Misbehaviour::Refuses,
            Misbehaviour::Loses,
            Misbehaviour::Tears,
            Misbehaviour::AnswersNot,
        ]);
        assert_eq!(block_on(sink.deliver(&object(b"four"))).unwrap_err().code, FaultCode::SinkRefused);
        assert_eq!((block_on(sink.deliver(&object(b"four"))), size()), (Ok(()), None));
        assert_eq!((block_on(sink.deliver(&object(b"four"))), size()), (Ok(()), Some(2)));
        assert_eq!(block_on(sink.deliver(&object(b"four"))).unwrap_err().code, FaultCode::SinkFailed);
        assert_eq!(size(), Some(4));
        assert_eq!(block_on(sink.deliver(&object(b"fivee"))), Ok(()));
        assert_eq!(size(), Some(5));
    }

    #[test]
    #[should_panic(expected = "events out of order")]
    fn events_out_of_order_are_our_own_mistake() {
        let sink = StrictSink::new(Shape::Events, None);
        let event = |at_millis| LogEvent { at_millis, message: "x".into() };
        let _ = block_on(sink.deliver(&Parcel::Events(vec![event(2), event(1)])));
    }
}
