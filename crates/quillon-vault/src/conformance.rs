//! The suites that every root key and every place for wrapped keys pass: [`root_key`] and [`wrapped_keys`].

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use quillon_base::FaultCode;

use crate::key::{KeyName, Put, RootKey, WrappedKeys};

const KEY: [u8; 32] = *b"a key of 32 bytes, made for this";
const CONTEXT: &[u8] = b"branch+local+device+report+seal+1";
const THREADS: usize = 8;

/// Checks what holds of every root key. `open` opens the same root key each time, as a new process would.
///
/// # Panics
/// When the root key does not conform.
pub fn root_key(open: impl Fn() -> Arc<dyn RootKey>) {
    let root = open();
    assert!(!root.id().is_empty(), "a root key has no id");
    assert_eq!(root.id(), open().id(), "the id changes");
    comes_back_in_its_context_only(&*root, &*open());
    is_wrapped_anew_each_time(&*root);
    refuses_what_was_changed(&*root);
    serves_many_threads(&*root);
}

fn unwraps(root: &dyn RootKey, wrapped: &[u8], context: &[u8]) -> Option<Vec<u8>> {
    match root.unwrap(wrapped, context) {
        Ok(plain) => Some(plain.expose().clone()),
        Err(fault) => {
            assert_eq!(fault.code, FaultCode::KeyUnusable, "{fault}");
            assert!(fault.hint.is_some(), "{fault}");
            None
        }
    }
}

fn wraps(root: &dyn RootKey, plain: &[u8], context: &[u8]) -> Vec<u8> {
    root.wrap(plain, context).expect("a root key wraps")
}

fn comes_back_in_its_context_only(root: &dyn RootKey, again: &dyn RootKey) {
    for length in [16, 32, 64] {
        let plain = &KEY.repeat(2)[..length];
        let wrapped = wraps(root, plain, CONTEXT);
        assert_eq!(unwraps(root, &wrapped, CONTEXT).as_deref(), Some(plain), "{length} bytes");
        assert_eq!(unwraps(again, &wrapped, CONTEXT).as_deref(), Some(plain), "after it was opened again");
    }
    let wrapped = wraps(root, &KEY, CONTEXT);
    let longer = [CONTEXT, b"0"].concat();
    for other in [&b""[..], b"other", &CONTEXT[..CONTEXT.len() - 1], &longer] {
        assert_eq!(
            unwraps(root, &wrapped, other),
            None,
            "unwrapped for {:?}",
            String::from_utf8_lossy(other)
        );
    }
}

fn is_wrapped_anew_each_time(root: &dyn RootKey) {
    let all: BTreeSet<_> = (0..20).map(|_| wraps(root, &KEY, CONTEXT)).collect();
    assert_eq!(all.len(), 20, "the same key is wrapped to the same bytes, so a nonce came twice");
    let shows =
        |wrapped: &Vec<u8>| wrapped.windows(8).any(|window| KEY.windows(8).any(|part| part == window));
    assert!(!all.iter().any(shows), "a wrapped key shows the key");
}

fn refuses_what_was_changed(root: &dyn RootKey) {
    let wrapped = wraps(root, &KEY, CONTEXT);
    for place in 0..wrapped.len() {
        let mut bad = wrapped.clone();
        bad[place] ^= 1 << (place % 8);
        assert_eq!(unwraps(root, &bad, CONTEXT), None, "byte {place} was changed");
        assert_eq!(unwraps(root, &wrapped[..place], CONTEXT), None, "cut to {place} bytes");
        assert_eq!(unwraps(root, &wrapped[place + 1..], CONTEXT), None, "without its first {}", place + 1);
    }
    let longer = [&wrapped[..], b"\0"].concat();
    assert_eq!(unwraps(root, &longer, CONTEXT), None, "with a byte more");
}

