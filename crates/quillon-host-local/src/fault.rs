//! What the system said, in the words of the port: a code, a sentence and what to do. The system's own words stay with
//! the operator.

use std::io::{Error, ErrorKind};
use std::path::Path;

use quillon_base::{Fault, FaultCode};
use rustix::io::Errno;

/// The failure to read `path`.
pub(crate) fn reading(error: &Error, path: &str) -> Fault {
    use FaultCode::{FileMissing, FileOutside, FileUnreadable};
    let (code, what, hint) = match error.kind() {
        // A name below a file cannot be there either.
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            (FileMissing, "does not exist", "check the spelling and the folder that it is relative to")
        }
        _ if is_escape(error) => (
            FileOutside,
            "leads out of the workspace through a link",
            "open the folder that the link leads to, or make it a relative link that stays inside",
        ),
        _ if is(error, Errno::LOOP) => {
            (FileOutside, "is a link that leads in a circle", "mend the link or remove it")
        }
        ErrorKind::PermissionDenied => {
            (FileUnreadable, "may not be opened by you", "check the permissions of the file and its folders")
        }
        ErrorKind::IsADirectory => (FileUnreadable, "is a folder", "name a file in it"),
        ErrorKind::InvalidFilename => {
            (FileUnreadable, "has a name that is too long", "give it a shorter name")
        }
        ErrorKind::ReadOnlyFilesystem => {
            (FileUnreadable, "is on a disk that can only be read", "mount the disk for writing")
        }
        _ if is(error, Errno::NXIO) => return not_a_file(path),
        _ => (FileUnreadable, "could not be read or written", "see whether other programs can open it"),
    };
    Fault::new(code, format!("`{path}` {what}")).hint(hint).inner(error)
}

/// The failure to write `path`.
pub(crate) fn writing(error: &Error, path: &str) -> Fault {
    match error.kind() {
        _ if is_disk_full(error) => disk_full(error, path),
        ErrorKind::NotADirectory => {
            let what = format!("`{path}` cannot be made, because a name on the way is a file");
            Fault::new(FaultCode::FileUnreadable, what).hint("choose another path").inner(error)
        }
        _ => reading(error, path),
    }
}

/// The failure to use one of Quillon's own files.
pub(crate) fn home(error: &Error, path: &Path) -> Fault {
    if is_disk_full(error) {
        return disk_full(error, "settings");
    }
    home_unusable("quillon's own folder cannot be used").inner(format!("{}: {error}", path.display()))
}

/// Quillon's own folder is of no use.
pub(crate) fn home_unusable(what: &str) -> Fault {
    Fault::new(FaultCode::HomeUnusable, what)
        .hint("make it readable and writable for you, or choose another place with `QUILLON_HOME`")
}

/// A pipe, socket or device.
pub(crate) fn not_a_file(path: &str) -> Fault {
    Fault::new(FaultCode::FileUnreadable, format!("`{path}` is a pipe, socket or device"))
        .hint("name a regular file")
}

/// More than the limit.
pub(crate) fn too_large(path: &str, bytes_max: u64) -> Fault {
    Fault::new(FaultCode::FileTooLarge, format!("`{path}` is larger than {bytes_max} bytes"))
        .hint("leave it out, or split it")
}

/// Something in `.git`.
pub(crate) fn belongs_to_git(path: &str) -> Fault {
    Fault::new(FaultCode::FileOutside, format!("`{path}` belongs to git, not to the workspace"))
        .hint("use git itself to change it")
}

/// Not what the caller had seen.
pub(crate) fn changed(path: &str) -> Fault {
    Fault::new(FaultCode::FileChanged, format!("`{path}` changed since it was read"))
        .hint("read it again before changing it")
}

/// Whether a path or link would lead out. The sandbox makes this error itself, so no number of the system is in it.
pub(crate) fn is_escape(error: &Error) -> bool {
    let made_here = error.raw_os_error().is_none() && error.kind() == ErrorKind::PermissionDenied;
    made_here || is(error, Errno::XDEV)
}

pub(crate) fn is(error: &Error, errno: Errno) -> bool {
    error.raw_os_error() == Some(errno.raw_os_error())
}

fn is_disk_full(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

fn disk_full(error: &Error, path: &str) -> Fault {
    Fault::new(FaultCode::DiskFull, format!("there is no room on the disk for `{path}`"))
        .hint("free some space; what was there before is unharmed")
        .inner(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(say: fn(&Error, &str) -> Fault, errno: Errno, expected: &str) {
        let fault = say(&Error::from(errno), "a");
        assert_eq!(fault.to_string(), expected);
        assert!(fault.hint.is_some() && fault.detail().is_some(), "{fault}");
    }

    #[test]
    fn every_error_has_its_words() {
        check(reading, Errno::NOENT, "`a` does not exist [file.missing]");
        check(reading, Errno::NOTDIR, "`a` does not exist [file.missing]");
        check(reading, Errno::LOOP, "`a` is a link that leads in a circle [file.outside_workspace]");
        check(reading, Errno::XDEV, "`a` leads out of the workspace through a link [file.outside_workspace]");
        check(reading, Errno::ACCESS, "`a` may not be opened by you [file.unreadable]");
        check(reading, Errno::PERM, "`a` may not be opened by you [file.unreadable]");
        check(reading, Errno::ISDIR, "`a` is a folder [file.unreadable]");
        check(reading, Errno::NAMETOOLONG, "`a` has a name that is too long [file.unreadable]");
        check(reading, Errno::IO, "`a` could not be read or written [file.unreadable]");
        check(writing, Errno::ROFS, "`a` is on a disk that can only be read [file.unreadable]");
        check(writing, Errno::NOSPC, "there is no room on the disk for `a` [disk.full]");
        check(writing, Errno::DQUOT, "there is no room on the disk for `a` [disk.full]");
        check(writing, Errno::FBIG, "there is no room on the disk for `a` [disk.full]");
        let below_a_file = "`a` cannot be made, because a name on the way is a file [file.unreadable]";
        check(writing, Errno::NOTDIR, below_a_file);
        let home = |error: &Error, path: &str| home(error, Path::new(path));
        check(home, Errno::NOSPC, "there is no room on the disk for `settings` [disk.full]");
        for errno in [Errno::NOENT, Errno::NOTDIR, Errno::ACCESS, Errno::ROFS, Errno::IO] {
            check(home, errno, "quillon's own folder cannot be used [home.unusable]");
        }
        assert!(home(&Error::from(Errno::ROFS), "a").hint.unwrap().contains("`QUILLON_HOME`"));
    }
}
