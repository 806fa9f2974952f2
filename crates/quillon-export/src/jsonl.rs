//! One record a line: its place, the hash that the tree has of it, and the record exactly as it stands in the ledger.

use quillon_base::hex;
use quillon_road::ledger::leaf_hash;

use crate::fact::Fact;

/// The line, without its end. The record is not read and written again, so its bytes are those that were hashed.
pub(crate) fn line(fact: &Fact) -> String {
    let hash = hex(&leaf_hash(fact.raw.as_bytes()));
    format!(r#"{{"index":{},"leaf_hash":"{hash}","record":{}}}"#, fact.index, fact.raw)
}
