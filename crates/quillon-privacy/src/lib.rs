//! Redaction: secrets and personal data of well-known shapes are replaced before a text reaches a model or a record.
//!
//! [`Redacted`] is made here and nowhere else, so that only redacted text can leave. For a model, each secret becomes a
//! placeholder that is put back in the answer, within the same ask and nowhere else ([`Redactor`]). For a record it is
//! gone ([`redact_for_record`]).

mod finder;
mod redactor;
mod shape;

pub use redactor::{KNOWN_MAX, Redacted, Redactor, Restorer, redact_for_record};
pub use shape::{SHAPES, Shape, holds_secret};
