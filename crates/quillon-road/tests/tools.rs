//! Tools that a model uses: who said yes, who said no, and for how long.

use futures::StreamExt;
use quillon_audit::Entry;
use quillon_base::FaultCode;
use quillon_contract::{Answer, Ask, EffectKind, Event, Gateway, Verb};
use quillon_road::{Approval, Passage, ToolUse};
use quillon_testkit::{Kit, Trail, Travel};

use crate::chat;
use crate::sessions::hello;
use crate::support::{DONE, Told, question};

const LOOK: ToolUse<'static> = ToolUse {
    tool: "look",
    summary: "look: around",
    effects: &[EffectKind::ReadWorkspace],
    path: None,
    programs: &[],
    approval: None,
};

fn approval<'a>(trust: Option<&'a str>) -> Approval<'a> {
    Approval { question: "May it?", resource: "a.rs", trust, trusted: false, unattended: false }
}

fn wanting(approval: Approval<'static>) -> ToolUse<'static> {
    ToolUse { approval: Some(approval), ..LOOK }
}

async fn uses(passage: &Passage, wanted: &ToolUse<'_>) -> Result<(), quillon_base::Fault> {
    passage.begin_tool(wanted).await?.finish(Ok(1))
}

/// Asks for something; every question is answered so. Gives the trail and how many questions there were.
async fn answering(travel: &Travel, text: &str, answer: Answer) -> (Trail, usize) {
    let before = travel.entries().len();
    let (_, mut stream) = travel.begin(question(text)).await.unwrap();
    let (mut events, mut asked) = (Vec::new(), 0);
    while let Some(event) = stream.next().await {
        if let Event::Question(question) = &event {
            asked += 1;
            travel.road.answer(travel.session, question.id, answer.clone()).await.unwrap();
        }
        events.push(event);
    }
    (travel.finish(futures::stream::iter(events).boxed(), before).await, asked)
}

/// What the records say of tools: the decision and the line.
fn said(trail: &Trail) -> Vec<(bool, String, String)> {
    let tools = trail.entries.iter().filter_map(|entry| match entry {
        Entry::EffectOpened(effect) if effect.does == EffectKind::CallTool => {
            let by = &effect.decided.by;
            Some((effect.decided.allowed, by.clone(), effect.arguments.clone()))
        }
        _ => None,
    });
    tools.collect()
}

#[tokio::test]
async fn a_tool_is_recorded_around_its_effects() {
    let looking = chat!(|passage| {
        let open = passage.begin_tool(&LOOK).await?;
        passage.read_file("a.rs").await?;
        open.finish(Ok(1))?;
        // Dropped unfinished.
        drop(passage.begin_tool(&LOOK).await?);
        DONE
    });
    let trail = Kit::new().with(looking).with_file("a.rs", "x").start().await.ask(question("hi")).await;
    let expected = [
        "opened chat",
        "effect quillon:CallTool",
        "effect quillon:ReadWorkspace",
        "effect closed done",
        "effect closed done",
        "effect quillon:CallTool",
        "effect closed cancelled",
        "closed done",
    ];
    assert_eq!(trail.shape(), expected);
}

#[tokio::test]
async fn a_verb_without_tools_has_none() {
    let overreaching = Told::new(&[Verb::Doc], |passage, _| {
        Box::pin(async move {
            assert!(!passage.offers_tool("look", &[]));
            uses(passage, &LOOK).await?;
            DONE
        })
    });
    let travel = Kit::new().with(overreaching).with_workspace().start().await;
    let trail = travel.ask(Verb::Doc.manifest().smallest_ask()).await;
    assert_eq!(trail.fault().unwrap().code, FaultCode::PolicyRefused);
    assert_eq!(trail.shape(), ["opened doc", "effect refused quillon:CallTool", "closed refused"]);
    assert_eq!(said(&trail)[0].1, "manifest");
}

#[tokio::test]
async fn a_tool_may_not_do_what_its_verb_may_not() {
    let overreaching = chat!(|passage| {
        uses(passage, &ToolUse { effects: &[EffectKind::WriteLedger], ..wanting(approval(None)) }).await?;
        DONE
    });
    let travel = Kit::new().with(overreaching).with_workspace().start().await;
    let (trail, asked) = answering(&travel, "hi", Answer::Approve).await;
    assert_eq!((trail.fault().unwrap().code, asked), (FaultCode::PolicyRefused, 0));
    assert_eq!(said(&trail)[0].1, "manifest");
}

#[tokio::test]
async fn the_record_has_on_whose_word_it_ran() {
    let told = |wanted: ToolUse<'static>| {
        Told::new(&[Verb::Chat], move |passage, _| {
            let wanted = wanted.clone();
            Box::pin(async move {
                uses(passage, &wanted).await?;
                DONE
            })
        })
    };
    let trusted = Approval { trusted: true, ..approval(Some("look")) };
    let unattended = Approval { unattended: true, ..approval(Some("look")) };
    // What is asked about each time is not for an absent person, whatever was trusted.
    let always = Approval { trusted: true, unattended: true, ..approval(None) };
    for (wanted, answer, asked, allowed, record) in [
        (LOOK, Answer::Deny, 0, true, "look: around"),
        (wanting(trusted), Answer::Deny, 0, true, "look: around; trusted by the asker for this ask"),
        (wanting(approval(None)), Answer::Approve, 1, true, "look: around; approved by the person"),
        (wanting(approval(None)), Answer::Deny, 1, false, "person"),
        (wanting(unattended), Answer::Approve, 0, false, "nobody to approve"),
        (wanting(always), Answer::Approve, 0, false, "nobody to approve"),
    ] {
        let travel = Kit::new().with(told(wanted)).with_workspace().start().await;
        let (trail, questions) = answering(&travel, "hi", answer).await;
        let (is_allowed, by, line) = said(&trail).remove(0);
        assert_eq!((is_allowed, questions), (allowed, asked), "{record}");
        assert_eq!(if allowed { line } else { by }, record);
        assert_eq!(trail.fault().is_none(), allowed, "{record}");
    }
}

#[tokio::test]
async fn trust_is_for_what_was_named_and_for_this_session() {
    let told = Told::new(&[Verb::Chat], |passage, ask| {
        Box::pin(async move {
            let Ask::Chat(chat) = ask else { unreachable!() };
            let trust = if chat.prompt == "one" { "one" } else { "other" };
            uses(passage, &wanting(approval(Some(trust)))).await?;
            DONE
        })
    });
    let mut travel = Kit::new().with(told).with_workspace().start().await;
    for (text, answer, asked) in [
        ("one", Answer::Trust, 1),
        ("one", Answer::Deny, 0),
        ("other", Answer::Approve, 1),
        ("other", Answer::Approve, 1),
    ] {
        assert_eq!(answering(&travel, text, answer).await.1, asked, "{text}");
    }
    travel.session = travel.road.open(hello()).await.unwrap().session;
    assert_eq!(answering(&travel, "one", Answer::Approve).await.1, 1, "another session trusts nothing yet");
}
