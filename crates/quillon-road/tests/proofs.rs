//! Programs that must not compile, and why not: the order of record and work is a matter of types.

#[test]
fn what_breaks_the_order_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/proofs/*.rs");
}
