//! The command line at its boundary: words and keys go in, asks reach a scripted gateway, text and an exit code come out.
#![allow(missing_docs, unreachable_pub, reason = "tests are read as a whole")]

mod asking;
mod examples;
mod piping;
mod starting;
mod support;
mod talking;
