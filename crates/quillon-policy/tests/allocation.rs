//! A decision puts nothing on the heap.

use allocation_counter::measure;
use quillon_policy::evaluate;

use crate::generate::{compiled, world};

#[test]
fn evaluating_allocates_nothing() {
    for seed in 0..2_000 {
        let compiled = compiled(world(seed));
        let request = compiled.request();
        let used = measure(|| {
            std::hint::black_box(evaluate(&compiled.set, &request));
        });
        assert_eq!(used.count_total, 0, "seed {seed}: {used:?}");
    }
    // The counter does count.
    assert!(measure(|| drop(std::hint::black_box(vec![1]))).count_total > 0);
}
