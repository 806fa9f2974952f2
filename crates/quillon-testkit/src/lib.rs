//! A real road over strict fakes, for the tests of everything above it.
//!
//! ```
//! # use quillon_testkit::{Kit, Reply};
//! # use quillon_contract::ask::WhoamiAsk;
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let travel = Kit::new()
//!     .with_file("src/lib.rs", "fn answer() -> u32 { 42 }\n") // a workspace; without files there is none
//!     .with_model([]) // the replies that a model must be asked for; without this there is no model
//!     .start() // `.with(capability)` before it adds what answers
//!     .await;
//! let trail = travel.ask(WhoamiAsk {}).await;
//! assert_eq!(trail.fault().unwrap().code.as_str(), "capability.unavailable");
//! assert_eq!(trail.shape(), ["opened whoami", "closed failed"]);
//! # });
//! ```
//!
//! Only the world is faked: the host, the store, the model, the cloud, the root key, the ledger's files, the clock and
//! the random bytes. The road, the policies, the vault, the meter and the ledger are the real ones. Start at [`Kit`].

mod kit;
mod trail;
mod travel;
mod witness;

pub use kit::{Kit, Remains, WORKSPACE, principal, vault};
pub use quillon_base::{SeededEntropy, StepClock};
/// What kinds of principals there are, for tests that walk them.
pub use quillon_identity::PrincipalKind;
pub use quillon_model::{Gate, Reply, Requests};
pub use trail::Trail;
pub use travel::Travel;
