//! Requests to AWS: whose credentials, which region, which endpoint, and the signature (Signature Version 4) that says so.
//!
//! No variable is read here: the composition root hands over what it found ([`Environment`]), in the names that the AWS
//! CLI knows. The shared files are read when they are needed: for the region when an account is opened, for credentials
//! at each request, because those end and are replaced. Credentials come from the variables, else from the profile in
//! the shared files; a profile that would need another service to give them (a role, single sign-on, an instance's
//! metadata) is refused with what to do, because only configured endpoints are ever contacted.
//!
//! Invariants: a request is signed for one region and sent nowhere else; a secret key stands in no fault, no `Debug` and
//! no header. Start at [`Account::open`] and [`Account::send`].

mod account;
mod environment;
mod signing;

pub use account::{Account, Call, Method, Service};
pub use environment::{Credentials, Environment};
pub use signing::{Signed, Unsigned, encode_path, sign};
