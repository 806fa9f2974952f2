//! The vault: finds or makes the keys of a label, and seals with them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use quillon_base::{Entropy, Fault, KeyKind, OrganisationId, PrincipalId, Region, Secret, hex};

use crate::cipher::{KEY_BYTES, Key, decrypt, digest, encrypt, unusable};
use crate::key::{KeyName, Put, RootKey, WrappedKeys};
use crate::seal::{self, Label, Scope};

/// The version of the keys that this build makes. Rotation counts it up.
const KEY_VERSION: u32 = 1;
/// The most unwrapped keys that are held.
const KEYS_HELD_MAX: usize = 256;
const WRAP_NONCE_BYTES: usize = 12;

/// Seals and opens.
pub struct Vault {
    pub(crate) root: Arc<dyn RootKey>,
    pub(crate) wrapped: Arc<dyn WrappedKeys>,
    entropy: Arc<dyn Entropy>,
    held: Mutex<HashMap<KeyName, Key>>,
}

impl Vault {
    /// A vault over a root key and a place for the keys below it.
    pub fn new(root: Arc<dyn RootKey>, wrapped: Arc<dyn WrappedKeys>, entropy: Arc<dyn Entropy>) -> Self {
        Self { root, wrapped, entropy, held: Mutex::default() }
    }

    /// Which root key it is.
    #[must_use]
    pub fn root_id(&self) -> &str {
        self.root.id()
    }

    /// Seals `plain` under `label`.
    ///
    /// # Errors
    /// `key.unusable`, `home.unusable`, `disk.full`.
    pub fn seal(&self, label: &Label, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = self.sealing_key(label, KEY_VERSION, true)?;
        seal::seal(&key, KEY_VERSION, label, plain, &*self.entropy)
    }

    /// Opens what was sealed under the same label.
    ///
    /// # Errors
    /// `key.unusable`: damaged, of another label, or its key is gone.
    pub fn open(&self, label: &Label, sealed: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        let unknown = || unusable("sealed content is not of a format that this build knows");
        let version = seal::key_version(sealed).ok_or_else(unknown)?;
        let key = self.sealing_key(label, version, false)?;
        seal::open(&key, label, sealed)
    }

    /// A keyed digest of `text` in hexadecimal, by which an envelope is found without showing what it is about.
    ///
    /// # Errors
    /// `key.unusable`, `home.unusable`, `disk.full`.
    pub fn blind(&self, scope: &Scope, text: &str) -> Result<String, Fault> {
        let key = self.branch_key(scope, "blind", KEY_VERSION, true)?;
        Ok(hex(digest(&key, text.as_bytes()).as_ref()))
    }

    /// The seed of the key that signs the ledger of `organisation` in `region`: 32 bytes, made once, the same ever after.
    ///
    /// # Errors
    /// `key.unusable`, `home.unusable`, `disk.full`.
    pub fn ledger_seed(
        &self,
        organisation: &OrganisationId,
        region: &Region,
    ) -> Result<Secret<Vec<u8>>, Fault> {
        let name = KeyName::new(&["ledger", organisation.as_str(), region.as_str(), "1"]);
        let key = self.key(
            &name,
            true,
            |plain| self.root.wrap(plain, name.as_str().as_bytes()),
            |wrapped| self.root.unwrap(wrapped, name.as_str().as_bytes()),
        )?;
        Ok(Secret::new(key.expose().to_vec()))
    }

    /// Destroys the keys of a subject in a scope, and with them everything that they sealed. Says whether there were any.
    ///
    /// # Errors
    /// `home.unusable`.
    pub fn shred(&self, scope: &Scope, subject: &PrincipalId) -> Result<bool, Fault> {
        let name = subject_name(scope, subject, KEY_VERSION);
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        self.wrapped.remove(&name)
    }

    fn sealing_key(&self, label: &Label, version: u32, make: bool) -> Result<Key, Fault> {
        match label.scope.class.row().key {
            KeyKind::Subject => self.subject_key(&label.scope, &label.subject, version, make),
            KeyKind::Organisation => self.branch_key(&label.scope, "seal", version, make),
            KeyKind::None => {
                let class = label.scope.class.name();
                Err(unusable(&format!("data of class `{class}` is not sealed")))
            }
        }
    }

