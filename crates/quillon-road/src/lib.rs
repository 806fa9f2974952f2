//! The road: the only code that joins a request to a decision.
//!
//! Every ask is admitted, run, let out effect by effect, and settled; `journey.rs` shows it on one screen. A capability
//! gets a [`Passage`], the sole handle through which it may touch a model, a file, a process, a cloud account, a
//! record or the asker. Its constructor is private, and the adapters behind it stand behind [`gate`]s that open only to
//! a proof from the ledger's flusher: no model call without a begun record; no effect, cloud call or answer byte before
//! that record is durable; no terminal frame before the closing record is.
//!
//! Surfaces see the [`Road`] as a [`quillon_contract::Gateway`]. Start at [`Road::new`] and [`Capability`].

mod capability;
mod facts;
pub mod gate;
mod gateway;
mod journey;
mod models;
mod passage;
mod permit;
mod policies;
mod session;
mod thread;
mod usage;

pub use capability::{Capability, Finished};
pub use gateway::{Parts, Road};
pub use models::{Candidate, Models};
pub use passage::{
    Approval, Exchange, Kept, LedgerView, ModelAnswer, OpenSink, OpenTool, Passage, READ_BYTES_MAX,
    RawRecord, ReadFile, Seen, Shell, TREE_FILE_BYTES_MAX, TREE_FILES_MAX, ToolUse, Tree,
};
/// A record of the ledger as one row.
pub use quillon_audit::Row as LedgerRow;

/// What a record of the ledger says, for those who turn it into other shapes.
pub mod ledger {
    pub use quillon_audit::{
        By, Closing, Decided, Effect, EffectClosed, Entry, LEAF_BYTES_MAX, LEAF_VERSION, Leaf, Opening,
        Spent, leaf_hash,
    };
}
/// Why a witness does not cosign.
pub use quillon_audit::WitnessRefusal;
/// A legal hold on the ledger, what a stretch of it is like, and what a removal of old records would remove.
pub use quillon_audit::{Hold as LedgerHold, PrunePlan, Summary as LedgerSummary};
