//! What waits for the disk and what does not.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use quillon_contract::Event;
use quillon_testkit::{Kit, Reply};

use crate::chat;
use crate::support::{DONE, question};

/// Long enough for what does not wait for the disk.
const A_WHILE: Duration = Duration::from_millis(60);

#[tokio::test]
async fn no_answer_byte_before_the_opening_is_durable() {
    let travel = Kit::new()
        .with(chat!(|passage| {
            passage.text("hello").await?;
            DONE
        }))
        .start()
        .await;
    travel.layer.hold_syncs(true);
    let (_, mut stream) = travel.begin(question("hi")).await.unwrap();
    tokio::time::sleep(A_WHILE).await;
    assert!(stream.next().now_or_never().is_none(), "a byte came before its record");
    travel.layer.hold_syncs(false);
    assert_eq!(stream.next().await, Some(Event::Text { text: "hello".into() }));
}

#[tokio::test]
async fn a_model_is_asked_while_the_opening_is_being_written() {
    let travel = Kit::new()
        .with(chat!(|passage| {
            let mut answer = passage.ask_model(crate::effects::model_request("explain")).await?;
            answer.next().await?;
            drop(answer);
            DONE
        }))
        .with_model([Reply::text("x")])
        .start()
        .await;
    travel.layer.hold_syncs(true);
    let (_, stream) = travel.begin(question("hi")).await.unwrap();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(travel.requests.as_ref().unwrap().all().len(), 1, "the flush overlaps with the model");
    travel.layer.hold_syncs(false);
    travel.finish(stream, 0).await;
}

#[tokio::test]
async fn an_effect_waits_for_its_own_record() {
    let travel = Kit::new()
        .with(chat!(|passage| {
            passage.read_file("a.rs").await?;
            DONE
        }))
        .with_file("a.rs", "x")
        .start()
        .await;
    let touched = travel.host.touched().len();
    travel.layer.hold_syncs(true);
    let (_, stream) = travel.begin(question("hi")).await.unwrap();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(travel.host.touched().len(), touched, "a file was read before its record");
    travel.layer.hold_syncs(false);
    travel.finish(stream, 0).await;
    assert_eq!(travel.host.touched().len(), touched + 1);
}

#[tokio::test]
async fn no_end_before_the_closing_is_durable() {
    let travel = Kit::new()
        .with(chat!(|passage| {
            passage.text("last words").await?;
            tokio::time::sleep(A_WHILE / 2).await;
            DONE
        }))
        .start()
        .await;
    let (_, mut stream) = travel.begin(question("hi")).await.unwrap();
    assert!(matches!(stream.next().await, Some(Event::Text { .. })));
    travel.layer.hold_syncs(true);
    let mut heard = Vec::new();
    let listening = async {
        while let Some(event) = stream.next().await {
            heard.push(event);
        }
    };
    assert!(tokio::time::timeout(2 * A_WHILE, listening).await.is_err(), "it ended before its record");
    assert!(!heard.iter().any(|event| matches!(event, Event::End(_))), "{heard:?}");
    travel.layer.hold_syncs(false);
    let rest: Vec<_> = stream.collect().await;
    assert!(matches!(rest.last(), Some(Event::End(end)) if end.record.is_some()));
}

#[tokio::test]
async fn an_ask_with_one_effect_takes_two_flushes() {
    let travel = Kit::new()
        .with(chat!(|passage| {
            passage.read_file("a.rs").await?;
            passage.text("done").await?;
            DONE
        }))
        .with_file("a.rs", "x")
        .start()
        .await;
    let mut fewest = u64::MAX;
    for _ in 0..500 {
        if fewest == 2 {
            break;
        }
        let before = travel.road.log_counters().flushes;
        travel.ask(question("hi")).await;
        fewest = fewest.min(travel.road.log_counters().flushes - before);
    }
    // On a busy machine the pause in which records gather may pass between opening and effect; never each time.
    assert_eq!(fewest, 2);
}
