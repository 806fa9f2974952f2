//! Keys of providers: how many the vault keeps.

use futures::StreamExt;
use quillon_admin::Admin;
use quillon_base::FaultCode;
use quillon_contract::ask::{ModelKeyAct, ModelKeyReadAsk, ModelKeyWriteAsk};
use quillon_contract::event::Outcome;
use quillon_contract::{Answer, Event, Gateway};
use quillon_model::KEYS_MAX;
use quillon_testkit::{Kit, Travel};

/// Keeps a key; gives how that ended.
async fn set(travel: &Travel, name: String) -> Outcome {
    let ask = ModelKeyWriteAsk { act: ModelKeyAct::Set, name };
    let (_, mut stream) = travel.begin(ask).await.unwrap();
    while let Some(event) = stream.next().await {
        match event {
            Event::Question(question) => {
                let answer = Answer::Value { text: "hush-4711".into() };
                travel.road.answer(travel.session, question.id, answer).await.unwrap();
            }
            Event::End(end) => return end.outcome,
            _ => {}
        }
    }
    panic!("no end");
}

#[tokio::test]
async fn a_full_vault_takes_no_more_names_and_still_another_key_for_one() {
    let travel = Kit::new().with(Admin).start().await;
    for number in 0..KEYS_MAX {
        assert_eq!(set(&travel, format!("k{number}")).await, Outcome::Done);
    }
    assert_eq!(set(&travel, "k0".into()).await, Outcome::Done, "one that is kept can be replaced");
    match set(&travel, "one-more".into()).await {
        Outcome::Failed { fault } | Outcome::Refused { fault } => {
            assert_eq!(fault.code, FaultCode::InputInvalid)
        }
        other => panic!("{other:?}"),
    }
    let rows = travel.ask(ModelKeyReadAsk { name: None }).await.rows();
    assert_eq!(rows.len(), KEYS_MAX as usize);
}
