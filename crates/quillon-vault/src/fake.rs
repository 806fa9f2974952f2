//! A root key and a place for wrapped keys in memory, stricter than any real one.
//!
//! Both log what they are asked, fail when they are told to, and stop a test that hands them what no vault would:
//! content in place of a key, a key that is not wrapped, a name that is not fit for a file.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use quillon_base::{Fault, Secret};

use crate::cipher::{KEY_BYTES, Key, NONCE_BYTES, decrypt, encrypt, unusable};
use crate::key::{KeyName, Put, RootKey, WrappedKeys};

/// What may be wrapped, in bytes: a key, not content.
const WRAPPED_PLAIN_BYTES: std::ops::RangeInclusive<usize> = 16..=64;
/// An RSA key of 2,048 bits as PKCS#8 may be wrapped too; its length varies by a few bytes. A KMS takes up to 4,096.
const WRAPPED_RSA_BYTES: std::ops::RangeInclusive<usize> = 1_200..=1_230;

/// The longest name, in bytes, that leaves room for an ending in a file's name.
const NAME_BYTES_MAX: usize = 220;

#[derive(Debug, Default)]
struct Told {
    operations: Vec<String>,
    failures: VecDeque<Fault>,
}

impl Told {
    fn begin(told: &Mutex<Self>, operation: String) -> Result<usize, Fault> {
        let mut told = lock(told);
        told.operations.push(operation);
        let count = told.operations.len();
        told.failures.pop_front().map_or(Ok(count), Err)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic of these fakes is the test's finding; what they hold is whole all the same.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A root key in memory, always the same one for the same number.
#[derive(Debug)]
pub struct StrictRootKey {
    key: Key,
    told: Mutex<Told>,
}

impl StrictRootKey {
    /// The root key of this number.
    #[must_use]
    pub fn new(number: u8) -> Self {
        Self { key: Secret::new([number; KEY_BYTES]), told: Mutex::default() }
    }

    /// What was asked of it so far, such as `wrap branch+local+…`.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        lock(&self.told).operations.clone()
    }

    /// Lets the next operation fail. Told twice, the next two fail, in that order.
    pub fn fail_next(&self, fault: Fault) {
        lock(&self.told).failures.push_back(fault);
    }
}

impl RootKey for StrictRootKey {
    fn id(&self) -> &str {
        "strict"
    }

    fn wrap(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        let is_key =
            [WRAPPED_PLAIN_BYTES, WRAPPED_RSA_BYTES].iter().any(|range| range.contains(&plain.len()));
        assert!(is_key, "{} bytes are no key", plain.len());
        assert!(!context.is_empty(), "a key is wrapped for nothing in particular");
        let count = Told::begin(&self.told, format!("wrap {}", String::from_utf8_lossy(context)))?;
        let mut nonce = [0; NONCE_BYTES];
        nonce[..8].copy_from_slice(&(count as u64).to_be_bytes());
        Ok([&nonce[..], &encrypt(&self.key, nonce, context, plain)?].concat())
    }

    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        Told::begin(&self.told, format!("unwrap {}", String::from_utf8_lossy(context)))?;
        let damaged = || unusable("a wrapped key is damaged, or was wrapped by another root key");
        let (nonce, body) = wrapped.split_first_chunk::<NONCE_BYTES>().ok_or_else(damaged)?;
        decrypt(&self.key, *nonce, context, body).ok_or_else(damaged)
    }
}

/// Wrapped keys in memory.
#[derive(Debug, Default)]
pub struct StrictWrappedKeys {
    keys: Mutex<BTreeMap<KeyName, Vec<u8>>>,
    told: Mutex<Told>,
}

impl StrictWrappedKeys {
    /// The names of the keys that it holds.
    #[must_use]
    pub fn names(&self) -> Vec<KeyName> {
        lock(&self.keys).keys().cloned().collect()
    }

    /// What was asked of it so far, such as `get branch+local+…`.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        lock(&self.told).operations.clone()
    }

    /// Lets the next operation fail, and change nothing. Told twice, the next two fail, in that order.
    pub fn fail_next(&self, fault: Fault) {
        lock(&self.told).failures.push_back(fault);
    }

    fn begin(
        &self,
        operation: &str,
        name: &KeyName,
    ) -> Result<MutexGuard<'_, BTreeMap<KeyName, Vec<u8>>>, Fault> {
        let text = name.as_str();
        let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-+".contains(&byte);
        let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        assert!(starts_well && text.bytes().all(is_fit), "`{name}` is not fit for a file");
        assert!(text.len() <= NAME_BYTES_MAX, "`{name}` is too long for a file");
        Told::begin(&self.told, format!("{operation} {name}"))?;
        Ok(lock(&self.keys))
    }
}

impl WrappedKeys for StrictWrappedKeys {
    fn get(&self, name: &KeyName) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.begin("get", name)?.get(name).cloned())
    }

    fn put_new(&self, name: &KeyName, wrapped: &[u8]) -> Result<Put, Fault> {
        assert!(wrapped.len() > KEY_BYTES, "{} bytes cannot be a wrapped key", wrapped.len());
        let mut keys = self.begin("put", name)?;
        if keys.contains_key(name) {
            return Ok(Put::AlreadyThere);
        }
        keys.insert(name.clone(), wrapped.to_vec());
        Ok(Put::Stored)
    }

    fn remove(&self, name: &KeyName) -> Result<bool, Fault> {
        Ok(self.begin("remove", name)?.remove(name).is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conformance;

    #[test]
    fn conforms() {
        conformance::root_key(|| Arc::new(StrictRootKey::new(7)));
        let keys = Arc::new(StrictWrappedKeys::default());
        conformance::wrapped_keys(|| Arc::clone(&keys) as Arc<dyn WrappedKeys>);
    }

    #[test]
    fn fails_as_told_and_keeps_the_log() {
        let keys = StrictWrappedKeys::default();
        let name = KeyName::new(&["ledger", "local", "device", "1"]);
        keys.fail_next(unusable("gone"));
        assert_eq!(keys.put_new(&name, &[1; 60]), Err(unusable("gone")));
        assert_eq!((keys.names(), keys.get(&name)), (vec![], Ok(None)));
        assert_eq!(keys.operations(), [format!("put {name}"), format!("get {name}")]);
        let root = StrictRootKey::new(1);
        root.fail_next(unusable("locked"));
        assert_eq!(root.wrap(&[1; 32], b"x"), Err(unusable("locked")));
        assert!(root.wrap(&[1; 32], b"x").is_ok());
        assert_eq!(root.operations(), ["wrap x", "wrap x"]);
    }

    #[test]
    #[should_panic(expected = "300 bytes are no key")]
    fn content_in_place_of_a_key_stops_the_test() {
        let _ = StrictRootKey::new(1).wrap(&[1; 300], b"x");
    }

    #[test]
    #[should_panic(expected = "32 bytes cannot be a wrapped key")]
    fn a_key_that_is_not_wrapped_stops_the_test() {
        let _ = StrictWrappedKeys::default().put_new(&KeyName::new(&["ledger"]), &[1; 32]);
    }
}
