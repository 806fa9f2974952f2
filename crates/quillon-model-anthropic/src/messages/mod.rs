//! Messages.

mod answer;
mod request;
mod seal;

pub(crate) use answer::MessagesAnswer;
pub(crate) use request::body;
