//! The root key in a file: one line of text, for its owner only.

use std::path::Path;
use std::sync::Arc;

use quillon_base::{Entropy, Fault, FaultCode, Secret};
use quillon_vault::{ROOT_KEY_BYTES, RootKey, SoftRootKey};

use crate::file::{create, holds, make_folder, read};
use crate::wrapped::WRAPPED_ENDING;

const FILE: &str = "root-1.key";

/// A root key in a file.
pub struct FileRootKey(SoftRootKey);

fn unusable(message: &str) -> Fault {
    Fault::new(FaultCode::KeyUnusable, message.to_owned()).hint("restore the keys folder from a copy")
}

impl FileRootKey {
    /// Opens the root key in `folder`, or makes one when the folder holds no keys yet.
    ///
    /// # Errors
    /// `key.unusable` when it is damaged, readable by others, or missing beside keys that it wrapped; `home.unusable`,
    /// `disk.full`.
    pub fn open_or_create(folder: &Path, entropy: Arc<dyn Entropy>) -> Result<Self, Fault> {
        make_folder(folder)?;
        let path = folder.join(FILE);
        let key = match read(&path)? {
            Some(text) => parse(&text)?,
            None => {
                refuse_beside_others(folder)?;
                let fresh = SoftRootKey::fresh(&*entropy);
                let line = Secret::new(format!("{}\n", SoftRootKey::print(&fresh).expose()));
                create(folder, FILE, line.expose().as_bytes())?;
                // Another process may have been first: what is in the file counts.
                parse(&read(&path)?.ok_or_else(|| unusable("the root key vanished"))?)?
            }
        };
        Ok(Self(SoftRootKey::new("file", key, entropy)))
    }
}

fn refuse_beside_others(folder: &Path) -> Result<(), Fault> {
    if holds(folder, WRAPPED_ENDING)? {
        return Err(unusable("the root key is missing, but keys that it wrapped are there"));
    }
    Ok(())
}

fn parse(text: &[u8]) -> Result<Secret<[u8; ROOT_KEY_BYTES]>, Fault> {
    let line = text.strip_suffix(b"\n");
    line.and_then(SoftRootKey::parse).ok_or_else(|| unusable("the root key is damaged"))
}

impl RootKey for FileRootKey {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn wrap(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        self.0.wrap(plain, context)
    }

    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        self.0.unwrap(wrapped, context)
    }
}
