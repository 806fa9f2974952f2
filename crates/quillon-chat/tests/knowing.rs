//! Knowledge bases, through a real road.

use quillon_base::FaultCode;
use quillon_chat::Chat;
use quillon_contract::ask::{ChatAsk, KnowledgeAct, KnowledgeAsk, KnowledgeIndex, KnowledgeSearchAsk};
use quillon_contract::event::Reference;
use quillon_testkit::{Kit, Reply, Trail};

use crate::support::question;

fn kit() -> Kit {
    Kit::new()
        .with(Chat::default())
        .with_file(
            "docs/oncall.md",
            "# On call\n\nCall Ada first, then Bob.\n\n## Escalation\n\nAfter an hour, wake the depot.\n",
        )
        .with_file("docs/old/oncall.md", "# On call\n\nCall Zebedee first.\n")
        .with_file("docs/logo.png", vec![0_u8, 159, 146, 150])
        .with_file("notes.txt", "The depot opens at seven.\n")
}

fn add(name: &str, path: &str) -> KnowledgeAsk {
    KnowledgeAsk {
        change: KnowledgeAct::Add {
            name: name.into(),
            path: path.into(),
            include: Vec::new(),
            exclude: Vec::new(),
            index: KnowledgeIndex::Fast,
        },
        agent: None,
    }
}

fn change(change: KnowledgeAct) -> KnowledgeAsk {
    KnowledgeAsk { change, agent: None }
}

fn search(query: &str) -> KnowledgeSearchAsk {
    KnowledgeSearchAsk { query: Some(query.into()), agent: None }
}

const LIST: KnowledgeSearchAsk = KnowledgeSearchAsk { query: None, agent: None };

fn documents(trail: &Trail) -> Vec<String> {
    let document = |reference: &&Reference| match reference {
        Reference::Document { title, location, .. } => format!("{title} ({location})"),
        other => format!("{other:?}"),
    };
    trail.references().iter().map(document).collect()
}

fn code(trail: &Trail) -> Option<FaultCode> {
    trail.fault().map(|fault| fault.code)
}

#[tokio::test]
async fn a_folder_is_added_found_listed_and_removed() {
    let travel = kit().start().await;
    let added = travel.ask(add("handbook", "docs")).await;
    assert_eq!(added.text(), "Added `handbook`: 2 documents of `docs`, 115 bytes of text.\n");
    assert_eq!(added.rows(), ["docs/logo.png | it is not text"]);
    let found = travel.ask(search("who is called first?")).await;
    assert!(found.text().starts_with("Found "), "{}", found.text());
    assert!(documents(&found)[0].starts_with("handbook: On call (docs/"), "{:?}", documents(&found));
    let listed = travel.ask(LIST).await.rows();
    assert!(
        listed.len() == 1 && listed[0].starts_with("handbook | docs | 2 | 115 bytes | 1 | "),
        "{listed:?}"
    );
    travel.ask(change(KnowledgeAct::Remove { name: "handbook".into() })).await;
    assert!(travel.ask(LIST).await.rows().is_empty());
    assert!(travel.store.records().is_empty());
}

#[tokio::test]
async fn patterns_choose_and_an_update_reads_again() {
    let travel = kit().start().await;
    let mut ask = add("handbook", "docs");
    if let KnowledgeAct::Add { include, exclude, .. } = &mut ask.change {
        include.push("**/*.md".into());
        exclude.push("old/**".into());
    }
    travel.ask(ask).await;
    assert_eq!(documents(&travel.ask(search("Zebedee")).await), [] as [&str; 0]);
    travel.host.put(quillon_testkit::WORKSPACE, "docs/oncall.md", "# On call\n\nCall Zebedee.\n");
    assert!(documents(&travel.ask(search("Zebedee")).await).is_empty(), "nothing is read behind one's back");
    let updated = travel.ask(change(KnowledgeAct::Update { name: "handbook".into() })).await;
    assert!(updated.text().starts_with("Updated `handbook`: 1 document"), "{}", updated.text());
    assert_eq!(documents(&travel.ask(search("Zebedee")).await), ["handbook: On call (docs/oncall.md:1-3)"]);
    assert_eq!(travel.ask(LIST).await.rows().len(), 1);
}

#[tokio::test]
async fn a_place_is_named_as_people_name_it_and_one_elsewhere_says_how() {
    let travel = kit().start().await;
    let whole = travel.ask(add("notes", "/srv/example/docs/")).await;
    assert!(whole.text().contains("of `docs`"), "{}", whole.text());
    let elsewhere = travel.ask(add("other", "/srv/manuals")).await;
    let fault = elsewhere.fault().unwrap();
    assert_eq!(fault.code, FaultCode::FileOutside);
    let hint = fault.hint.as_deref().unwrap_or_default();
    assert!(hint.contains("`cd /srv && quillon knowledge add NAME manuals`"), "{hint}");
}

