//! Decides, from policies and facts alone.
//!
//! The language is that of IAM policies. An explicit deny wins over every allow; what no statement allows is refused;
//! what this version does not know (an element, an operator, a version) is refused when the policy is read, not when it
//! is asked. Deciding is pure: no clock, no disk, no network; the same facts give the same answer.
//!
//! Start at [`decide`]; [`Policy::parse`] reads policies, [`EFFECT_ACTIONS`] and [`SURFACE_KEYS`] say what can be asked about.

mod action;
mod condition;
mod decide;
mod document;
mod matching;
mod resource;

pub use action::{ActionRow, EFFECT_ACTIONS, SURFACE_KEYS, SurfaceKeys};
pub use condition::Context;
pub use decide::{DecidedBy, Decision, Facts, PolicySet, decide};
pub use document::Policy;
pub use matching::matches;
pub use resource::ResourceName;
