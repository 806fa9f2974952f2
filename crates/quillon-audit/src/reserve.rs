//! The reserve: room on the disk that is taken when there is some, for the note that nothing can be written.
//!
//! A full disk has no room for the record that it is full. So a file of fixed length lies beside the log, and when a
//! flush fails, the note goes there, in place. The next start makes a record of it and empties the file. The first note
//! counts: it says since when. Start at [`note_failure`].

use quillon_base::{Fault, FaultCode, Timestamp};
use serde::{Deserialize, Serialize};

use crate::layer::FileLayer;
use crate::leaf::Entry;
use crate::state::{Paths, State, file_fault};

/// The reserve's length: one block, which is replaced as a whole or not at all on most disks.
const RESERVE_BYTES: usize = 4 * 1024;

/// That nothing can be written, and where the log durably ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FailureNote {
    since: Timestamp,
    fault: FaultCode,
    waiting: u64,
    segment: Option<u64>,
    bytes: u64,
}

impl FailureNote {
    pub(crate) const fn entry(&self) -> Entry {
        Entry::Unavailable { since: self.since, fault: self.fault, waiting: self.waiting }
    }

    /// Where the segment that starts at `first` was durable up to, as far as this note knows.
    pub(crate) fn durable_bytes(&self, first: u64) -> Option<u64> {
        (self.segment == Some(first)).then_some(self.bytes)
    }
}

/// Takes the room. Without it nothing starts: what cannot be promised is not begun.
pub(crate) fn prepare(layer: &dyn FileLayer, paths: &Paths) -> Result<(), Fault> {
    let path = paths.reserve();
    layer.reserve(&path, RESERVE_BYTES).map_err(|error| file_fault(&error, "reserve room for", &path))
}

/// The note that lies there. One that a crash tore says as much as one that is whole: that something was.
pub(crate) fn read(layer: &dyn FileLayer, paths: &Paths) -> Result<Option<FailureNote>, Fault> {
    let path = paths.reserve();
    let bytes = layer.read_from(&path, 0).map_err(|error| file_fault(&error, "read", &path))?;
    let bytes = bytes.unwrap_or_default();
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let torn = FailureNote {
        since: Timestamp::default(),
        fault: FaultCode::AuditUnavailable,
        waiting: 0,
        segment: None,
        bytes: 0,
    };
    Ok(Some(serde_json::from_slice(text).unwrap_or(torn)))
}

/// Notes that nothing can be written any more, unless that stands there already. It is the last thing that is tried:
/// when it fails too there is nowhere left to say so but to who waits.
pub(crate) fn note_failure(
    layer: &dyn FileLayer,
    paths: &Paths,
    state: &State,
    fault: &Fault,
    since: Timestamp,
    waiting: usize,
) {
    let note = FailureNote {
        since,
        fault: fault.code,
        waiting: waiting as u64,
        segment: state.segment,
        bytes: state.bytes,
    };
    let is_first = matches!(read(layer, paths), Ok(None));
    if let (true, Ok(mut text)) = (is_first, serde_json::to_vec(&note)) {
        text.push(0);
        let _ = layer.overwrite(&paths.reserve(), &text);
    }
}

/// Empties it once its note is a durable record.
pub(crate) fn clear(layer: &dyn FileLayer, paths: &Paths) -> Result<(), Fault> {
    let path = paths.reserve();
    layer.overwrite(&path, &[0; RESERVE_BYTES]).map_err(|error| file_fault(&error, "clear", &path))
}