    fn branch_key(&self, scope: &Scope, purpose: &str, version: u32, make: bool) -> Result<Key, Fault> {
        let Scope { organisation, region, class } = scope;
        let version = version.to_string();
        let name = KeyName::new(&[
            "branch",
            organisation.as_str(),
            region.as_str(),
            class.name(),
            purpose,
            &version,
        ]);
        let context = name.as_str().as_bytes();
        self.key(
            &name,
            make,
            |plain| self.root.wrap(plain, context),
            |wrapped| self.root.unwrap(wrapped, context),
        )
    }

    fn subject_key(
        &self,
        scope: &Scope,
        subject: &PrincipalId,
        version: u32,
        make: bool,
    ) -> Result<Key, Fault> {
        let name = subject_name(scope, subject, version);
        // Looked up first, so that the branch key is not unwrapped for each record.
        if let Some(key) = self.held.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(key.clone());
        }
        let branch = self.branch_key(scope, "seal", version, make)?;
        let context = name.as_str().as_bytes();
        let wrap = |plain: &[u8]| {
            let mut nonce = [0; WRAP_NONCE_BYTES];
            self.entropy.fill(&mut nonce);
            Ok([&nonce[..], &encrypt(&branch, nonce, context, plain)?].concat())
        };
        let unwrap = |wrapped: &[u8]| {
            let damaged = || unusable("a wrapped key is damaged");
            let (nonce, body) = wrapped.split_at_checked(WRAP_NONCE_BYTES).ok_or_else(damaged)?;
            decrypt(&branch, nonce.try_into().map_err(|_| damaged())?, context, body).ok_or_else(damaged)
        };
        self.key(&name, make, wrap, unwrap)
    }

    /// Finds the key of a name, or makes it. Of two processes that make it at once, the first one's stays.
    fn key(
        &self,
        name: &KeyName,
        make: bool,
        wrap: impl Fn(&[u8]) -> Result<Vec<u8>, Fault>,
        unwrap: impl Fn(&[u8]) -> Result<Secret<Vec<u8>>, Fault>,
    ) -> Result<Key, Fault> {
        if let Some(key) = self.held.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(key.clone());
        }
        let mut wrapped = self.wrapped.get(name)?;
        if wrapped.is_none() && make {
            let mut bytes = vec![0; KEY_BYTES];
            self.entropy.fill(&mut bytes);
            let fresh = Secret::new(bytes);
            if self.wrapped.put_new(name, &wrap(fresh.expose())?)? == Put::Stored {
                return self.hold(name, &fresh);
            }
            wrapped = self.wrapped.get(name)?;
        }
        let gone = || unusable("the key that sealed this is gone");
        self.hold(name, &unwrap(&wrapped.ok_or_else(gone)?)?)
    }

    fn hold(&self, name: &KeyName, plain: &Secret<Vec<u8>>) -> Result<Key, Fault> {
        let bytes: [u8; KEY_BYTES] = plain
            .expose()
            .as_slice()
            .try_into()
            .map_err(|_| unusable("a wrapped key has the wrong length"))?;
        let key = Secret::new(bytes);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= KEYS_HELD_MAX {
            held.clear();
        }
        held.insert(name.clone(), key.clone());
        Ok(key)
    }
}

