//! Root key and wrapped keys in files of one folder, for their owner only.
//!
//! Invariants: a key file appears whole or not at all; a root key is never made where wrapped keys already are, because
//! nothing could open them any more; files that others may read are refused.

mod file;
mod root;
mod wrapped;

pub use root::FileRootKey;
pub use wrapped::FileWrappedKeys;
