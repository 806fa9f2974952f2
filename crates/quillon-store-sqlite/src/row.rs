//! Records as rows, and the statements that they travel by.

use quillon_base::{DATA_CLASSES, DataClass, RecordId, Timestamp};
use quillon_store::{Page, Record, Sealed};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite};

macro_rules! read {
    () => {
        "SELECT class, id, subject, grouping, created, expires, checksum, body FROM records"
    };
}

/// What is read of a record, in the order in which [`record_of`] takes it.
pub(crate) const READ: &str = read!();

const WRITE: &str = "INSERT INTO records (class, id, subject, grouping, created, expires, checksum, body) \
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
                     ON CONFLICT (class, id) DO UPDATE SET subject = excluded.subject, grouping = excluded.grouping, \
                     created = excluded.created, expires = excluded.expires, checksum = excluded.checksum, \
                     body = excluded.body";

/// The statement that writes a record.
pub(crate) fn write(record: Record) -> Query<'static, Sqlite, SqliteArguments> {
    let checksum = checksum(&record);
    sqlx::query(WRITE)
        .bind(record.class.name())
        .bind(record.id.to_string())
        .bind(record.subject.as_str().to_owned())
        .bind(record.group)
        .bind(record.created.0)
        .bind(record.expires.map(|end| end.0))
        .bind(i64::from(checksum))
        .bind(record.body.into_bytes())
}

/// The statement that reads a record.
pub(crate) fn get(class: DataClass, id: RecordId) -> Query<'static, Sqlite, SqliteArguments> {
    sqlx::query(concat!(read!(), " WHERE class = ? AND id = ?")).bind(class.name()).bind(id.to_string())
}

/// The statement that removes a record.
pub(crate) fn delete(class: DataClass, id: RecordId) -> Query<'static, Sqlite, SqliteArguments> {
    sqlx::query("DELETE FROM records WHERE class = ? AND id = ?").bind(class.name()).bind(id.to_string())
}

/// The statement that removes up to `count` records that expire at `now` or before.
pub(crate) fn purge(now: Timestamp, count: u32) -> Query<'static, Sqlite, SqliteArguments> {
    let purge = "DELETE FROM records WHERE rowid IN \
                 (SELECT rowid FROM records WHERE expires <= ? ORDER BY expires LIMIT ?)";
    sqlx::query(purge).bind(now.0).bind(count)
}

/// The statement that lists a page.
pub(crate) fn list(page: &Page) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(READ);
    query.push(" WHERE class = ").push_bind(page.class.name());
    if let Some(subject) = &page.subject {
        query.push(" AND subject = ").push_bind(subject.as_str().to_owned());
    }
    if let Some(group) = &page.group {
        query.push(" AND grouping = ").push_bind(group.clone());
    }
    if let Some((created, id)) = page.after {
        let beyond = if page.newest_first { " < (" } else { " > (" };
        query.push(" AND (created, id)").push(beyond).push_bind(created.0);
        query.push(", ").push_bind(id.to_string()).push(")");
    }
    let order = if page.newest_first { "DESC" } else { "ASC" };
    query.push(format_args!(" ORDER BY created {order}, id {order} LIMIT ")).push_bind(page.limit);
    query
}

/// The record in a row of [`READ`]; `None` when it is not the one that was written.
pub(crate) fn record_of(row: &SqliteRow) -> Option<Record> {
    let class: &str = row.try_get(0).ok()?;
    let checksum_written: i64 = row.try_get(6).ok()?;
    let record = Record {
        class: class_of(class)?,
        id: row.try_get::<&str, _>(1).ok()?.parse().ok()?,
        subject: row.try_get::<&str, _>(2).ok()?.parse().ok()?,
        group: row.try_get(3).ok()?,
        created: Timestamp(row.try_get(4).ok()?),
        expires: row.try_get::<Option<i64>, _>(5).ok()?.map(Timestamp),
        body: Sealed::new(row.try_get(7).ok()?).ok()?,
    };
    (i64::from(checksum(&record)) == checksum_written).then_some(record)
}

fn class_of(name: &str) -> Option<DataClass> {
    DATA_CLASSES.iter().find(|row| row.name == name).map(|row| row.class)
}

/// CRC-32C over every part after its length. It finds accidents; the seal finds tampering.
fn checksum(record: &Record) -> u32 {
    let id = record.id.to_string();
    let created = record.created.0.to_be_bytes();
    let expires = record.expires.map(|end| end.0.to_be_bytes());
    let parts: [&[u8]; 7] = [
        record.class.name().as_bytes(),
        id.as_bytes(),
        record.subject.as_str().as_bytes(),
        record.group.as_bytes(),
        &created,
        expires.as_ref().map_or(&[], |end| end.as_slice()),
        record.body.as_bytes(),
    ];
    parts.iter().fold(0, |sum, part| {
        let length = (part.len() as u64).to_be_bytes();
        crc32c::crc32c_append(crc32c::crc32c_append(sum, &length), part)
    })
}

#[cfg(test)]
mod tests {
    use quillon_base::{PrincipalId, Region};
    use quillon_store::conformance::record;
    use sqlx::Execute as _;

    use super::*;
    use crate::connect;
    use crate::schema::MIGRATIONS;

    /// Every page that can be asked for.
    fn pages() -> impl Iterator<Item = Page> {
        (0..16).map(|bits: u32| Page {
            class: DataClass::Report,
            subject: (bits & 1 != 0).then(|| PrincipalId::new("ada").unwrap()),
            group: (bits & 2 != 0).then(|| "g".to_owned()),
            newest_first: bits & 4 != 0,
            after: (bits & 8 != 0).then(|| (record(1).created, record(1).id)),
            limit: 10,
        })
    }

    #[tokio::test]
    async fn no_statement_sorts_or_reads_everything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device.db");
        let mut connection = connect::open(&path, &Region::device(), MIGRATIONS).await.unwrap();
        let mut statements: Vec<String> =
            pages().map(|page| list(&page).build().sql().as_str().to_owned()).collect();
        statements.push(get(record(1).class, record(1).id).sql().as_str().to_owned());
        statements.push(delete(record(1).class, record(1).id).sql().as_str().to_owned());
        statements.push(purge(Timestamp(0), 1).sql().as_str().to_owned());
        for statement in statements {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(explain).fetch_all(&mut connection).await.unwrap();
            let steps: Vec<_> = plan.iter().map(|step| step.3.as_str()).collect();
            let is_slow = |step: &&str| step.starts_with("SCAN") || step.contains("TEMP B-TREE");
            assert!(!steps.is_empty() && !steps.iter().any(is_slow), "{statement}: {steps:?}");
        }
    }

    #[test]
    fn the_checksum_tells_every_part() {
        let one = record(1);
        let others = [
            Record { class: DataClass::Report, ..one.clone() },
            Record { id: record(2).id, ..one.clone() },
            Record { subject: PrincipalId::new("bob").unwrap(), ..one.clone() },
            Record { group: "group-2".to_owned(), ..one.clone() },
            Record { created: Timestamp(0), ..one.clone() },
            Record { expires: None, ..one.clone() },
            Record { expires: Some(one.created), ..one.clone() },
            Record { body: record(2).body, ..one.clone() },
        ];
        for other in others {
            assert_ne!(checksum(&one), checksum(&other), "{other:?}");
        }
    }
}
