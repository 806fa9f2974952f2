//! What was redacted: it stays unknown to later turns, comes back whole and only inside the workspace, and never leaves.

use proptest::prelude::*;
use quillon_base::FaultCode;
use quillon_contract::ask::{ChatAsk, Resume};
use quillon_model::{ModelEvent, StopReason};
use quillon_testkit::{Kit, Reply, Travel, WORKSPACE};

use crate::support::{calls, kit, question, result_of, results, trusting};

const SECRET: &str = "AKIAIOSFODNN7EXAMPLE";
const READ: &str = r#"{"operations":[{"mode":"Line","path":"keys.env"}]}"#;

fn kit_with_secret() -> Kit {
    kit().with_file("keys.env", format!("KEY={SECRET}\n"))
}

/// What stands for the secret in the first ask of that kit: the same seed gives the same mark.
async fn placeholder() -> String {
    let travel =
        kit_with_secret().with_model([calls("", &[("1", "fs_read", READ)]), Reply::text("ok")]).start().await;
    travel.ask(trusting(&["*"], "go")).await;
    let text = result_of(&travel, 1);
    let place = text.find("[[").expect("a placeholder");
    text[place..place + text[place..].find("]]").expect("its end") + 2].to_owned()
}

fn key() -> String {
    let lines = ["aB3d", "eF6h", "iJ9l"].map(|letters| letters.repeat(16)).join("\n");
    format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n")
}

/// The middle of that key, which alone looks like nothing.
fn part() -> String {
    "eF6h".repeat(16)
}

fn sent(travel: &Travel, request: usize) -> String {
    serde_json::to_string(&travel.requests.as_ref().unwrap().all()[request].messages).unwrap()
}

fn again(prompt: &str) -> ChatAsk {
    ChatAsk { resume: Resume::Last, ..question(prompt) }
}

#[tokio::test]
async fn a_part_of_a_key_in_an_answer_is_said_to_the_person_and_to_no_later_turn() {
    let says = |text: String| Reply::text(&text);
    let lines = Some(quillon_base::LineRange { first: 3, last: 3 });
    let item = quillon_contract::ask::ContextItem::File { path: "key.txt".into(), lines };
    let travel = kit().with_file("key.txt", key()).with_model([says("x".into())]).start().await;
    travel.ask(crate::support::with("what is this?", [item.clone()])).await;
    let request = sent(&travel, 0);
    let place = request.find("[[").unwrap();
    let placeholder = &request[place..place + request[place..].find("]]").unwrap() + 2];
    // The model repeats what stands for it, so the person reads the part itself.
    let replies = [says(format!("Line 3 is {placeholder}.")), says("again".into())];
    let travel = kit().with_file("key.txt", key()).with_model(replies).start().await;
    let trail = travel.ask(crate::support::with("what is this?", [item])).await;
    assert!(trail.text().contains(&part()), "{}", trail.text());
    travel.ask(again("and now?")).await;
    let later = sent(&travel, 1);
    assert!(later.contains("Line 3 is [part of a secret].") && !later.contains("eF6heF6h"), "{later}");
}

