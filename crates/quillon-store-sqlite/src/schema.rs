//! The schema: what a new store is made with, how an older one is brought up, what is refused.
//!
//! The header of the file says whose it is (`application_id`) and how many migrations it has seen (`user_version`), so
//! that opening reads one page and one row.

use std::path::Path;

use quillon_base::{Fault, Region};
use sqlx::{Connection as _, SqliteConnection, raw_sql};

use crate::fault::{corrupt, of};

/// `QSDB`: the file is ours.
const APPLICATION_ID: i64 = 0x5153_4442;

/// Each takes the schema one version further; the version is how many were applied. They are never changed once they
/// were released.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_records.sql")];

/// Makes an empty database a store of `region`.
pub(crate) async fn write_new(
    connection: &mut SqliteConnection,
    region: &Region,
    migrations: &[&'static str],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    set_header(&mut transaction, "application_id", APPLICATION_ID).await?;
    apply(&mut transaction, 0, migrations).await?;
    let name = sqlx::query("INSERT INTO region (name) VALUES (?)").bind(region.as_str());
    name.execute(&mut *transaction).await?;
    transaction.commit().await
}

/// Checks that the database at `path` is a store of `region`, and brings it up to the last of `migrations`.
pub(crate) async fn check(
    connection: &mut SqliteConnection,
    path: &Path,
    region: &Region,
    migrations: &[&'static str],
) -> Result<(), Fault> {
    let failed = |error: sqlx::Error| of(&error, path);
    let (application, version) = header(connection).await.map_err(failed)?;
    if application != APPLICATION_ID {
        return Err(corrupt("the store's file is not one that quillon made", path));
    }
    if version > migrations.len() as i64 {
        return Err(corrupt("the store is from a newer version of quillon", path)
            .hint("nothing was changed: update quillon, or choose another place with `QUILLON_HOME`"));
    }
    if version < 1 {
        return Err(corrupt("the store's file does not say which version it is of", path));
    }
    if version < migrations.len() as i64 {
        bring_up(connection, migrations).await.map_err(failed)?;
    }
    let held: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM region LIMIT 2").fetch_all(connection).await.map_err(failed)?;
    match held.as_slice() {
        [(held,)] if held == region.as_str() => Ok(()),
        [(held,)] => Err(corrupt(format!("the store holds region `{held}`, not `{region}`"), path)),
        _ => Err(corrupt("the store's file does not say which region it holds", path)),
    }
}

/// Whose file it is, and of which version.
async fn header(connection: &mut SqliteConnection) -> Result<(i64, i64), sqlx::Error> {
    let head = "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version";
    sqlx::query_as(head).fetch_one(connection).await
}

async fn bring_up(connection: &mut SqliteConnection, migrations: &[&'static str]) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Another process may have done it while this one waited for the lock.
    let (_, version) = header(&mut transaction).await?;
    apply(&mut transaction, usize::try_from(version).unwrap_or_default(), migrations).await?;
    transaction.commit().await
}

async fn apply(
    connection: &mut SqliteConnection,
    version: usize,
    migrations: &[&'static str],
) -> Result<(), sqlx::Error> {
    for migration in migrations.iter().skip(version) {
        raw_sql(*migration).execute(&mut *connection).await?;
    }
    let version = version.max(migrations.len());
    set_header(connection, "user_version", version as i64).await
}

/// Both are part of the transaction, as any other write. A pragma takes no bound values; these are a word and a number.
async fn set_header(connection: &mut SqliteConnection, field: &str, value: i64) -> Result<(), sqlx::Error> {
    let pragma = sqlx::AssertSqlSafe(format!("PRAGMA {field} = {value}"));
    raw_sql(pragma).execute(connection).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use quillon_base::FaultCode;
    use quillon_store::Store as _;
    use quillon_store::conformance::record;

    use super::*;
    use crate::{SqliteStore, connect};

    const LATER: &[&str] =
        &[MIGRATIONS[0], "ALTER TABLE records ADD COLUMN note TEXT; CREATE TABLE notes (note TEXT) STRICT;"];
    const BROKEN: &[&str] = &[MIGRATIONS[0], "CREATE TABLE half (x) STRICT; CREATE TABLE"];

    /// A store as this version leaves it, with a record.
    async fn store_of_this_version() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.db");
        let store = SqliteStore::open(&path, Region::device()).await.unwrap();
        store.put(record(1)).await.unwrap();
        store.close().await;
        (folder, path)
    }

    async fn tables(path: &Path, migrations: &[&'static str]) -> Result<Vec<String>, Fault> {
        let mut connection = connect::open(path, &Region::device(), migrations).await?;
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let names = sqlx::query_scalar(names).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Ok(names)
    }

    #[tokio::test]
    async fn an_older_store_is_brought_up_and_a_newer_one_refused() {
        let (_folder, path) = store_of_this_version().await;
        for _ in 0..2 {
            assert_eq!(tables(&path, LATER).await.unwrap(), ["notes", "records", "region"]);
        }
        let refused = tables(&path, MIGRATIONS).await.unwrap_err();
        assert_eq!(refused.code, FaultCode::StoreCorrupt);
        assert!(refused.message.contains("newer version"), "{refused}");
        let mut connection = connect::open(&path, &Region::device(), LATER).await.unwrap();
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM records").fetch_one(&mut connection).await.unwrap();
        assert_eq!(count, 1, "what it held is still there");
    }

    #[tokio::test]
    async fn a_new_store_sees_every_migration() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.db");
        assert_eq!(tables(&path, LATER).await.unwrap(), ["notes", "records", "region"]);
    }

    #[tokio::test]
    async fn two_that_bring_it_up_at_once_agree() {
        let (_folder, path) = store_of_this_version().await;
        let (one, two) = futures::join!(tables(&path, LATER), tables(&path, LATER));
        assert_eq!(one.unwrap(), two.unwrap());
    }

    #[tokio::test]
    async fn a_migration_that_fails_changes_nothing() {
        let (_folder, path) = store_of_this_version().await;
        assert!(tables(&path, BROKEN).await.is_err());
        assert_eq!(tables(&path, MIGRATIONS).await.unwrap(), ["records", "region"]);
    }
}
