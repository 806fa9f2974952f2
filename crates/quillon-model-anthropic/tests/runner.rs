//! The adapter against a strict provider that speaks its format.

mod support;

mod conforms;
mod real;
mod requests;
mod seals;
