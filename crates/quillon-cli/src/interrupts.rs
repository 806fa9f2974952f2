//! Ctrl-C, as something to wait for; and what ends the whole program, which first lets the work under way wind up.
//!
//! A program that is told to end (SIGTERM) or whose terminal closed (SIGHUP) stops as on Ctrl-C and then leaves: what was
//! done is kept, and no command that it started goes on without it.

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use crate::exit::Exit;

/// Where interrupts come from.
#[derive(Debug)]
pub struct Interrupts {
    source: Source,
    /// The number of the signal that ends the program, once it came.
    ending: watch::Receiver<Option<u8>>,
    /// Whether it was told that the program ends.
    told: bool,
}

#[derive(Debug)]
enum Source {
    /// The process, from the first time that someone waits; until then the signals end it.
    Process {
        signal: Option<Signal>,
        end: Option<watch::Sender<Option<u8>>>,
    },
    Given(UnboundedReceiver<()>),
}

#[cfg(unix)]
type Signal = tokio::signal::unix::Signal;
#[cfg(windows)]
type Signal = tokio::signal::windows::CtrlC;

#[cfg(unix)]
fn listen() -> std::io::Result<Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn listen() -> std::io::Result<Signal> {
    tokio::signal::windows::ctrl_c()
}

/// Says which signal ends the program, when one does.
#[cfg(unix)]
fn listen_for_end(end: watch::Sender<Option<u8>>) {
    use tokio::signal::unix::{SignalKind, signal};
    const HANGUP: u8 = 1;
    const TERMINATE: u8 = 15;
    let signals = signal(SignalKind::hangup()).and_then(|hup| Ok((hup, signal(SignalKind::terminate())?)));
    // Without them the signals end the program at once, as they always did.
    let Ok((mut hangup, mut terminate)) = signals else { return };
    tokio::spawn(async move {
        let number = tokio::select! {
            Some(()) = hangup.recv() => HANGUP,
            Some(()) = terminate.recv() => TERMINATE,
            else => return,
        };
        let _ = end.send(Some(number));
        end.closed().await;
    });
}

#[cfg(windows)]
fn listen_for_end(_: watch::Sender<Option<u8>>) {}

impl Interrupts {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let (end, ending) = watch::channel(None);
        Self { source: Source::Process { signal: None, end: Some(end) }, ending, told: false }
    }

    /// Those that someone sends, for tests.
    #[must_use]
    pub fn given(receiver: UnboundedReceiver<()>) -> Self {
        Self { source: Source::Given(receiver), ending: watch::channel(None).1, told: false }
    }

    /// Waits for the next one; forever if there can be none. The end of the program is one, once.
    pub(crate) async fn next(&mut self) {
        let mut ending = self.ending.clone();
        let ends = async {
            if self.told || ending.wait_for(Option::is_some).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = ends => self.told = true,
            () = self.source.next() => {}
        }
    }

    /// Forgets those that came while nobody waited, and listens from now on.
    pub(crate) fn forget(&mut self) {
        use futures::FutureExt;
        while self.source.next().now_or_never().is_some() {}
    }

    /// Waits until the program is to end; forever if nothing ends it.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + use<> {
        let mut ending = self.ending.clone();
        async move {
            if ending.wait_for(Option::is_some).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// How the program exits, if something ends it.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.ending.borrow().map(Exit::of_signal)
    }
}

impl Source {
    async fn next(&mut self) {
        let came = match self {
            Self::Given(receiver) => receiver.recv().await,
            Self::Process { signal, end } => {
                if let Some(end) = end.take() {
                    listen_for_end(end);
                }
                if signal.is_none() {
                    *signal = listen().ok();
                }
                match signal {
                    Some(signal) => signal.recv().await,
                    None => None,
                }
            }
        };
        if came.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
