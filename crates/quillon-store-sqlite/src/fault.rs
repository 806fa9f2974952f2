//! What SQLite says, in the codes of the port.

use std::path::Path;

use quillon_base::{Fault, FaultCode};

const UNAVAILABLE_HINT: &str =
    "make its folder readable and writable for you, or choose another place with `QUILLON_HOME`";

/// A failure of the database at `path`.
pub(crate) fn of(error: &sqlx::Error, path: &Path) -> Fault {
    let fault = match code(error) {
        Some(FaultCode::DiskFull) => disk_full(),
        Some(FaultCode::Locked) => Fault::new(FaultCode::Locked, "another process is using the store")
            .hint("try again when it is done"),
        Some(FaultCode::StoreCorrupt) => corrupt("the store is damaged", path),
        _ => unavailable(),
    };
    fault.inner(format!("{}: {error}", path.display()))
}

/// The store is not what was written. Says what was done about it: nothing.
pub(crate) fn corrupt(message: impl Into<String>, path: &Path) -> Fault {
    let path = path.display();
    Fault::new(FaultCode::StoreCorrupt, message).hint(format!(
        "nothing was deleted: restore `{path}` from a copy, or move it away to begin with an empty store"
    ))
}

/// The store cannot be opened or written.
pub(crate) fn unavailable() -> Fault {
    Fault::new(FaultCode::StoreUnavailable, "the store cannot be opened or written").hint(UNAVAILABLE_HINT)
}

/// There is no room.
pub(crate) fn disk_full() -> Fault {
    Fault::new(FaultCode::DiskFull, "the disk is full").hint("free some space")
}

/// Which code a failure has; `None` for what is only unavailable.
fn code(error: &sqlx::Error) -> Option<FaultCode> {
    match error {
        sqlx::Error::Database(error) => {
            error.code().and_then(|code| code.parse().ok()).and_then(code_of_sqlite)
        }
        // What SQLite gave back does not have the types that were written.
        sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            Some(FaultCode::StoreCorrupt)
        }
        _ => None,
    }
}

/// By SQLite's extended result code (<https://sqlite.org/rescode.html>), whose low byte is the primary one.
fn code_of_sqlite(extended: i32) -> Option<FaultCode> {
    const IOERR_SHORT_READ: i32 = 522;
    const IOERR_SHMSIZE: i32 = 4_874;
    const IOERR_DATA: i32 = 8_202;
    const IOERR_CORRUPTFS: i32 = 8_458;
    match extended {
        // The shared index could not be made larger, which takes room and nothing else.
        IOERR_SHMSIZE => return Some(FaultCode::DiskFull),
        IOERR_SHORT_READ | IOERR_DATA | IOERR_CORRUPTFS => return Some(FaultCode::StoreCorrupt),
        _ => {}
    }
    const ERROR: i32 = 1;
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CONSTRAINT: i32 = 19;
    const MISMATCH: i32 = 20;
    const FORMAT: i32 = 24;
    const NOT_A_DATABASE: i32 = 26;
    match extended & 0xff {
        BUSY | LOCKED => Some(FaultCode::Locked),
        FULL => Some(FaultCode::DiskFull),
        // Our statements are fixed and fit the schema; where they do not, the schema is not the one that we made.
        ERROR | CONSTRAINT | CORRUPT | FORMAT | MISMATCH | NOT_A_DATABASE => Some(FaultCode::StoreCorrupt),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        let check = |extended, expected| assert_eq!(code_of_sqlite(extended), expected, "{extended}");
        check(5, Some(FaultCode::Locked));
        check(261, Some(FaultCode::Locked));
        check(13, Some(FaultCode::DiskFull));
        check(4_874, Some(FaultCode::DiskFull));
        check(11, Some(FaultCode::StoreCorrupt));
        check(779, Some(FaultCode::StoreCorrupt));
        check(26, Some(FaultCode::StoreCorrupt));
        check(522, Some(FaultCode::StoreCorrupt));
        check(14, None);
        check(8, None);
        check(778, None);
        check(10, None);
    }
}
