//! A gateway that follows a script and refuses anything else, and a terminal in memory.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::StreamExt;
use quillon_base::{AskId, Fault, FaultCode, QuestionId, SessionId};
use quillon_cli::{
    Complete, Connect, Exit, Global, Interrupts, LineEditor, Offer, OtherSurface, Terminal, Typed, Wanted,
};
use quillon_contract::event::{Answerer, End, Expected, Outcome, Question};
use quillon_contract::{
    Answer, Ask, Event, EventStream, Gateway, Hello, Item, Listing, Notification, Opened, Query, Request,
    Surface, Verb,
};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

pub const CONVERSATION: &str = "cnv_00000000000000000000000007";

/// What happens while an ask is answered.
pub enum Play {
    Event(Box<Event>),
    /// The person presses Ctrl-C.
    Interrupt,
    /// Nothing more until the ask is cancelled.
    AwaitCancel,
    /// Nothing more until a question is answered.
    AwaitAnswer,
    /// Nothing more at all.
    Hang,
}

impl Play {
    pub fn event(event: Event) -> Self {
        Self::Event(Box::new(event))
    }
}

/// A line that is completed, and what was found for it.
pub type Completed = (String, Vec<String>);

/// What the gateway expects next.
pub enum Step {
    /// An ask, as JSON, and what happens then.
    Ask(&'static str, Vec<Play>),
    /// Any ask, which is done at once.
    AnyAsk,
    /// An ask that is not even taken.
    Refuse(&'static str, Fault),
    /// A query, as JSON, and what it finds.
    Query(&'static str, Vec<&'static str>),
    /// A query that cannot be answered.
    QueryFails(Fault),
    /// A query during which the person presses Ctrl-C, and which would go on for ever.
    QueryInterrupted,
    /// An answer to a question, and what the gateway says to it.
    Answer(Answer, Result<(), Fault>),
}

pub fn text(text: &str) -> Play {
    Play::event(Event::Text { text: text.into() })
}

pub fn end(outcome: Outcome) -> Play {
    let conversation = CONVERSATION.parse().ok();
    Play::event(Event::End(End {
        outcome,
        answerer: Some(Answerer::Embedded),
        conversation,
        record: Some(7),
        receipt: None,
    }))
}

pub fn done() -> Play {
    end(Outcome::Done)
}

pub fn question(expected: Expected) -> Play {
    let id = "qst_00000000000000000000000000".parse().unwrap();
    Play::event(Event::Question(Question { id, text: "Run `cargo test`?".into(), expected }))
}

pub fn approval() -> Play {
    question(Expected::Approval {
        action: "quillon:RunCommand".into(),
        resource: "workspace/1".into(),
        may_trust: true,
    })
}

/// The scripted gateway. Whatever the script does not say panics, and a script that is not played to its end does too.
struct Scripted {
    steps: Mutex<VecDeque<Step>>,
    interrupts: UnboundedSender<()>,
    cancelled: Arc<Notify>,
    answered: Arc<Notify>,
    said: Mutex<Vec<String>>,
}

impl Scripted {
    fn next(&self, what: &str) -> Step {
        self.steps.lock().unwrap().pop_front().unwrap_or_else(|| panic!("unexpected {what}"))
    }

    fn say(&self, what: impl Into<String>) {
        self.said.lock().unwrap().push(what.into());
    }

    fn play(&self, plays: Vec<Play>) -> EventStream {
        let (sender, receiver) = unbounded_channel();
        let (cancelled, answered) = (Arc::clone(&self.cancelled), Arc::clone(&self.answered));
        let interrupts = self.interrupts.clone();
        tokio::spawn(async move {
            for play in plays {
                match play {
                    Play::Event(event) => drop(sender.send(*event)),
                    Play::Interrupt => interrupts.send(()).unwrap(),
                    Play::AwaitCancel => cancelled.notified().await,
                    Play::AwaitAnswer => answered.notified().await,
                    Play::Hang => std::future::pending::<()>().await,
                }
                tokio::task::yield_now().await;
            }
        });
        futures::stream::unfold(
            receiver,
            |mut receiver| async move { Some((receiver.recv().await?, receiver)) },
        )
        .boxed()
    }
}

#[async_trait]
impl Gateway for Scripted {
    async fn open(&self, hello: Hello) -> Result<Opened, Fault> {
        assert_eq!(hello.surface, Surface::Cli);
        assert_eq!(hello.workspace.unwrap().folder, "/srv/example");
        let session = "ses_00000000000000000000000000".parse().unwrap();
        Ok(Opened { session, contract: hello.contract, principal: "me".into(), verbs: vec![] })
    }

    fn notify(&self, _: SessionId, notification: Notification) {
        assert_eq!(notification, Notification::SessionClosed);
        self.say("closed");
    }

    async fn ask(&self, _: SessionId, request: Request) -> Result<(AskId, EventStream), Fault> {
        let asked = serde_json::to_string(&request.ask).unwrap();
        self.say(&asked);
        let plays = match self.next(&asked) {
            Step::Ask(expected, plays) => {
                assert_eq!(asked, expected);
                plays
            }
            Step::AnyAsk => vec![done()],
            Step::Refuse(expected, fault) => {
                assert_eq!(asked, expected);
                return Err(fault);
            }
            _ => panic!("unexpected ask {asked}"),
        };
        Ok(("ask_00000000000000000000000000".parse().unwrap(), self.play(plays)))
    }

    async fn answer(&self, _: SessionId, _: QuestionId, answer: Answer) -> Result<(), Fault> {
        let Step::Answer(expected, result) = self.next(&format!("{answer:?}")) else {
            panic!("unexpected answer {answer:?}");
        };
        assert_eq!(answer, expected);
        self.answered.notify_one();
        result
    }

    async fn query(&self, _: SessionId, query: Query) -> Result<Listing, Fault> {
        let asked = serde_json::to_string(&query).unwrap();
        let found = match self.next(&asked) {
            Step::Query(expected, found) => {
                assert_eq!(asked, expected);
                found
            }
            Step::QueryFails(fault) => return Err(fault),
            Step::QueryInterrupted => {
                self.interrupts.send(()).unwrap();
                std::future::pending().await
            }
            _ => panic!("unexpected query {asked}"),
        };
        let item = |id: &str| Item { id: id.into(), label: format!("about {id}"), detail: None };
        Ok(Listing { items: found.into_iter().map(item).collect(), more: false })
    }

    fn cancel(&self, _: SessionId, _: AskId) {
        self.say("cancelled");
        self.cancelled.notify_one();
    }
}

/// The composition root of a test.
struct Root {
    gateway: Result<Arc<Scripted>, Fault>,
    connected: Mutex<u32>,
    served: Mutex<Vec<OtherSurface>>,
}

#[async_trait]
impl Connect for Root {
    fn offer(&self) -> Offer {
        Offer { verbs: &[Verb::Chat, Verb::Usage], surfaces: &["lsp", OtherSurface::WITNESS] }
    }

    async fn connect(&self, _: &Global) -> Result<Arc<dyn Gateway>, Fault> {
        *self.connected.lock().unwrap() += 1;
        let gateway: Arc<dyn Gateway> = self.gateway.clone()?;
        Ok(gateway)
    }

    async fn serve(&self, surface: OtherSurface, _: &Global) -> Result<Exit, Fault> {
        self.served.lock().unwrap().push(surface);
        Ok(Exit::DONE)
    }
}

/// Types what a script says, and says what it was asked for.
struct Typist {
    typed: VecDeque<Typed>,
    asked: Arc<Mutex<Vec<Wanted>>>,
    completions: Arc<Mutex<Vec<Completed>>>,
}

impl LineEditor for Typist {
    fn read(&mut self, wanted: &Wanted, complete: Option<Arc<dyn Complete>>) -> Result<Typed, Fault> {
        self.asked.lock().unwrap().push(wanted.clone());
        for (line, found) in self.completions.lock().unwrap().iter_mut().filter(|(_, found)| found.is_empty())
        {
            let completions = complete.as_ref().expect("nothing completes here").complete(line, line.len());
            *found = completions
                .candidates
                .into_iter()
                .map(|(insert, _)| format!("{}:{insert}", completions.start))
                .collect();
        }
        self.typed
            .pop_front()
            .ok_or_else(|| Fault::new(FaultCode::FileUnreadable, "the script types nothing more"))
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A stream that fails after some bytes.
struct Failing(usize, std::io::ErrorKind, Shared);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(self.1.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        self.2.write(&bytes[..taken])
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One run of the command line: what is there before.
#[derive(Default)]
pub struct Case {
    pub piped: Option<Vec<u8>>,
    /// Standard input, output and error are a terminal.
    pub terminal: bool,
    /// Only standard output is not.
    pub redirected: bool,
    pub no_color: bool,
    pub files: BTreeMap<&'static str, &'static [u8]>,
    pub typed: Vec<Typed>,
    pub completions: Vec<&'static str>,
    pub steps: Vec<Step>,
    /// The road cannot be joined.
    pub unjoined: Option<Fault>,
    /// Time passes at once when nothing else does.
    pub impatient: bool,
    /// Standard output takes so many bytes, then fails.
    pub failing: Option<(usize, std::io::ErrorKind)>,
}

/// What came of it.
pub struct Ran {
    pub exit: u8,
    pub out: String,
    pub err: String,
    /// Asks, and what was told the gateway.
    pub said: Vec<String>,
    pub wanted: Vec<Wanted>,
    pub completions: Vec<Completed>,
    pub connected: u32,
    pub served: Vec<OtherSurface>,
}

impl Ran {
    /// Everything that the person sees, and the exit code.
    pub fn seen(&self) -> String {
        let text = format!("{}--- err\n{}--- exit {}", self.out, self.err, self.exit);
        text.replace('\u{1b}', "␛").replace('\r', "␍")
    }
}

impl Case {
    pub fn asks(steps: Vec<Step>) -> Self {
        Self { steps, ..Self::default() }
    }

    pub fn at_terminal(typed: Vec<&str>, steps: Vec<Step>) -> Self {
        let typed = typed.into_iter().map(|text| Typed::Text(text.into())).collect();
        Self { terminal: true, no_color: true, typed, steps, ..Self::default() }
    }

    pub fn run(self, line: &str) -> Ran {
        let (out, err) = (Shared::default(), Shared::default());
        let (interrupts, interrupted) = unbounded_channel();
        let gateway = Arc::new(Scripted {
            steps: Mutex::new(self.steps.into()),
            interrupts,
            cancelled: Arc::default(),
            answered: Arc::default(),
            said: Mutex::default(),
        });
        let wanted: Arc<Mutex<Vec<Wanted>>> = Arc::default();
        let completions: Vec<_> =
            self.completions.iter().map(|line| ((*line).to_owned(), Vec::new())).collect();
        let completions = Arc::new(Mutex::new(completions));
        let root = Root {
            gateway: self.unjoined.map_or_else(|| Ok(Arc::clone(&gateway)), Err),
            connected: Mutex::default(),
            served: Mutex::default(),
        };
        let files = self.files;
        let read_file = move |path: &Path, max: u64| {
            let name = path.strip_prefix("/srv/example").ok().and_then(Path::to_str).unwrap_or_default();
            let bytes = files.get(name).ok_or(std::io::ErrorKind::NotFound)?;
            Ok(bytes[..bytes.len().min(max as usize + 1)].to_vec())
        };
        let input: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(self.piped.unwrap_or_default()));
        let output: Box<dyn Write + Send> = match self.failing {
            Some((bytes, kind)) => Box::new(Failing(bytes, kind, out.clone())),
            None => Box::new(out.clone()),
        };
        let terminal = Terminal {
            input,
            output,
            errors: Box::new(err.clone()),
            input_is_terminal: self.terminal,
            output_is_terminal: self.terminal && !self.redirected,
            errors_is_terminal: self.terminal,
            columns: Box::new(|| Some(60)),
            no_color: self.no_color,
            folder: "/srv/example".into(),
            read_file: Box::new(read_file),
            write_file: Box::new(|_, _| Err(std::io::ErrorKind::PermissionDenied.into())),
            editor: Box::new(Typist {
                typed: self.typed.into(),
                asked: Arc::clone(&wanted),
                completions: Arc::clone(&completions),
            }),
            interrupts: Interrupts::given(interrupted),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(self.impatient)
            .build()
            .unwrap();
        let words = words(line).into_iter().map(Into::into);
        let exit = runtime.block_on(quillon_cli::run(words, terminal, &root)).code();
        let left = gateway.steps.lock().unwrap().len();
        assert_eq!(left, 0, "{left} steps were not played; out: {} err: {}", out.text(), err.text());
        Ran {
            exit,
            out: out.text(),
            err: err.text(),
            said: gateway.said.lock().unwrap().clone(),
            wanted: wanted.lock().unwrap().clone(),
            completions: completions.lock().unwrap().clone(),
            connected: *root.connected.lock().unwrap(),
            served: root.served.lock().unwrap().clone(),
        }
    }
}

/// The words of a line, as a shell splits them.
pub fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quoted) {
            (c, Some(quote)) if c == quote => quoted = None,
            ('"' | '\'', None) => quoted = Some(c),
            (' ', None) => words.push(std::mem::take(&mut word)),
            (c, _) => word.push(c),
        }
    }
    words.push(word);
    words
}

/// An ask, for steps that only need one of a verb.
pub fn verb_of(ask: &str) -> Verb {
    serde_json::from_str::<Ask>(ask).unwrap().verb()
}
