//! A capability gets its passage from the road, and nothing behind it.

use quillon_road::{Passage, Road};

fn make() {
    let _ = Passage::new;
}

fn behind(passage: &Passage) {
    let _ = &passage.road;
    let _ = &passage.permit;
}

fn inside(road: &Road) {
    let _ = &road.0;
}

fn main() {}
