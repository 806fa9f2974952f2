//! Cancellation at any await leaves closed records, the effects' before the ask's.

use std::task::{Context, Poll};

use futures::{Stream, StreamExt};
use quillon_audit::Entry;
use quillon_contract::event::Outcome;
use quillon_contract::{Event, Gateway};
use quillon_testkit::{Kit, Reply, Travel};

use crate::chat;
use crate::support::{DONE, Told, question};

/// Does a bit of everything, so that there are many awaits to stop at.
fn busy() -> Told {
    chat!(|passage| {
        passage.text("reading").await?;
        let tree = passage.read_tree(None).await?;
        passage.text(format!("{} files", tree.files.len())).await?;
        passage.read_file("a.rs").await?;
        let mut answer = passage.ask_model(crate::effects::model_request("explain")).await?;
        while let Some(event) = answer.next().await? {
            if let quillon_model::ModelEvent::Text { text } = event {
                passage.text(text).await?;
            }
        }
        drop(answer);
        passage.keep("group", &"kept").await?;
        DONE
    })
}

async fn busy_travel() -> Travel {
    Kit::new()
        .with(busy())
        .with_file("a.rs", "fn a() {}")
        .with_file("b/c.rs", "fn c() {}")
        .with_model([Reply::text("one two three four")])
        .start()
        .await
}

/// Every id that an entry opened is closed, and an ask after its effects.
fn assert_all_closed(entries: &[Entry], context: &str) {
    let mut open: Vec<String> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Opened(opening) => open.push(opening.ask.to_string()),
            Entry::EffectOpened(effect) if effect.decided.allowed => open.push(effect.effect.to_string()),
            Entry::EffectClosed { effect, .. } => open.retain(|id| *id != effect.to_string()),
            Entry::Closed { ask, .. } => {
                assert_eq!(open, [ask.to_string()], "{context}: an ask closes last");
                open.clear();
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "{context}: {open:?} stayed open");
}

/// Waits until the ask's closing is there; the work closes its record by itself.
async fn closed(travel: &Travel) -> Vec<Entry> {
    for _ in 0..2_000 {
        let entries = travel.entries();
        if entries.iter().any(|entry| matches!(entry, Entry::Closed { .. })) {
            return entries;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("the record was never closed: {:?}", travel.entries());
}

#[tokio::test]
async fn an_asker_who_hangs_up_after_any_event_leaves_a_closed_record() {
    let whole = busy_travel().await.ask(question("hi")).await.events.len();
    assert!(whole > 5);
    for heard in 0..=whole {
        let travel = busy_travel().await;
        let (_, mut stream) = travel.begin(question("hi")).await.unwrap();
        for _ in 0..heard {
            stream.next().await;
        }
        drop(stream);
        assert_all_closed(&closed(&travel).await, &format!("hung up after {heard} events"));
        // The model may not have been asked; its script is not what is tested here.
        std::mem::forget(travel);
    }
}

#[tokio::test]
async fn an_asker_who_hangs_up_at_any_poll_leaves_a_closed_record() {
    for polls in 0..60 {
        let travel = busy_travel().await;
        let (_, mut stream) = travel.begin(question("hi")).await.unwrap();
        for _ in 0..polls {
            let polled = std::future::poll_fn(|context: &mut Context<'_>| {
                Poll::Ready(std::pin::Pin::new(&mut stream).poll_next(context))
            })
            .await;
            if matches!(polled, Poll::Ready(None)) {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(stream);
        assert_all_closed(&closed(&travel).await, &format!("hung up after {polls} polls"));
        std::mem::forget(travel);
    }
}

#[tokio::test]
async fn a_cancelled_ask_ends_with_cancelled_once_that_is_recorded() {
    let (reply, gate) = Reply::text("one two").gated();
    let travel = Kit::new().with(busy()).with_file("a.rs", "x").with_model([reply]).start().await;
    let before = travel.entries().len();
    gate.open();
    let (ask, mut stream) = travel.begin(question("hi")).await.unwrap();
    while let Some(event) = stream.next().await {
        if matches!(&event, Event::Text { text } if text == "one ") {
            break;
        }
    }
    travel.road.cancel(travel.session, ask);
    let trail = travel.finish(stream, before).await;
    assert_eq!(trail.end.outcome, Outcome::Cancelled);
    assert_eq!(trail.shape().last().map(String::as_str), Some("closed cancelled"));
    assert_all_closed(&trail.entries, "cancelled");
}

#[tokio::test]
async fn closing_the_session_stops_what_is_under_way() {
    let waiting = chat!(|passage| {
        passage.text("waiting").await?;
        std::future::pending::<()>().await;
        DONE
    });
    let travel = Kit::new().with(waiting).start().await;
    let before = travel.entries().len();
    let (_, mut stream) = travel.begin(question("hi")).await.unwrap();
    stream.next().await;
    travel.road.notify(travel.session, quillon_contract::Notification::SessionClosed);
    let trail = travel.finish(stream, before).await;
    assert_eq!(trail.end.outcome, Outcome::Cancelled);
    assert!(travel.begin(question("again")).await.is_err(), "the session is closed");
}
