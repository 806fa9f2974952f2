//! Responses.

mod answer;
mod request;
mod seal;

pub(crate) use answer::ResponsesAnswer;
pub(crate) use request::body;
