//! The adapter against a strict provider that speaks both formats.

mod support;

mod conforms;
mod real;
mod requests;
mod seals;
