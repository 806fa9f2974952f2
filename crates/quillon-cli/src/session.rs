//! One session with the gateway: an ask goes in, its events come out, questions and Ctrl-C are dealt with on the way.
//!
//! Invariant: an ask that was started is either heard to its end or cancelled; nothing leaves this module with an ask
//! still running. Start at [`Session::answer`].

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use quillon_base::{AskId, Fault, FaultCode, QuestionId, Secret, SessionId};
use quillon_contract::event::{End, Expected, Outcome};
use quillon_contract::{
    Ask, CONTRACT_VERSION, Event, EventStream, Gateway, Hello, Notification, Request, Surface, Verb,
    WorkspaceRef,
};

use crate::editor::{Complete, LineEditor, Typed, Wanted};
use crate::exit::Exit;
use crate::interrupts::Interrupts;
use crate::output::{Gone, Output};
use crate::question::{self, Reply};
use crate::terminal::WriteFile;

/// How long an ask that was cancelled may take to say so.
const CANCEL_WAIT: Duration = Duration::from_secs(30);

/// The person's side of a session: who types, and who interrupts.
pub(crate) struct Desk {
    pub(crate) editor: Arc<Mutex<Box<dyn LineEditor>>>,
    pub(crate) interrupts: Interrupts,
    /// Whether questions can be asked.
    pub(crate) can_ask: bool,
    /// What answers the next question for a secret.
    pub(crate) secret: Option<Secret<String>>,
}

impl Desk {
    /// Reads a line on a thread that may block, so that answers and signals go on meanwhile.
    pub(crate) async fn read(
        &self,
        wanted: Wanted,
        complete: Option<Arc<dyn Complete>>,
    ) -> Result<Typed, Fault> {
        let editor = Arc::clone(&self.editor);
        let read = move || {
            let mut editor = editor.lock().unwrap_or_else(PoisonError::into_inner);
            editor.read(&wanted, complete)
        };
        let stopped = |error| Fault::internal("the line editor stopped on a bug").inner(error);
        tokio::select! {
            read = tokio::task::spawn_blocking(read) => read.map_err(stopped)?,
            // Nobody types any more, as far as this program goes.
            () = self.interrupts.ended() => Ok(Typed::End),
        }
    }

    /// Waits for something that is no ask; nothing if Ctrl-C comes first.
    pub(crate) async fn unless_interrupted<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.interrupts.next() => None,
            done = work => Some(done),
        }
    }
}

/// An open session.
pub(crate) struct Session {
    pub(crate) gateway: Arc<dyn Gateway>,
    pub(crate) id: SessionId,
    /// Where the receipts of answers go, where they are wanted.
    pub(crate) receipts: Option<ReceiptFile>,
}

/// How an ask ended, for what comes next.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) exit: Exit,
    /// The end, if it came.
    pub(crate) end: Option<End>,
    /// Whether nothing more can be written.
    pub(crate) gone: bool,
}

impl Session {
    /// Opens a session for a folder.
    pub(crate) async fn open(
        gateway: Arc<dyn Gateway>,
        folder: &std::path::Path,
        receipts: Option<ReceiptFile>,
    ) -> Result<Self, Fault> {
        let Some(folder) = folder.to_str() else {
            let message = format!("the name of the folder `{}` is not UTF-8", folder.display());
            return Err(Fault::new(FaultCode::WorkspaceMissing, message).hint("work in another folder"));
        };
        let hello = Hello {
            contract: CONTRACT_VERSION,
            surface: Surface::Cli,
            client: concat!("quillon-cli ", env!("CARGO_PKG_VERSION")).to_owned(),
            workspace: Some(WorkspaceRef { folder: folder.to_owned() }),
            token: None,
        };
        let opened = gateway.open(hello).await?;
        Ok(Self { gateway, id: opened.session, receipts })
    }

    /// Closes it; what is still running is cancelled.
    pub(crate) fn close(self) {
        self.gateway.notify(self.id, Notification::SessionClosed);
    }

