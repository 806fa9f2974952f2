//! The command line over a gateway that only echoes: to try the terminal by hand, and to time the start.
//!
//! A prompt with `approve` asks for an approval, one with `secret` for a secret, one with `slow` goes on until Ctrl-C.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::StreamExt;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use quillon_base::{AskId, Fault, QuestionId, SessionId};
use quillon_cli::{Connect, Global, Offer, Start, Surroundings, Terminal};
use quillon_contract::event::{Answerer, End, Expected, Outcome, Question};
use quillon_contract::{
    Answer, Ask, Event, EventStream, Gateway, Hello, Item, Listing, Notification, Opened, Query, Request,
    Verb,
};

struct Root;

#[async_trait]
impl Connect for Root {
    fn offer(&self) -> Offer {
        Offer { verbs: &[Verb::Chat, Verb::Whoami], surfaces: &[] }
    }

    async fn connect(&self, _: &Global) -> Result<Arc<dyn Gateway>, Fault> {
        Ok(Arc::new(Echo::default()))
    }
}

#[derive(Default)]
struct Echo {
    running: Mutex<Option<UnboundedSender<Event>>>,
}

fn id<T: std::str::FromStr>(prefix: &str) -> Result<T, Fault> {
    format!("{prefix}_00000000000000000000000000")
        .parse()
        .map_err(|_| Fault::internal("a constant id does not parse"))
}

fn text(text: impl Into<String>) -> Event {
    Event::Text { text: text.into() }
}

impl Echo {
    fn end(&self, outcome: Outcome) {
        let end = End {
            outcome,
            answerer: Some(Answerer::Embedded),
            conversation: None,
            record: Some(1),
            receipt: None,
        };
        if let Ok(mut running) = self.running.lock()
            && let Some(events) = running.take()
        {
            let _ = events.unbounded_send(Event::End(end));
        }
    }
}

#[async_trait]
impl Gateway for Echo {
    async fn open(&self, hello: Hello) -> Result<Opened, Fault> {
        let principal = "you".to_owned();
        Ok(Opened { session: id("ses")?, contract: hello.contract, principal, verbs: vec![Verb::Chat] })
    }

    fn notify(&self, _: SessionId, _: Notification) {}

    async fn ask(&self, _: SessionId, request: Request) -> Result<(AskId, EventStream), Fault> {
        let (sender, events) = unbounded();
        let send = |event| drop(sender.unbounded_send(event));
        if let Ok(mut running) = self.running.lock() {
            *running = Some(sender.clone());
        }
        let prompt = if let Ask::Chat(chat) = request.ask { chat.prompt } else { String::new() };
        let question =
            |expected| Ok::<_, Fault>(Question { id: id("qst")?, text: "Go on?".into(), expected });
        if prompt.contains("approve") {
            let (action, resource) = ("quillon:RunCommand".into(), "workspace/1".into());
            send(Event::Question(question(Expected::Approval { action, resource, may_trust: true })?));
        } else if prompt.contains("secret") {
            send(Event::Question(question(Expected::Value { label: "token".into(), secret: true })?));
        } else if prompt.contains("slow") {
            send(text("On and on …\n"));
        } else {
            send(text(format!("You said **{}**.\n", prompt.escape_debug())));
            self.end(Outcome::Done);
        }
        Ok((id("ask")?, events.boxed()))
    }

    async fn answer(&self, _: SessionId, _: QuestionId, answer: Answer) -> Result<(), Fault> {
        if let Ok(running) = self.running.lock()
            && let Some(events) = &*running
        {
            let _ = events.unbounded_send(text(format!("The answer was `{answer:?}`.\n")));
        }
        self.end(Outcome::Done);
        Ok(())
    }

    async fn query(&self, _: SessionId, query: Query) -> Result<Listing, Fault> {
        let Query::Files { prefix } = query else {
            return Ok(Listing::default());
        };
        let files =
            ["Cargo.toml", "src/lib.rs", "src/main.rs"].iter().filter(|file| file.starts_with(&prefix));
        let item = |file: &&str| Item { id: (*file).to_owned(), label: (*file).to_owned(), detail: None };
        Ok(Listing { items: files.map(item).collect(), more: false })
    }

    fn cancel(&self, _: SessionId, _: AskId) {
        self.end(Outcome::Cancelled);
    }
}

fn main() -> ExitCode {
    let surroundings = Surroundings { folder: ".".into(), ..Surroundings::default() };
    let unreadable = |_: &std::path::Path, _| Err(std::io::ErrorKind::Unsupported.into());
    let unwritable = |_: &std::path::Path, _: &[u8]| Err(std::io::ErrorKind::Unsupported.into());
    let mut terminal = Terminal::of_process(surroundings, Box::new(unreadable), Box::new(unwritable));
    match quillon_cli::start(std::env::args_os(), &mut terminal, &Root.offer()) {
        Start::Finished(exit) => exit.into(),
        Start::Job(job) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(job.run(terminal, &Root)).into(),
            Err(_) => ExitCode::FAILURE,
        },
    }
}
