//! The vault: which key seals what, and the sealing itself.
//!
//! Keys form a hierarchy: a root key, which an adapter holds and which only wraps and unwraps; a branch key for each
//! organisation, data class and region; below it, where the class is of a person, a subject key; and a record key that is
//! derived for each record. Branch and subject keys are kept wrapped ([`WrappedKeys`]), apart from the data, so that
//! destroying a subject's keys destroys what they sealed, in backups too.
//!
//! Invariants: nothing is opened under another label than it was sealed under; a sealed blob commits to its key, so no
//! blob opens under two; keys are wiped when they are dropped.

mod cipher;
pub mod conformance;
mod fake;
mod key;
mod seal;
mod signing;
mod soft;
mod vault;

pub use fake::{StrictRootKey, StrictWrappedKeys};
pub use key::{KeyName, Put, RootKey, WrappedKeys};
pub use seal::{Label, Scope};
pub use signing::ExportKey;
pub use soft::{ROOT_KEY_BYTES, SoftRootKey};
pub use vault::Vault;