#[tokio::test]
async fn a_question_and_a_plan_that_hold_a_part_are_cut_for_later_turns() {
    let plan = format!(r#"{{"command":"create","tasks":["rotate {}"]}}"#, part());
    let read = r#"{"operations":[{"mode":"Line","path":"key.txt","start_line":1,"end_line":1}]}"#;
    let look = calls("", &[("3", "todo_list", r#"{"command":"lookup"}"#)]);
    let replies = [
        calls("", &[("1", "fs_read", read), ("2", "todo_list", &plan)]),
        Reply::text("planned"),
        look,
        Reply::text("ok"),
    ];
    let travel = kit().with_file("key.txt", key()).with_model(replies).start().await;
    travel.ask(question(&format!("is {} in use?", part()))).await;
    travel.ask(again("and now?")).await;
    for request in [1, 2, 3] {
        assert!(!sent(&travel, request).contains("eF6heF6h"), "{request}: {}", sent(&travel, request));
    }
    assert!(result_of(&travel, 3).contains("rotate [part of a secret]"), "{}", result_of(&travel, 3));
}

#[tokio::test]
async fn what_the_embedded_engine_quotes_of_a_key_reaches_no_model() {
    let file = format!("# The retry limit of parcels\n\n{}", key());
    let travel = kit().with_file("docs/limit.md", file).with_model([Reply::text("ok")]).start().await;
    let embedded = ChatAsk {
        model: Some("embedded".into()),
        ..question("what does docs/limit.md say of the retry limit?")
    };
    travel.ask(embedded).await;
    travel.ask(again("and now?")).await;
    assert!(!sent(&travel, 0).contains("eF6heF6h"), "{}", sent(&travel, 0));
}

#[tokio::test]
async fn more_secrets_than_are_remembered_reach_nobody() {
    let letter = |number: usize, place: u32| {
        char::from(b'A' + u8::try_from(number / 26usize.pow(place) % 26).unwrap())
    };
    let key = |number: usize| (0..4).map(|place| letter(number, place)).collect::<String>();
    let keys: String = (0..4_200).map(|number| format!("AKIAQQQQQQQQQQQQ{}\n", key(number))).collect();
    let read = calls("", &[("1", "fs_read", READ), ("2", "execute_bash", r#"{"command":"ls"}"#)]);
    let travel = kit().with_file("keys.env", keys).with_model([read]).start().await;
    let trail = travel.ask(trusting(&["*"], "go")).await;
    let fault = trail.fault().unwrap();
    assert_eq!(fault.code, FaultCode::PolicyRefused);
    assert!(fault.message.contains("more than 4096 secrets") && fault.hint.is_some(), "{fault}");
    assert_eq!(travel.requests.as_ref().unwrap().all().len(), 1, "the second request is never sent");
    assert!(!travel.host.touched().iter().any(|line| line.starts_with("run ")), "nor does a command run");
    let refused = "effect refused quillon:InvokeModel".to_owned();
    assert!(trail.shape().contains(&refused), "{:?}", trail.shape());
}

#[tokio::test]
async fn half_a_placeholder_is_not_written_in_the_place_of_a_secret() {
    let placeholder = placeholder().await;
    let half = &placeholder[..placeholder.len() - 4];
    let write = |text: &str| format!(r#"{{"command":"create","path":"copy.env","file_text":"A={text}\n"}}"#);
    let (broken, whole) = (write(half), write(&placeholder));
    let replies = [
        calls("", &[("1", "fs_read", READ)]),
        calls("", &[("2", "fs_write", &broken)]),
        calls("", &[("3", "fs_write", &whole)]),
        Reply::text("ok"),
    ];
    let travel = kit_with_secret().with_model(replies).start().await;
    travel.ask(trusting(&["*"], "go")).await;
    assert!(result_of(&travel, 2).contains("stands for nothing"), "{}", result_of(&travel, 2));
    assert_eq!(travel.host.file(WORKSPACE, "copy.env"), Some(format!("A={SECRET}\n").into_bytes()));
}

#[tokio::test]
async fn personal_data_stays_here_as_well() {
    let travel = kit().with_model([Reply::text("ok")]).start().await;
    let trail = travel
        .ask(question("mail ada@analytical.org at +44 20 7946 0958 about GB82WEST12345698765432"))
        .await;
    assert!(trail.fault().is_none(), "{:?}", trail.end);
    let request = sent(&travel, 0);
    for part in ["analytical", "7946", "WEST"] {
        assert!(!request.contains(part), "{part}: {request}");
    }
    for shape in [":email_address:", ":phone_number:", ":iban:"] {
        assert!(request.contains(shape), "{shape}: {request}");
    }
}

/// A text as JSON may write it: as it is, or with every character as an escape.
fn written(text: &str, is_escaped: bool) -> String {
    match is_escaped {
        true => text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
        false => {
            let quoted = serde_json::to_string(text).unwrap();
            quoted[1..quoted.len() - 1].to_owned()
        }
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_command_gets_a_secret_however_it_is_written(
        before in "[a-zé\"'$\\\\ ]{0,12}", after in "[a-z日\"'|; ]{0,12}", with_secret: bool, is_escaped: bool, as_folder: bool,
    ) {
        run(async {
            let inside = if with_secret { SECRET.to_owned() } else { placeholder().await };
            let line = written(&format!("echo {before}{inside}{after}"), is_escaped);
            let call = match as_folder {
                true => format!(r#"{{"command":"ls","working_dir":"web/{}"}}"#, written(&inside, is_escaped)),
                false => format!(r#"{{"command":"{line}"}}"#),
            };
            let replies = [
                calls("", &[("1", "fs_read", READ)]),
                calls("", &[("2", "execute_bash", &call)]),
                Reply::text("ok"),
            ];
            let travel = kit_with_secret().with_planted(SECRET).with_model(replies).start().await;
            let trail = travel.ask(trusting(&["*"], "go")).await;
            assert!(trail.fault().is_none(), "{:?}", trail.end);
            assert!(results(&travel, 2)[0].1, "{:?}", results(&travel, 2));
            let ran: Vec<_> = travel.host.touched().into_iter().filter(|line| line.starts_with("run ")).collect();
            assert!(ran.is_empty(), "{ran:?}");
            assert!(!serde_json::to_string(&trail.entries).unwrap().contains(SECRET), "the record holds no secret");
        });
    }

    #[test]
    fn a_file_gets_the_secret_back_however_it_is_written(
        before in "[a-zé\"\\\\\n ]{0,12}", after in "[a-z日\"' ]{0,12}", is_escaped: bool,
    ) {
        run(async {
            let placeholder = placeholder().await;
            let text = written(&format!("{before}{placeholder}{after}"), is_escaped);
            let write = format!(r#"{{"command":"create","path":"copy.env","file_text":"{text}"}}"#);
            let replies = [
                calls("", &[("1", "fs_read", READ)]),
                calls("", &[("2", "fs_write", &write)]),
                Reply::text("ok"),
            ];
            let travel = kit_with_secret().with_planted(SECRET).with_model(replies).start().await;
            travel.ask(trusting(&["*"], "go")).await;
            let expected = format!("{before}{SECRET}{after}");
            assert_eq!(travel.host.file(WORKSPACE, "copy.env"), Some(expected.into_bytes()));
        });
    }

    #[test]
    fn an_answer_in_pieces_is_whole_for_the_person(cuts in prop::collection::vec(1usize..12, 1..30), before in "[a-zé\\[ ]{0,9}") {
        run(async {
            let placeholder = placeholder().await;
            let text = format!("{before}{placeholder} ok");
            let (mut rest, mut pieces) = (text.as_str(), Vec::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, after) = rest.split_at(rest.ceil_char_boundary((*cut).min(rest.len())));
                pieces.push(ModelEvent::Text { text: piece.to_owned() });
                rest = after;
            }
            let reply = Reply::of(pieces.into_iter().chain([ModelEvent::Stop { reason: StopReason::Finished }]).map(Ok));
            let replies = [calls("", &[("1", "fs_read", READ)]), reply];
            let travel = kit_with_secret().with_planted(SECRET).with_model(replies).start().await;
            let trail = travel.ask(trusting(&["*"], "go")).await;
            assert_eq!(trail.text(), format!("{before}{SECRET} ok\n"));
        });
    }
}
