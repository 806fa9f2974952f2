//! Takes anything as the records of a ledger and as the cursor that lies at a destination.
//!
//! A copy of a ledger may come from anyone, and whoever owns a destination may write its cursor: nothing panics, every
//! shape that is JSON reads back, and a line of a form that has lines stays one line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| quillon_export::fuzzing::read(bytes));
