//! The root key in a file: a line of text that says what it is, the key in hexadecimal, and a checksum.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use quillon_base::{Entropy, Fault, FaultCode, Secret};
use quillon_vault::RootKey;

use crate::file::{create, holds, make_folder, read};
use crate::wrapped::WRAPPED_ENDING;

const FILE: &str = "root-1.key";
const MARK: &str = "quillon-root-key-1";
const KEY_BYTES: usize = 32;

/// A root key in a file.
pub struct FileRootKey {
    key: LessSafeKey,
    entropy: std::sync::Arc<dyn Entropy>,
}

fn unusable(message: &str) -> Fault {
    Fault::new(FaultCode::KeyUnusable, message.to_owned()).hint("restore the keys folder from a copy")
}

impl FileRootKey {
    /// Opens the root key in `folder`, or makes one when the folder holds no keys yet.
    ///
    /// # Errors
    /// `key.unusable` when it is damaged, readable by others, or missing beside keys that it wrapped; `home.unusable`,
    /// `disk.full`.
    pub fn open_or_create(folder: &Path, entropy: std::sync::Arc<dyn Entropy>) -> Result<Self, Fault> {
        make_folder(folder)?;
        let path = folder.join(FILE);
        let bytes = match read(&path)? {
            Some(text) => parse(&text)?,
            None => {
                refuse_beside_others(folder)?;
                let mut fresh = vec![0; KEY_BYTES];
                entropy.fill(&mut fresh);
                let fresh = Secret::new(fresh);
                create(folder, FILE, print(&fresh).expose())?;
                // Another process may have been first: what is in the file counts.
                parse(&read(&path)?.ok_or_else(|| unusable("the root key vanished"))?)?
            }
        };
        let key = UnboundKey::new(&AES_256_GCM, bytes.expose())
            .map_err(|_| unusable("the root key is not usable"))?;
        Ok(Self { key: LessSafeKey::new(key), entropy })
    }
}

fn refuse_beside_others(folder: &Path) -> Result<(), Fault> {
    if holds(folder, WRAPPED_ENDING)? {
        return Err(unusable("the root key is missing, but keys that it wrapped are there"));
    }
    Ok(())
}

fn checksum(hex: &str) -> String {
    let sum = digest(&SHA256, format!("{MARK} {hex}").as_bytes());
    sum.as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn print(key: &Secret<Vec<u8>>) -> Secret<Vec<u8>> {
    let hex: String = key.expose().iter().map(|byte| format!("{byte:02x}")).collect();
    Secret::new(format!("{MARK} {hex} {}\n", checksum(&hex)).into_bytes())
}

fn parse(text: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
    let damaged = || unusable("the root key is damaged");
    let text = std::str::from_utf8(text).map_err(|_| damaged())?;
    let mut parts = text.strip_suffix('\n').ok_or_else(damaged)?.split(' ');
    let (Some(MARK), Some(hex), Some(sum), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(damaged());
    };
    let whole = hex.len() == 2 * KEY_BYTES && hex.is_ascii() && sum == checksum(hex);
    let byte = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).ok();
    let bytes: Option<Vec<u8>> = if whole { (0..hex.len()).step_by(2).map(byte).collect() } else { None };
    bytes.map(Secret::new).ok_or_else(damaged)
}

impl RootKey for FileRootKey {
    fn id(&self) -> &str {
        "file"
    }

    fn wrap(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut nonce = [0; NONCE_LEN];
        self.entropy.fill(&mut nonce);
        let mut buffer = plain.to_vec();
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut buffer)
            .map_err(|_| unusable("a key could not be wrapped"))?;
        Ok([&nonce[..], &buffer].concat())
    }

    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret<Vec<u8>>, Fault> {
        let damaged = || unusable("a wrapped key is damaged, or was wrapped by another root key");
        let (nonce, body) = wrapped.split_at_checked(NONCE_LEN).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let mut buffer = body.to_vec();
        let plain_bytes =
            self.key.open_in_place(nonce, Aad::from(context), &mut buffer).map_err(|_| damaged())?.len();
        buffer.truncate(plain_bytes);
        Ok(Secret::new(buffer))
    }
}
