//! What each language's text says, as pages of cases; and what no text may do.
#![allow(
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "tests read and renew the pages of cases"
)]

mod cases;
mod edits;
mod hostile;
mod outline;
mod properties;
