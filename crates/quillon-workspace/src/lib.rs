//! A workspace in memory: what its files are, and its unsaved buffers. Pure; the passage reads the files.

mod language;
mod overlay;
mod role;

pub use language::{Language, language_of};
pub use overlay::{OVERLAY_BYTES_MAX, OVERLAYS_MAX, Overlays};
pub use role::{Role, role_of};
