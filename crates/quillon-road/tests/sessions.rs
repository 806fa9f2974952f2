//! Sessions: opening, refusing, questions, repeated requests.

use futures::StreamExt;
use quillon_audit::Entry;
use quillon_base::FaultCode;
use quillon_contract::event::Expected;
use quillon_contract::{Answer, CONTRACT_VERSION, Event, Gateway, Hello, Query, Request, Surface};
use quillon_testkit::Kit;

use crate::chat;
use crate::support::{DONE, question};

pub(crate) fn hello() -> Hello {
    Hello {
        contract: CONTRACT_VERSION,
        surface: Surface::Http,
        client: "test".into(),
        workspace: None,
        token: None,
    }
}

#[tokio::test]
async fn a_made_up_token_opens_nothing_and_is_recorded() {
    let travel = Kit::new().start().await;
    let fault = travel.road.open(Hello { token: Some("made up".into()), ..hello() }).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::IdentityUnknown);
    let last = travel.entries().pop();
    assert!(
        matches!(last, Some(Entry::SessionRefused { fault: FaultCode::IdentityUnknown, .. })),
        "{last:?}"
    );
    assert!(!format!("{last:?}").contains("made up"));
}

#[tokio::test]
async fn another_contract_and_a_missing_folder_are_refused() {
    let travel = Kit::new().start().await;
    let fault = travel.road.open(Hello { contract: 99, ..hello() }).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::InputInvalid);
    let workspace = Some(quillon_contract::WorkspaceRef { folder: "/nowhere".into() });
    let fault = travel.road.open(Hello { workspace, ..hello() }).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::WorkspaceMissing);
}

#[tokio::test]
async fn a_question_waits_for_an_answer_of_its_kind() {
    let asking = chat!(|passage| {
        let options = vec!["left".to_owned(), "right".to_owned()];
        match passage.question("which way?", Expected::Choice { options }).await? {
            Answer::Choose { option } => passage.text(format!("option {option}")).await?,
            other => panic!("{other:?}"),
        }
        DONE
    });
    let travel = Kit::new().with(asking).start().await;
    let (_, mut stream) = travel.begin(question("hi")).await.unwrap();
    let Some(Event::Question(asked)) = stream.next().await else { panic!("no question") };
    let road = &travel.road;
    assert!(road.answer(travel.session, asked.id, Answer::Choose { option: 2 }).await.is_err());
    assert!(road.answer(travel.session, asked.id, Answer::Approve).await.is_err());
    road.answer(travel.session, asked.id, Answer::Choose { option: 1 }).await.unwrap();
    assert!(road.answer(travel.session, asked.id, Answer::Choose { option: 1 }).await.is_err(), "once");
    let trail = travel.finish(stream, 0).await;
    assert_eq!(trail.text(), "option 1");
}

#[tokio::test]
async fn a_request_with_the_same_key_is_done_once() {
    let travel = Kit::new().with(chat!(|passage| DONE)).start().await;
    let request = || Request { idempotency_key: Some("k".into()), ..Request::from(question("hi")) };
    let trail = travel.ask(request()).await;
    assert!(trail.fault().is_none());
    let fault = travel.begin(request()).await.err().unwrap();
    assert_eq!(fault.code, FaultCode::InputInvalid);
    assert!(fault.message.contains("ask_"), "{fault}");
}

#[tokio::test]
async fn a_picker_is_decided_and_recorded_and_costs_nothing() {
    let travel = Kit::new().with(chat!(|passage| DONE)).with_workspace().start().await;
    let before = travel.entries().len();
    let fault = travel.road.query(travel.session, Query::Files { prefix: String::new() }).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::CapabilityUnavailable);
    let entries = travel.entries().split_off(before);
    assert!(matches!(&entries[0], Entry::Opened(opening) if opening.verb == "query:files"), "{entries:?}");
    assert!(matches!(&entries[1], Entry::Closed { closing, .. } if closing.spent.amount == 0), "{entries:?}");
}
