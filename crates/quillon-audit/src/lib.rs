//! The ledger: who did what, when, and how it was decided, in the order in which it became durable.
//!
//! A record opens before the work and closes after it. [`Log::begin`] puts a record in the writer's queue and returns
//! an [`AuditBegun`]; once the flusher has written and synced it, [`AuditBegun::durable`] hands out the
//! [`AuditDurable`] that only the flusher makes. Dropping an [`AuditBegun`] writes its closing record, so that work
//! that is cancelled at any point still closes.
//!
//! Records are the leaves of a Merkle tree as RFC 6962 defines it, in append-only segment files. Every group of
//! records ends with a checkpoint (C2SP tlog-checkpoint: size and root, signed with Ed25519) in the same write and the
//! same sync. Several processes share one ledger by a lock that is held for one group at a time.
//!
//! Invariants: a ledger holds metadata and salted commitments, never content; nothing switches it off; after a failed
//! flush it stops. A lone holder of the signing key could rewrite everything; whoever holds an older checkpoint finds
//! that, as well as truncation and rollback ([`verify`](verify::verify)).

mod checkpoint;
mod commit;
mod frame;
mod layer;
mod layer_local;
mod layer_lossy;
mod leaf;
mod lease;
mod log;
mod merkle;
mod note;
pub mod proof;
mod prune;
mod reader;
mod receipt;
mod remote;
mod reserve;
mod row;
mod search;
mod segment;
mod state;
mod tiles;
mod tree;
pub mod verify;
mod witness;
mod writer;

pub use checkpoint::{Checkpoint, Cosigner, Signer, VerifierKey};
pub use commit::Commitment;
pub use layer::{FileLayer, Lock, LogFile};
pub use layer_local::LocalLayer;
pub use layer_lossy::LossyLayer;
pub use leaf::{
    By, Closing, Decided, Effect, EffectClosed, Entry, LEAF_BYTES_MAX, LEAF_VERSION, Leaf, Opening, Spent,
};
pub use lease::{LEASE_MILLIS_MAX, Lease, LeaseScope};
pub use log::{AuditBegun, AuditClosed, Log, LogOptions, Recorded, Under};
pub use merkle::{Frontier, Hash, leaf_hash};
pub use note::{Algorithm, NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, Note, NoteKey, NoteSignature};
pub use prune::{Hold, KEEP_DAYS_MIN, PrunePlan};
pub use reader::{LedgerReader, Placed};
pub use receipt::{RECEIPT_HEAD, Receipt};
pub use remote::{ANSWER_BYTES_MAX, Heard, WitnessAnswer, WitnessCarrier};
pub use row::{Row, Rows};
pub use search::Summary;
pub use witness::{AddCheckpoint, Cosigned, REQUEST_BYTES_MAX, Witness, WitnessRefusal};
pub use writer::{AuditDurable, LogCounters};