#[tokio::test]
async fn an_agent_is_there_by_what_it_knows() {
    let travel = kit().start().await;
    let ask = || ChatAsk { agent: Some("reviewer".into()), ..question("when does the depot open?") };
    assert_eq!(code(&travel.ask(ask()).await), Some(FaultCode::CapabilityUnavailable));
    travel.ask(KnowledgeAsk { agent: Some("reviewer".into()), ..add("notes", "notes.txt") }).await;
    let told = travel.ask(ask()).await;
    assert!(documents(&told).iter().any(|found| found.contains("notes")), "{:?}", documents(&told));
    let default = ChatAsk { agent: Some("default".into()), ..question("when does the depot open?") };
    assert!(code(&travel.ask(default).await).is_none());
}

#[tokio::test]
async fn each_agent_has_its_own() {
    let travel = kit().start().await;
    travel.ask(KnowledgeAsk { agent: Some("reviewer".into()), ..add("notes", "notes.txt") }).await;
    assert!(documents(&travel.ask(search("depot")).await).is_empty());
    let own = KnowledgeSearchAsk { agent: Some("reviewer".into()), ..search("depot") };
    assert_eq!(documents(&travel.ask(own).await), ["notes (notes.txt:1)"]);
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let travel = kit().start().await;
    let mut best = add("handbook", "docs");
    if let KnowledgeAct::Add { index, .. } = &mut best.change {
        *index = KnowledgeIndex::Best;
    }
    assert_eq!(code(&travel.ask(best).await), Some(FaultCode::CapabilityUnavailable));
    assert_eq!(code(&travel.ask(add("handbook", "nowhere")).await), Some(FaultCode::FileMissing));
    assert_eq!(code(&travel.ask(add("handbook", "../x")).await), Some(FaultCode::FileOutside));
    assert_eq!(code(&travel.ask(add("logo", "docs/logo.png")).await), Some(FaultCode::InputInvalid));
    assert_eq!(code(&travel.ask(add(" ", "docs")).await), Some(FaultCode::InputInvalid));
    travel.ask(add("handbook", "docs")).await;
    assert_eq!(code(&travel.ask(add("handbook", "docs")).await), Some(FaultCode::InputInvalid));
    let missing = travel.ask(change(KnowledgeAct::Remove { name: "handbok".into() })).await;
    assert_eq!(missing.fault().unwrap().hint.as_deref(), Some("did you mean `handbook`?"));
    let none = travel.ask(search("blockchain")).await;
    assert!(none.text().contains("- `blockchain` stands in none of them"), "{}", none.text());
    assert_eq!(code(&travel.ask(search(" ")).await), Some(FaultCode::InputInvalid));
}

#[tokio::test]
async fn what_is_kept_is_sealed_and_all_of_it_can_be_removed() {
    let travel = kit().start().await;
    travel.ask(add("handbook", "docs")).await;
    travel.ask(KnowledgeAsk { agent: Some("reviewer".into()), ..add("notes", "notes.txt") }).await;
    for record in travel.store.records() {
        let body = record.body.as_bytes();
        assert!(!body.windows(3).any(|window| window == b"Ada"), "a document lies open in the store");
        assert!(!record.group.contains("handbook"), "{}", record.group);
    }
    let cleared = travel.ask(change(KnowledgeAct::Clear)).await;
    assert_eq!(cleared.text(), "Removed 2 knowledge bases.\n");
    assert!(travel.store.records().is_empty());
}

#[tokio::test]
async fn a_model_is_given_what_the_bases_of_its_agent_say() {
    let said = Reply::text("Ada.").expecting("<knowledge place=").expecting("Call Ada first");
    let travel = kit().with_model([said, Reply::text("no")]).start().await;
    travel.ask(add("handbook", "docs")).await;
    let trail =
        travel.ask(ChatAsk { explain_context: true, ..question("who do I call when on call?") }).await;
    assert_eq!(trail.text(), "Ada.\n", "{:?}", trail.end);
    assert!(trail.rows().iter().any(|row| row.starts_with("knowledge | handbook: On call (docs/")));
    assert!(trail.references().iter().any(|reference| matches!(reference, Reference::Document { .. })));
    travel.ask(question("what is it?")).await;
    let last = travel.requests.as_ref().unwrap().all().pop().unwrap();
    assert!(
        !serde_json::to_string(&last.messages).unwrap().contains("<knowledge"),
        "it says nothing to that"
    );
}
