//! A workspace in memory: what its files are, how the project is built, tested and run, and its unsaved buffers. Pure; the passage reads the files.

mod language;
mod overlay;
mod project;
mod role;
mod script;

pub use language::{Language, language_of};
pub use overlay::{OVERLAY_BYTES_MAX, OVERLAYS_MAX, Overlays};
pub use project::{Does, PROJECT_COMMANDS_MAX, ProjectCommand, ProjectFile, is_manifest, project_commands};
pub use role::{Role, is_marked_generated, role_of};
