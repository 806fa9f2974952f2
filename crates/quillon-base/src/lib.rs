//! What every other crate may name: ids, time, ranges, secrets, faults and the governance nouns.
//!
//! Invariant: nothing here touches a clock, a disk or a network. Time and randomness come in through
//! [`Clock`] and [`Entropy`], so that everything above can be tested with the same answer every time.

mod class;
mod fault;
mod hex;
mod id;
mod place;
mod range;
mod secret;
mod still;
mod time;

pub use class::{DATA_CLASSES, DataClass, DataClassRow, Improvement, KeyKind, RegionRule, Retention};
pub use fault::{Fault, FaultCode, FaultKind};
pub use hex::hex;
pub use id::{
    AskId, ConversationId, LeaseId, NameError, OrganisationId, PrincipalId, ProfileId, QuestionId, RecordId,
    RequestId, SessionId,
};
pub use place::{Region, Tier};
pub use range::{LineRange, Position, TextRange};
pub use secret::Secret;
pub use still::{SeededEntropy, StepClock};
pub use time::{Clock, Entropy, Timestamp};
