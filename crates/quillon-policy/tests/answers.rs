//! The compiled evaluator beside the naive one.

use crate::generate::{compiled, world};
use crate::reference::answer;

/// Enough that each operator, quantifier and level meets each other; a million take a minute and have been run.
const WORLDS: u64 = 10_000;

#[test]
fn agrees_with_the_naive_reference() {
    let mut answers = [0_u32; 3];
    for seed in 0..WORLDS {
        let world = world(seed);
        let expected = answer(&world);
        let compiled = compiled(world);
        assert_eq!(compiled.answer(), expected, "seed {seed}: {:#?}", compiled.world);
        answers["AEI".find(expected).unwrap()] += 1;
    }
    // A generator that is nearly always refused would agree about nothing.
    assert!(answers.iter().all(|&count| u64::from(count) > WORLDS / 20), "{answers:?}");
}
