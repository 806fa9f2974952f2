//! Whether two pieces of code say the same.

use crate::tree::{Id, Kind, Tree};

/// Whether two nodes of a tree say the same, however they are written.
pub(crate) fn same(tree: &Tree, left: Id, right: Id) -> bool {
    if left == right {
        return true;
    }
    let (a, b) = (tree.kind(left), tree.kind(right));
    let is_name = |kind| matches!(kind, Kind::Name | Kind::Type);
    // `this.x` and `x` are one field in Java.
    if a != b && !(is_name(a) && is_name(b)) {
        return match (a, b) {
            (Kind::Dot, Kind::Name) => is_own(tree, left, right),
            (Kind::Name, Kind::Dot) => is_own(tree, right, left),
            _ => false,
        };
    }
    let (first, second) = (tree.children(left), tree.children(right));
    tree.word(left) == tree.word(right)
        && first.len() == second.len()
        && first.iter().zip(second).all(|(a, b)| same(tree, *a, *b))
}

fn is_own(tree: &Tree, dot: Id, name: Id) -> bool {
    tree.word(dot) == tree.word(name)
        && tree.child(dot, 0).is_some_and(|object| matches!(tree.word(object), "this"))
}
