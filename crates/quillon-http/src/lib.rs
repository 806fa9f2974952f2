//! The house's one HTTP client. Every adapter that speaks HTTP speaks it through here, so that trust, proxies, limits and
//! the wording of failures are the same for models, clouds, sinks and tool servers.
//!
//! Invariants: nothing is read, resolved or opened before the first [`Client::send`]; nothing is taken from the
//! environment, because what counts is handed in as [`Options`]; no redirection is followed; a body, a line and an event
//! have limits; a credential stands in no fault and no `Debug`. TLS is rustls over AWS-LC, 1.2 or newer. Dropping a
//! future or a [`Response`] closes its connection.
//!
//! Start at [`Client::send`]; [`Client::decode`] reads an event stream.

mod address;
mod client;
mod events;
mod fault;
mod options;
mod proxy;
mod request;
mod resolve;
mod response;
mod retry;
mod stream;
mod tls;

pub use address::Address;
pub use client::Client;
pub use events::{EVENT_BYTES_MAX, Event, EventDecoder};
pub use options::{ClientIdentity, Options, Timeouts, Trust};
pub use proxy::{ProxyRules, ProxyVariables, Route};
pub use request::Request;
pub use response::{BODY_BYTES_MAX, Response};
pub use retry::{Retries, retry_after};
pub use stream::{Decode, Decoded, Flow, Refusal};