    /// Asks, and writes the answer.
    pub(crate) async fn answer(&self, ask: Ask, output: &mut Output, desk: &mut Desk) -> Answered {
        let verb = ask.verb();
        desk.interrupts.forget();
        let request = Request { receipt: self.receipts.is_some(), ..Request::from(ask) };
        match self.gateway.ask(self.id, request).await {
            Ok((id, events)) => {
                let answer = Answer { session: self, verb, id, events, stopping: None, patience: None };
                let answered = answer.hear(output, desk).await;
                let answered = self.keep_receipt(answered, output);
                match desk.interrupts.exit() {
                    Some(exit) => Answered { exit, gone: true, ..answered },
                    None => answered,
                }
            }
            Err(fault) => {
                let gone = output.fault(&fault).is_err();
                Answered { exit: Exit::of_fault_in(&fault, verb), end: None, gone }
            }
        }
    }
}

/// The file that takes the receipt of an answer's record. In a conversation the last one stays.
pub(crate) struct ReceiptFile {
    pub(crate) path: PathBuf,
    pub(crate) write: WriteFile,
}

impl Session {
    /// Keeps the receipt that came with an answer. An answer without the receipt that was asked for is a fault: who
    /// asked would look for it in vain.
    fn keep_receipt(&self, answered: Answered, output: &mut Output) -> Answered {
        let (Some(file), Some(end)) = (&self.receipts, &answered.end) else {
            return answered;
        };
        let path = file.path.display();
        let fault = match end.receipt.as_deref().map(|receipt| (file.write)(&file.path, receipt.as_bytes())) {
            Some(Ok(())) => return answered,
            Some(Err(error)) => {
                Fault::new(FaultCode::FileUnreadable, format!("the receipt cannot be written to `{path}`"))
                    .hint("`quillon audit prove` makes it again, for another place")
                    .inner(error)
            }
            None => Fault::new(FaultCode::AuditUnavailable, "the answer came without a receipt")
                .hint("its record is durable; `quillon audit prove` makes the receipt"),
        };
        output.fault_beside(&fault);
        Answered { exit: Exit::of_fault(&fault), ..answered }
    }
}

/// An answer that is being heard.
struct Answer<'s> {
    session: &'s Session,
    verb: Verb,
    id: AskId,
    events: EventStream,
    stopping: Option<Stopping>,
    /// Runs from when it was told to stop.
    patience: Option<Pin<Box<tokio::time::Sleep>>>,
}

/// Why an answer is being stopped.
#[derive(Debug)]
enum Stopping {
    /// The person wants it.
    Interrupt,
    /// What it says cannot be written any more.
    Gone(Gone),
}