fn subject_name(scope: &Scope, subject: &PrincipalId, version: u32) -> KeyName {
    let Scope { organisation, region, class } = scope;
    let version = version.to_string();
    KeyName::new(&[
        "subject",
        organisation.as_str(),
        region.as_str(),
        class.name(),
        subject.as_str(),
        &version,
    ])
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use proptest::prelude::*;
    use quillon_base::{Clock, DataClass, RecordId, Timestamp};

    use super::*;
    use crate::fake::{StrictRootKey, StrictWrappedKeys};

    /// Counts, so that the format can be pinned.
    #[derive(Default)]
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    impl Clock for Counting {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(1_800_000_000)
        }
    }

    fn vault(keys: &Arc<StrictWrappedKeys>) -> Vault {
        Vault::new(
            Arc::new(StrictRootKey::new(1)),
            Arc::clone(keys) as Arc<dyn WrappedKeys>,
            Arc::new(Counting::default()),
        )
    }

    fn label(class: DataClass, subject: &str) -> Label {
        let scope =
            Scope { organisation: OrganisationId::new("local").unwrap(), region: Region::device(), class };
        let record = RecordId::generate(&Counting::default(), &Counting::default());
        Label { scope, subject: PrincipalId::new(subject).unwrap(), record, schema: 1 }
    }

    #[test]
    fn the_format_is_pinned() {
        let keys = Arc::default();
        let sealed = vault(&keys).seal(&label(DataClass::Conversation, "ada"), b"hello").unwrap();
        let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, PINNED);
        assert_eq!(
            vault(&keys).open(&label(DataClass::Conversation, "ada"), &sealed).unwrap().expose(),
            b"hello"
        );
    }

    const PINNED: &str = concat!(
        "515342310101000000014c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b8bd1667bc4bf661f9dd104fde0",
        "654fd636bdd20049fd6b2d3b30cd0d8bee9c1b6c6d6e6f707172737475767750f6591224db40cceb168f678fd93c64dd0fad6731"
    );

    #[test]
    fn nothing_opens_under_another_label_or_after_shredding() {
        let keys = Arc::default();
        let vault = vault(&keys);
        let ada = label(DataClass::Conversation, "ada");
        let sealed = vault.seal(&ada, b"hello").unwrap();
        vault.seal(&label(DataClass::Conversation, "bob"), b"x").unwrap();
        vault.seal(&label(DataClass::Report, "ada"), b"x").unwrap();
        for other in [
            label(DataClass::Conversation, "bob"),
            label(DataClass::Report, "ada"),
            Label { schema: 2, ..ada.clone() },
            Label { record: "rec_00000000000000000000000000".parse().unwrap(), ..ada.clone() },
        ] {
            assert!(vault.open(&other, &sealed).is_err(), "{other:?}");
        }
        assert!(vault.shred(&ada.scope, &ada.subject).unwrap());
        assert!(vault.open(&ada, &sealed).is_err());
        assert!(vault.seal(&label(DataClass::Settings, "ada"), b"x").is_err(), "settings are not sealed");
    }

    #[test]
    fn the_key_of_exports_is_made_once_and_signs_what_others_can_check() {
        use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
        let keys = Arc::default();
        let organisation = OrganisationId::new("local").unwrap();
        let key = vault(&keys).export_key(&organisation, &Region::device()).unwrap();
        let again = vault(&keys).export_key(&organisation, &Region::device()).unwrap();
        assert_eq!(key.public_key(), again.public_key());
        let signature = key.sign(b"digest").unwrap();
        assert_eq!(signature, again.sign(b"digest").unwrap());
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key());
        assert!(public.verify(b"digest", &signature).is_ok());
        assert!(public.verify(b"another", &signature).is_err());
        let other = vault(&keys).export_key(&organisation, &Region::new("eu-west-2").unwrap()).unwrap();
        assert_ne!(key.public_key(), other.public_key());
    }

    #[test]
    fn two_vaults_that_make_a_key_at_once_agree() {
        let keys = Arc::default();
        let (one, two) = (vault(&keys), vault(&keys));
        let region = Region::device();
        let organisation = OrganisationId::new("local").unwrap();
        let seed = one.ledger_seed(&organisation, &region).unwrap();
        assert_eq!(seed.expose(), two.ledger_seed(&organisation, &region).unwrap().expose());
        let scope = label(DataClass::Conversation, "ada").scope;
        assert_eq!(one.blind(&scope, "a").unwrap(), two.blind(&scope, "a").unwrap());
        assert_ne!(one.blind(&scope, "a").unwrap(), one.blind(&scope, "b").unwrap());
    }

    proptest! {
        #[test]
        fn opens_to_the_same_and_refuses_any_flip(plain in prop::collection::vec(any::<u8>(), 0..100), bit in 0usize..10_000) {
            let keys = Arc::default();
            let vault = vault(&keys);
            let label = label(DataClass::Knowledge, "ada");
            let mut sealed = vault.seal(&label, &plain).unwrap();
            let opened = vault.open(&label, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), &plain);
            let bit = bit % (sealed.len() * 8);
            sealed[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(vault.open(&label, &sealed).is_err());
        }

        #[test]
        fn opening_anything_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let vault = vault(&Arc::default());
            prop_assert!(vault.open(&label(DataClass::Knowledge, "ada"), &bytes).is_err());
        }
    }
}
