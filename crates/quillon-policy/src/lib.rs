//! Decides, from policies and facts alone.
//!
//! The language is that of IAM policies. An explicit deny wins over every allow; what no statement allows is refused;
//! what this version does not know (an element, an operator, a version) is refused when the policy is read, not when it
//! is asked. Deciding is pure: no clock, no disk, no network; the same facts give the same answer.
//!
//! Start at [`decide`]; [`Policy::parse`] reads policies, [`EFFECT_ACTIONS`] and [`SURFACE_KEYS`] say what can be asked about.

mod action;
mod compare;
mod condition;
mod confusable;
mod decide;
mod document;
mod explain;
mod index;
mod json;
mod kept;
mod lint;
mod operator;
mod overlap;
mod pattern;
mod policy;
mod principal;
mod resource;
mod seat;
mod service;
mod set;
mod shipped;
mod statement;
mod value;
mod witness;

pub use action::{ActionRow, EFFECT_ACTIONS, SURFACE_KEYS, SurfaceKeys};
pub use compare::{Difference, Proof, Questions, REQUESTS_MAX, Witness, diff, prove_never};
pub use condition::{Context, Settled};
pub use decide::{Cause, DecidedBy, Decision, Role, Verdict, decide, evaluate, refused_by_guardrails};
pub use document::POLICY_BYTES_MAX;
pub use explain::{Change, Decisive, Edit, Explanation, SIMULATED_MAX, Simulated, explain, simulate};
pub use json::Place;
pub use kept::{ATTACHMENTS_MAX, Asker, KeptPolicy, assemble};
pub use lint::{Finding, Known as LintKnown, Severity, is_supplied, lint};
pub use pattern::matches;
pub use policy::{Grammar, Policy, StatementRef};
pub use principal::{Principal, PrincipalKind};
pub use resource::ResourceName;
pub use seat::Seat;
pub use service::{SERVICE_RULES, ServiceRule};
pub use set::{Facts, Layer, PolicySet, Request, ResourceSide};
pub use shipped::{MANAGED_POLICIES, ManagedPolicy};
pub use statement::{Effect, Known};
