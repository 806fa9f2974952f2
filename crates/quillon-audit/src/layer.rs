//! The file layer: the few things that the ledger does to files, so that tests can lose and tear them.

use std::io;
use std::path::Path;

/// Files as the ledger needs them. Nothing is durable before a sync returned.
pub trait FileLayer: Send + Sync {
    /// Makes a folder and those above it, for its owner only.
    ///
    /// # Errors
    /// As the operating system says.
    fn create_folder(&self, folder: &Path) -> io::Result<()>;

    /// Names in a folder, in no order; none when there is no such folder.
    ///
    /// # Errors
    /// As the operating system says.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// A file's bytes from `offset` on; `None` when there is no such file.
    ///
    /// # Errors
    /// As the operating system says.
    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Option<Vec<u8>>>;

    /// A file's length; `None` when there is no such file.
    ///
    /// # Errors
    /// As the operating system says.
    fn length(&self, path: &Path) -> io::Result<Option<u64>>;

    /// Opens a file to append to it; makes it, for its owner only, when it is not there.
    ///
    /// # Errors
    /// As the operating system says.
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// As the operating system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// Replaces a small file as a whole. Without `durable`, a crash may leave the old one, the new one, a part of it,
    /// or none.
    ///
    /// # Errors
    /// As the operating system says.
    fn replace(&self, path: &Path, bytes: &[u8], durable: bool) -> io::Result<()>;

    /// Makes a file of this many bytes whose room on the disk is taken, durably; leaves one that is there as it is.
    ///
    /// # Errors
    /// As the operating system says.
    fn reserve(&self, path: &Path, bytes: usize) -> io::Result<()>;

    /// Replaces the first bytes of a file in place, durably. It takes no more room on the disk.
    ///
    /// # Errors
    /// As the operating system says.
    fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Writes once more what a file holds from `offset` on, for the next sync to make durable: after a failed sync,
    /// what is read may not be what is on the disk, and no further sync would write it.
    ///
    /// # Errors
    /// As the operating system says.
    fn write_again(&self, path: &Path, offset: u64) -> io::Result<()>;

    /// Removes a file; fine when there is none.
    ///
    /// # Errors
    /// As the operating system says.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Opens a lock file, making it when it is not there. The lock is not taken yet.
    ///
    /// # Errors
    /// As the operating system says.
    fn open_lock(&self, path: &Path) -> io::Result<Box<dyn Lock>>;

    /// Waits a little before a lock is tried again.
    fn pause(&self);
}

/// A file that is appended to.
pub trait LogFile: Send {
    /// Writes at the end.
    ///
    /// # Errors
    /// As the operating system says; part of the bytes may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything that was appended durable.
    ///
    /// # Errors
    /// As the operating system says; what was appended may be lost, and stays lost.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file.
    ///
    /// # Errors
    /// As the operating system says.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// A lock between processes. It is released when it is dropped, also by the death of the process.
pub trait Lock: Send + Sync {
    /// Takes the lock unless someone else holds it.
    ///
    /// # Errors
    /// As the operating system says.
    fn try_acquire(&self) -> io::Result<bool>;

    /// Gives it back.
    ///
    /// # Errors
    /// As the operating system says.
    fn release(&self) -> io::Result<()>;
}
