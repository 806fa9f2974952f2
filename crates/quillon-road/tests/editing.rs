//! Editing sessions: a lease instead of a record for each keystroke; unsaved buffers before the disk.

use quillon_contract::ask::{AcceptAsk, SuggestAsk};
use quillon_contract::{Ask, Change, Gateway, Notification, Surface, Verb};
use quillon_testkit::Kit;

use crate::chat;
use crate::support::{DONE, Told, question};

fn suggest() -> SuggestAsk {
    match Verb::Suggest.manifest().smallest_ask() {
        Ask::Suggest(ask) => ask,
        _ => unreachable!(),
    }
}

fn suggesting() -> Told {
    Told::new(&[Verb::Suggest, Verb::Accept], |passage, _| {
        Box::pin(async move {
            passage.answered_by_embedded();
            DONE
        })
    })
}

#[tokio::test]
async fn an_editor_suggests_under_one_lease() {
    let travel = Kit::new().with(suggesting()).with_workspace().through(Surface::Lsp).start().await;
    let before = travel.road.log_counters().flushes;
    let mut shapes = travel.ask(suggest()).await.shape();
    for _ in 0..20 {
        travel.ask(suggest()).await;
    }
    assert_eq!(shapes.remove(0), "lease opened");
    assert!(travel.road.log_counters().flushes - before <= 3, "keystrokes wait for no disk");
    travel.ask(AcceptAsk { suggestion: "s".into(), accepted_characters: 3 }).await;
    let used = travel
        .entries()
        .iter()
        .filter(|entry| matches!(entry, quillon_audit::Entry::LeaseUsed { .. }))
        .count();
    assert_eq!(used, 22, "an accept makes all before it durable");
}

#[tokio::test]
async fn a_lease_ends_after_a_minute_and_a_new_one_begins() {
    let travel = Kit::new().with(suggesting()).with_workspace().through(Surface::Lsp).start().await;
    travel.ask(suggest()).await;
    travel.clock.advance(61_000);
    travel.ask(suggest()).await;
    travel.ask(AcceptAsk { suggestion: "s".into(), accepted_characters: 0 }).await;
    let opened = travel
        .entries()
        .iter()
        .filter(|entry| matches!(entry, quillon_audit::Entry::LeaseOpened { .. }))
        .count();
    assert_eq!(opened, 2);
}

#[tokio::test]
async fn on_the_command_line_there_is_no_lease() {
    let travel = Kit::new().with(suggesting()).with_workspace().start().await;
    assert_eq!(travel.ask(suggest()).await.shape(), ["opened suggest", "closed done"]);
}

#[tokio::test]
async fn an_open_buffer_counts_before_the_disk() {
    let reading = chat!(|passage| {
        let file = passage.read_file("a.rs").await?;
        passage.text(String::from_utf8_lossy(&file.bytes).into_owned()).await?;
        DONE
    });
    let travel = Kit::new().with(reading).with_file("a.rs", "disk").start().await;
    let notify = |notification| travel.road.notify(travel.session, notification);
    let path = || "a.rs".to_owned();
    notify(Notification::BufferOpened { path: path(), version: 1, text: "buffer".into() });
    assert_eq!(travel.ask(question("hi")).await.text(), "buffer");
    let changes = vec![Change { range: None, text: "changed".into() }];
    notify(Notification::BufferChanged { path: path(), version: 2, changes });
    assert_eq!(travel.ask(question("hi")).await.text(), "changed");
    notify(Notification::BufferClosed { path: path() });
    assert_eq!(travel.ask(question("hi")).await.text(), "disk");
}
