//! Connections: how SQLite is set up, and how a store comes to be.

use std::path::Path;
use std::time::Duration;

use quillon_base::{Fault, Region};
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, raw_sql};

use crate::fault::{of, unavailable};
use crate::file::{NewFile, is_there};
use crate::schema;

/// How long a statement waits for another process before it gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How many rows SQLite may be ahead of the reader; each may be a record of the largest size.
const ROWS_AHEAD_MAX: usize = 2;

/// The log's length, in bytes, that a checkpoint leaves behind; a large record makes it longer for a while.
const LOG_BYTES_KEPT: u32 = 1024 * 1024;

/// A connection to the store at `path`, which is made where it is missing.
pub(crate) async fn open(
    path: &Path,
    region: &Region,
    migrations: &[&'static str],
) -> Result<SqliteConnection, Fault> {
    if !is_there(path)? {
        make(path, region, migrations).await?;
    }
    let mut connection = options(path)?.connect().await.map_err(|error| of(&error, path))?;
    schema::check(&mut connection, path, region, migrations).await?;
    Ok(connection)
}

/// Makes a whole store under a passing name and puts it in its place, so that no process ever sees the half of one and
/// none has to wait for another's.
async fn make(path: &Path, region: &Region, migrations: &[&'static str]) -> Result<(), Fault> {
    let new = NewFile::beside(path)?;
    // Nobody sees this file before it is whole, so it needs no journal, and one flush at the end is enough.
    let options = options(new.path())?
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Memory)
        .synchronous(SqliteSynchronous::Off);
    let written = async {
        let mut connection = options.connect().await?;
        schema::write_new(&mut connection, region, migrations).await?;
        // Last, because closing a connection says nothing about a log that did not fit into the file. The mode is kept
        // in the file.
        raw_sql("PRAGMA journal_mode = WAL").execute(&mut connection).await?;
        connection.close().await
    };
    written.await.map_err(|error| of(&error, path))?;
    new.put_in_place(path)
}

/// Moves what the log holds into the file and empties the log, so that what was deleted is in neither. While another
/// process reads, it is left for later: the next time, or when the last connection closes.
pub(crate) async fn empty_the_log(path: &Path) {
    let Ok(options) = options(path) else { return };
    // A connection of its own, because this one must not wait and all others must.
    if let Ok(mut connection) = options.busy_timeout(Duration::ZERO).connect().await {
        let _ = raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await;
        let _ = connection.close().await;
    }
}

fn options(path: &Path) -> Result<SqliteConnectOptions, Fault> {
    if path.to_str().is_none() {
        return Err(unavailable()
            .hint("choose a place whose name is valid UTF-8 with `QUILLON_HOME`")
            .inner(path.display()));
    }
    // SQLite takes some relative names for something else: `file:x`, `:memory:`.
    let path = if path.is_relative() { Path::new(".").join(path) } else { path.to_owned() };
    Ok(SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(PATIENCE)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("journal_size_limit", LOG_BYTES_KEPT.to_string())
        .row_buffer_size(ROWS_AHEAD_MAX)
        // The log of the process is for the operator, and statements name subjects.
        .disable_statement_logging())
}