impl Answer<'_> {
    async fn hear(mut self, output: &mut Output, desk: &mut Desk) -> Answered {
        loop {
            let next = tokio::select! {
                biased;
                () = desk.interrupts.next() => Heard::Interrupt,
                event = self.events.next() => Heard::Event(event.map(Box::new)),
                () = at_last(&mut self.patience) => Heard::Silence,
            };
            match next {
                // A second Ctrl-C does not wait for the end; leaving the stream cancels the work all the same.
                Heard::Interrupt if self.stopping.is_some() => return self.leave(output),
                Heard::Interrupt => {
                    output.interrupted();
                    self.stop(Stopping::Interrupt);
                }
                Heard::Silence => return self.leave(output),
                Heard::Event(None) => return self.broke_off(output),
                Heard::Event(Some(event)) => match *event {
                    Event::End(end) => return self.ended(end, output),
                    // What comes after Ctrl-C is not wanted.
                    _ if self.stopping.is_some() => {}
                    Event::Question(_) => self.question(&event, output, desk).await,
                    _ => self.write(&event, output),
                },
            }
        }
    }

    fn write(&mut self, event: &Event, output: &mut Output) {
        if let Err(gone) = output.event(event) {
            self.stop(Stopping::Gone(gone));
        }
    }

    fn stop(&mut self, why: Stopping) {
        if self.stopping.is_none() {
            self.stopping = Some(why);
            self.patience = Some(Box::pin(tokio::time::sleep(CANCEL_WAIT)));
            self.session.gateway.cancel(self.session.id, self.id);
        }
    }

    async fn question(&mut self, event: &Event, output: &mut Output, desk: &mut Desk) {
        let Event::Question(question) = event else {
            return;
        };
        if let Some(reply) = given(&question.expected, desk) {
            return self.reply(question.id, reply, output).await;
        }
        if desk.can_ask {
            self.write(event, output);
        } else if let Err(gone) = output.remark(&question::nobody_there(question)) {
            self.stop(Stopping::Gone(gone));
        }
        let reply = if desk.can_ask { question::ask(question, output, desk).await } else { Reply::deny() };
        self.reply(question.id, reply, output).await;
    }

    async fn reply(&mut self, question: QuestionId, reply: Reply, output: &mut Output) {
        let answered = match reply {
            Reply::Answer(answer) => self.session.gateway.answer(self.session.id, question, answer).await,
            Reply::Stop => return self.stop(Stopping::Interrupt),
            Reply::Fault(fault) => Err(fault),
        };
        // A question that stays open would hold the work for ever.
        if let Err(fault) = answered {
            if let Err(gone) = output.remark(&fault) {
                return self.stop(Stopping::Gone(gone));
            }
            self.stop(Stopping::Interrupt);
        }
    }

    fn ended(self, end: End, output: &mut Output) -> Answered {
        if let Some(Stopping::Gone(gone)) = self.stopping {
            return Answered { end: Some(end), ..gone_for_good(gone, output) };
        }
        let exit = Exit::of_outcome(&end.outcome, self.verb);
        match output.event(&Event::End(end.clone())) {
            Ok(()) => Answered { exit, end: Some(end), gone: false },
            Err(gone) => Answered { end: Some(end), ..gone_for_good(gone, output) },
        }
    }

    /// Leaves an answer that was to stop and has not said so.
    fn leave(self, output: &mut Output) -> Answered {
        match self.stopping {
            Some(Stopping::Gone(gone)) => gone_for_good(gone, output),
            _ => {
                let outcome = Outcome::Cancelled;
                let end = End::of(outcome);
                let gone = output.event(&Event::End(end)).is_err();
                Answered { exit: Exit::CANCELLED, end: None, gone }
            }
        }
    }

    fn broke_off(self, output: &mut Output) -> Answered {
        if self.stopping.is_some() {
            return self.leave(output);
        }
        let fault = Fault::internal("the answer ended without an end");
        let gone = output.fault(&fault).is_err();
        Answered { exit: Exit::of_fault_in(&fault, self.verb), end: None, gone }
    }
}

/// The secret that was given before it was asked for.
fn given(expected: &Expected, desk: &mut Desk) -> Option<Reply> {
    let is_secret = matches!(expected, Expected::Value { secret: true, .. });
    let secret = desk.secret.take_if(|_| is_secret)?;
    Some(Reply::Answer(quillon_contract::Answer::Value { text: secret.expose().clone() }))
}

/// Waits until patience is at its end; forever while nobody waits.
async fn at_last(patience: &mut Option<Pin<Box<tokio::time::Sleep>>>) {
    match patience {
        Some(patience) => patience.await,
        None => std::future::pending().await,
    }
}

/// What was heard next.
enum Heard {
    Event(Option<Box<Event>>),
    Interrupt,
    Silence,
}

/// A closed pipe is no failure: its reader has what it wanted.
pub(crate) fn gone_for_good(gone: Gone, output: &mut Output) -> Answered {
    let exit = match gone {
        Gone::Closed => Exit::DONE,
        Gone::Failed(fault) => {
            output.fault_beside(&fault);
            Exit::of_fault(&fault)
        }
    };
    Answered { exit, end: None, gone: true }
}
