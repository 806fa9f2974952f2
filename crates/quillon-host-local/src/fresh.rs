//! A new file, written whole beside the one that it will replace. Until it is put in place it can only vanish.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt};

/// How many names are tried; others are left by processes that were killed and had the same id.
const NAMES_MAX: u32 = 100;
const NAME_START: &str = ".quillon-";
const NAME_END: &str = ".new";

/// Whether `name` is one that a file has before it is put in place.
pub(crate) fn is_fresh(name: &str) -> bool {
    name.starts_with(NAME_START) && name.ends_with(NAME_END)
}

/// A file that is not in place yet.
pub(crate) struct Fresh<'d> {
    folder: &'d Dir,
    name: String,
    pub(crate) file: File,
}

impl<'d> Fresh<'d> {
    /// Makes the file with these permissions, as far as the user's mask grants them.
    pub(crate) fn create(folder: &'d Dir, mode: u32, content: &[u8]) -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        let process = std::process::id();
        let mut taken = ErrorKind::AlreadyExists.into();
        for _ in 0..NAMES_MAX {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{NAME_START}{process}-{number}{NAME_END}");
            match folder.open_with(&name, &options) {
                Ok(file) => {
                    // From here on a failure removes it again.
                    let mut fresh = Self { folder, name, file };
                    fresh.file.write_all(content)?;
                    return Ok(fresh);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Waits until the content is on the disk. Only then may the file be put in place.
    pub(crate) fn sync(self) -> io::Result<Synced<'d>> {
        self.file.sync_all()?;
        Ok(Synced(self))
    }
}

/// A new file whose content survives a loss of power.
pub(crate) struct Synced<'d>(Fresh<'d>);

impl Synced<'_> {
    /// Takes the place of what has this name, if anything has. Durable once the folder is synced.
    pub(crate) fn replace(self, name: &str) -> io::Result<()> {
        self.0.folder.rename(&self.0.name, self.0.folder, name)
    }

    /// Takes the name only if nothing has it. Durable once the folder is synced.
    pub(crate) fn take_name(self, name: &str) -> io::Result<()> {
        let folder = self.0.folder;
        match folder.hard_link(&self.0.name, folder, name) {
            Err(error) if has_no_links(&error) => {}
            linked => return linked,
        }
        // Such a disk leaves a moment in which someone else can take the name.
        match folder.symlink_metadata(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.replace(name),
            found => found.and(Err(ErrorKind::AlreadyExists.into())),
        }
    }
}

impl Drop for Fresh<'_> {
    fn drop(&mut self) {
        // After a rename there is nothing under this name; a file that cannot be removed is only untidy.
        let _ = self.folder.remove_file(&self.name);
    }
}

/// FAT and some network disks know no second name for a file.
fn has_no_links(error: &io::Error) -> bool {
    error.kind() == ErrorKind::Unsupported
        || [rustix::io::Errno::PERM, rustix::io::Errno::OPNOTSUPP, rustix::io::Errno::MLINK]
            .iter()
            .any(|&errno| crate::fault::is(error, errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Dir) {
        let held = tempfile::tempdir().unwrap();
        let folder = Dir::open_ambient_dir(held.path(), cap_std::ambient_authority()).unwrap();
        (held, folder)
    }

    fn names(folder: &Dir) -> Vec<String> {
        folder.entries().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_name_is_taken_once_and_replaced_at_will() {
        let (_held, folder) = folder();
        let fresh = |content: &[u8]| Fresh::create(&folder, 0o644, content).unwrap().sync().unwrap();
        fresh(b"one").take_name("a").unwrap();
        assert_eq!(fresh(b"two").take_name("a").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(folder.read("a").unwrap(), b"one");
        fresh(b"three").replace("a").unwrap();
        assert_eq!(folder.read("a").unwrap(), b"three");
        drop(fresh(b"four"));
        assert_eq!(names(&folder), ["a"]);
    }

    #[test]
    fn a_name_that_a_killed_process_left_is_stepped_over() {
        let (_held, folder) = folder();
        let fresh = Fresh::create(&folder, 0o644, b"").unwrap();
        assert!(is_fresh(&fresh.name) && !is_fresh(".quillon") && !is_fresh("a.new"));
        let digits: String =
            fresh.name.rsplit('-').next().unwrap().chars().filter(char::is_ascii_digit).collect();
        let number: u64 = digits.parse().unwrap();
        for left in number + 1..number + 5 {
            folder.write(fresh.name.replace(&format!("-{number}."), &format!("-{left}.")), "left").unwrap();
        }
        Fresh::create(&folder, 0o644, b"x").unwrap().sync().unwrap().take_name("a").unwrap();
        assert_eq!(folder.read("a").unwrap(), b"x");
    }
}
