//! Large trees: the same answer every time, and an end when it is asked for.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use quillon_base::FaultCode;
use quillon_host::WalkOptions;

use crate::support::{Machine, everything, put, walked};

/// A tree wide and deep enough that several threads have something to do.
fn tree(machine: &Machine, files_per_folder: usize) -> Vec<String> {
    let mut paths = BTreeSet::new();
    for folder in ["a", "a-b", "a/b", "a/b/c", "z", "m/n/o/p", "."] {
        fs::create_dir_all(machine.inside(folder)).unwrap();
        for number in 0..files_per_folder {
            let path = format!("{folder}/{number}.txt");
            fs::write(machine.inside(&path), b"").unwrap();
            paths.insert(path.trim_start_matches("./").to_owned());
        }
    }
    paths.into_iter().collect()
}

#[test]
fn the_first_files_are_the_same_whatever_the_threads_do() {
    let machine = Machine::new();
    let paths = tree(&machine, 200);
    let files = machine.open();
    assert_eq!(walked(&*files, &everything()), (paths.clone(), Vec::new()));
    for files_max in [1, 199, 200, 201, 777, paths.len() - 1] {
        for _ in 0..5 {
            let (listed, skipped) = walked(&*files, &WalkOptions { files_max, ..everything() });
            assert_eq!(listed, paths[..files_max]);
            assert_eq!(skipped, [format!("{}: TooMany", paths[files_max])]);
        }
    }
    let all = WalkOptions { files_max: paths.len(), ..everything() };
    assert_eq!(walked(&*files, &all), (paths, Vec::new()));
}

#[test]
fn much_more_than_is_wanted_is_sorted_out_under_way() {
    let machine = Machine::new();
    // Beyond the surplus that is gathered before it is sorted out.
    let paths = tree(&machine, 3_000);
    let files = machine.open();
    for files_max in [1, 50, 3_001, 4_000] {
        let (listed, skipped) = walked(&*files, &WalkOptions { files_max, ..everything() });
        assert_eq!(listed, paths[..files_max]);
        assert_eq!(skipped, [format!("{}: TooMany", paths[files_max])]);
    }
}

#[test]
fn the_caller_is_asked_often() {
    let machine = Machine::new();
    tree(&machine, 3_000);
    let files = machine.open();
    let asked = AtomicUsize::new(0);
    let never = || {
        asked.fetch_add(1, Ordering::Relaxed);
        false
    };
    files.walk(&everything(), &never).unwrap();
    let asked = asked.into_inner();
    assert!(asked > 7 * 3_000 / 256, "asked {asked} times");
    for stop_after in [0, 1, asked / 2, asked - 1] {
        let count = AtomicUsize::new(0);
        let stop = || count.fetch_add(1, Ordering::Relaxed) >= stop_after;
        let fault = files.walk(&everything(), &stop).unwrap_err();
        assert_eq!(fault.code, FaultCode::Cancelled, "after {stop_after}");
    }
}

#[test]
fn a_caller_that_panics_is_not_waited_for() {
    let machine = Machine::new();
    tree(&machine, 10);
    let files = machine.open();
    let panics = || panic!("the caller's own bug");
    let walked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| files.walk(&everything(), &panics)));
    assert!(walked.is_err());
}

#[test]
fn files_that_come_and_go_are_no_error() {
    let machine = Machine::new();
    put(&machine.inside("stays"), b"");
    let files = machine.open();
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| {
            for round in 0..300 {
                let folder = machine.inside(&format!("comes/{round}"));
                put(&folder.join("file"), b"");
                fs::remove_dir_all(machine.inside("comes")).unwrap();
            }
        });
        while !changing.is_finished() {
            let (listed, skipped) = walked(&*files, &everything());
            assert!(listed.contains(&"stays".to_owned()));
            assert_eq!(skipped, [""; 0]);
        }
    });
}
