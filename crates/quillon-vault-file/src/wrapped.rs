//! Wrapped keys: a file each, apart from the data that they seal.

use std::path::{Path, PathBuf};

use quillon_base::Fault;
use quillon_vault::{KeyName, Put, WrappedKeys};

use crate::file::{create, holds, make_folder, read, remove};

/// How the name of a wrapped key's file ends.
pub(crate) const WRAPPED_ENDING: &str = ".wrapped";

/// Wrapped keys in a folder.
pub struct FileWrappedKeys {
    folder: PathBuf,
}

impl FileWrappedKeys {
    /// Opens the folder, or makes it.
    ///
    /// # Errors
    /// `home.unusable`, `disk.full`.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        make_folder(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn file(name: &KeyName) -> String {
        format!("{name}{WRAPPED_ENDING}")
    }

    /// Whether no key is here yet, so that there is none that a new root key could not open.
    ///
    /// # Errors
    /// `home.unusable`.
    pub fn is_empty(&self) -> Result<bool, Fault> {
        holds(&self.folder, WRAPPED_ENDING).map(|holds| !holds)
    }
}

impl WrappedKeys for FileWrappedKeys {
    fn get(&self, name: &KeyName) -> Result<Option<Vec<u8>>, Fault> {
        read(&self.folder.join(Self::file(name)))
    }

    fn put_new(&self, name: &KeyName, wrapped: &[u8]) -> Result<Put, Fault> {
        let stored = create(&self.folder, &Self::file(name), wrapped)?;
        Ok(if stored { Put::Stored } else { Put::AlreadyThere })
    }

    fn remove(&self, name: &KeyName) -> Result<bool, Fault> {
        remove(&self.folder, &Self::file(name))
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests damage key files on purpose")]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    use quillon_base::{Entropy, FaultCode, OrganisationId, Region};
    use quillon_vault::{Vault, conformance};

    use super::*;
    use crate::FileRootKey;

    #[derive(Default)]
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn root(folder: &Path) -> Result<FileRootKey, Fault> {
        FileRootKey::open_or_create(folder, Arc::new(Counting::default()))
    }

    fn seed(folder: &Path) -> Result<Vec<u8>, Fault> {
        let wrapped = Arc::new(FileWrappedKeys::open(folder)?);
        let vault = Vault::new(Arc::new(root(folder)?), wrapped, Arc::new(Counting::default()));
        let organisation = OrganisationId::new("local").unwrap();
        Ok(vault.ledger_seed(&organisation, &Region::device())?.expose().clone())
    }

    #[test]
    fn keys_come_back_and_are_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        assert_eq!(seed(&keys).unwrap(), seed(&keys).unwrap());
        for entry in std::fs::read_dir(&keys).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_damaged_open_or_missing_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        seed(&keys).unwrap();
        let path = keys.join("root-1.key");
        let good = std::fs::read(&path).unwrap();
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert_eq!(
                root(&keys).err().map(|fault| fault.code),
                Some(FaultCode::KeyUnusable),
                "byte {place}"
            );
            std::fs::write(&path, &good[..place]).unwrap();
            assert_eq!(
                root(&keys).err().map(|fault| fault.code),
                Some(FaultCode::KeyUnusable),
                "cut at {place}"
            );
        }
        std::fs::write(&path, &good).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let fault = root(&keys).err().unwrap();
        assert_eq!(fault.code, FaultCode::KeyUnusable);
        assert!(fault.hint.unwrap().contains("chmod 600"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            root(&keys).err().map(|fault| fault.code),
            Some(FaultCode::KeyUnusable),
            "no new root beside old keys"
        );
    }

    #[test]
    fn conforms() {
        let folder = tempfile::tempdir().unwrap();
        conformance::root_key(|| Arc::new(root(folder.path()).unwrap()));
        conformance::wrapped_keys(|| Arc::new(FileWrappedKeys::open(folder.path()).unwrap()));
    }

    #[test]
    fn knows_whether_it_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let keys = FileWrappedKeys::open(folder.path()).unwrap();
        assert_eq!(keys.is_empty(), Ok(true));
        seed(folder.path()).unwrap();
        assert_eq!(keys.is_empty(), Ok(false));
    }
}
