//! The waist of the house: typed asks go in, a stream of typed events comes out.
//!
//! Surfaces see nothing but [`Gateway`]; capabilities answer an [`Ask`] with [`Event`]s. Everything here is plain data in
//! the user's terms, versioned by [`CONTRACT_VERSION`]; no vendor's type and no untyped payload crosses it. What is true
//! of a verb (its action, resource, quota, data class, help) stands in its [`Manifest`], and the laws of the house are
//! tests over [`MANIFESTS`].

pub mod ask;
pub mod event;
mod gateway;
mod manifest;
mod query;
mod schema;
pub mod settings;

pub use ask::{Ask, MANIFESTS, Verb};
pub use event::Event;
pub use gateway::{
    Answer, Change, EventStream, Gateway, Hello, Notification, Opened, Request, Surface, WorkspaceRef,
};
pub use manifest::{Allowance, EffectKind, Example, Manifest, MeterUnit, ResourceForm};
pub use query::{Item, Listing, QUERY_ITEMS_MAX, Query};
pub use schema::schema;

pub use quillon_base::{Fault, FaultCode, FaultKind};

/// The version of this contract. A change that an older surface could not read raises it.
pub const CONTRACT_VERSION: u32 = 1;
