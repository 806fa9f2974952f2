//! Models behind the two wire formats that OpenAI made: Chat Completions, which most local servers speak, and Responses.
//!
//! What differs between servers that speak the same format is data: a row of [`Server`] in `server.rs`. Requests are made
//! and answers read by pure functions (`chat/`, `responses/`); `model.rs` joins them to the HTTP client. A half tool call
//! is never given on: only what the stream ended well.

mod chat;
mod model;
mod responses;
mod server;
mod trouble;

pub use model::OpenAiModel;
pub use server::{SERVERS, Server, Wire, server};
