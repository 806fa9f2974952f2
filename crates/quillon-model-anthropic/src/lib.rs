//! Models behind Messages, the wire format that Anthropic made, and servers that speak it too.
//!
//! Requests are made and answers read by pure functions (`messages/`); `model.rs` joins them to the HTTP client;
//! `server.rs` holds what differs between servers, as data. Sealed reasoning goes back beside the calls that it led to,
//! as the provider insists. A half tool call is never given on.

mod messages;
mod model;
mod server;
mod trouble;

pub use model::AnthropicModel;
pub use server::{SERVERS, Server, server};
