//! When the ledger cannot be written, nothing starts, and the asker is told.

use quillon_base::FaultCode;
use quillon_contract::event::Outcome;
use quillon_testkit::Kit;

use crate::chat;
use crate::support::{DONE, question};

#[tokio::test]
async fn a_full_disk_stops_everything_before_it_is_done() {
    let travel = Kit::new()
        .with(chat!(|passage| {
            passage.read_file("a.rs").await?;
            passage.text("read").await?;
            DONE
        }))
        .with_file("a.rs", "x")
        .start()
        .await;
    let touched = travel.host.touched().len();
    travel.layer.fail_after(0);
    let (_, stream) = travel.begin(question("hi")).await.unwrap();
    let trail = travel.finish(stream, travel.entries().len()).await;
    let Outcome::Failed { fault } = &trail.end.outcome else { panic!("{:?}", trail.end) };
    assert_eq!(fault.code, FaultCode::AuditUnavailable);
    assert!(trail.text().is_empty() && trail.end.record.is_none());
    assert_eq!(travel.host.touched().len(), touched, "a file was read without a record");

    let again = travel.begin(question("again")).await.err().map(|fault| fault.code);
    assert_eq!(again, Some(FaultCode::AuditUnavailable), "the log stays stopped");
}

#[tokio::test]
async fn an_end_that_cannot_be_recorded_is_never_a_success() {
    let travel = Kit::new()
        .with(chat!(|passage| {
            passage.text("said").await?;
            DONE
        }))
        .start()
        .await;
    travel.layer.fail_after(1);
    let (_, stream) = travel.begin(question("hi")).await.unwrap();
    let trail = travel.finish(stream, 0).await;
    assert_eq!(trail.text(), "said");
    assert!(
        matches!(&trail.end.outcome, Outcome::Failed { fault } if fault.code == FaultCode::AuditUnavailable)
    );
}

#[tokio::test]
async fn what_a_crash_left_open_is_closed_by_the_next_start() {
    let waiting = chat!(|passage| {
        passage.text("waiting").await?;
        std::future::pending::<()>().await;
        DONE
    });
    let travel = Kit::new().with(waiting).start().await;
    let (_, mut stream) = travel.begin(question("hi")).await.unwrap();
    futures::StreamExt::next(&mut stream).await;
    // The first process is gone with all that it held.
    let remains = travel.remains().crashed();
    std::mem::forget((travel, stream));
    let next = Kit::new().on(remains).start().await;
    next.ask(question("hello")).await;
    let entries = next.entries();
    assert!(
        entries.iter().any(|entry| matches!(entry, quillon_audit::Entry::Interrupted { .. })),
        "{entries:?}"
    );
}
