//! The root key in real keyrings: GNOME Keyring on a session bus of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    unreachable_pub,
    reason = "tests start buses and keyrings, and stop them on purpose"
)]

mod desktop;
mod keyring;
mod missing;