fn serves_many_threads(root: &dyn RootKey) {
    let work =
        || (0..50).all(|_| unwraps(root, &wraps(root, &KEY, CONTEXT), CONTEXT).as_deref() == Some(&KEY));
    let sound = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().all(|thread| thread.join().unwrap_or(false))
    });
    assert!(sound, "threads are in each other's way");
}

/// Checks what holds of every place for wrapped keys. `open` opens the same place each time; it is empty at first.
///
/// # Panics
/// When the place does not conform.
pub fn wrapped_keys(open: impl Fn() -> Arc<dyn WrappedKeys>) {
    keeps_the_first_of_a_name(&*open(), &*open());
    keeps_names_apart(&*open());
    lets_one_of_many_win(&open);
}

fn name(text: &str) -> KeyName {
    KeyName::new(&["branch", "local", "device", "report", text, "1"])
}

/// Bytes as a root key would give them.
fn wrapped(number: u8) -> Vec<u8> {
    (0..60).map(|place| place ^ number).collect()
}

fn keeps_the_first_of_a_name(keys: &dyn WrappedKeys, again: &dyn WrappedKeys) {
    let name = name("first");
    assert_eq!(keys.get(&name), Ok(None), "an empty place holds something");
    assert_eq!(keys.remove(&name), Ok(false), "a key that is not there was removed");
    assert_eq!(keys.put_new(&name, &wrapped(1)), Ok(Put::Stored));
    assert_eq!(again.get(&name), Ok(Some(wrapped(1))), "another process does not see the key");
    assert_eq!(again.put_new(&name, &wrapped(2)), Ok(Put::AlreadyThere));
    assert_eq!(keys.get(&name), Ok(Some(wrapped(1))), "a key was replaced");
    assert_eq!(again.remove(&name), Ok(true), "a key that is there is not removed");
    assert_eq!(keys.get(&name), Ok(None), "a removed key is still there");
    assert_eq!(keys.remove(&name), Ok(false), "a key was removed twice");
    assert_eq!(keys.put_new(&name, &wrapped(3)), Ok(Put::Stored), "a name is used up");
    assert_eq!(keys.get(&name), Ok(Some(wrapped(3))));
}

fn keeps_names_apart(keys: &dyn WrappedKeys) {
    let longest = "x".repeat(63);
    let names = [
        name("a"),
        name("b"),
        name("a.b"),
        KeyName::new(&["ledger", "local", "device", "1"]),
        KeyName::new(&["subject", &longest, &longest, "improvement_sample", &longest, "1"]),
    ];
    for (number, name) in (10..).zip(&names) {
        assert_eq!(keys.put_new(name, &wrapped(number)), Ok(Put::Stored), "{name}");
    }
    for (number, name) in (10..).zip(&names) {
        assert_eq!(keys.get(name), Ok(Some(wrapped(number))), "{name}");
    }
    assert_eq!(keys.remove(&names[0]), Ok(true));
    assert_eq!(keys.get(&names[1]), Ok(Some(wrapped(11))), "removing one took another");
}

fn lets_one_of_many_win(open: &impl Fn() -> Arc<dyn WrappedKeys>) {
    let name = name("race");
    let places: Vec<_> = (0..THREADS).map(|_| open()).collect();
    let results: Vec<_> = thread::scope(|scope| {
        let put = |(number, keys): (u8, &Arc<dyn WrappedKeys>)| keys.put_new(&name, &wrapped(number));
        let threads: Vec<_> =
            (100..).zip(&places).map(|numbered| scope.spawn(move || put(numbered))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a put does not panic")).collect()
    });
    let won: Vec<u8> =
        (100..).zip(&results).filter(|(_, put)| **put == Ok(Put::Stored)).map(|(n, _)| n).collect();
    assert_eq!(won.len(), 1, "of puts at once, {results:?}");
    assert_eq!(open().get(&name), Ok(Some(wrapped(won[0]))), "another key than the winner's is kept");
}
