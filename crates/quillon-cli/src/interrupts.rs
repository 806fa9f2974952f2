//! Ctrl-C, as something to wait for.

use tokio::sync::mpsc::UnboundedReceiver;

/// Where interrupts come from.
#[derive(Debug)]
pub struct Interrupts(Source);

#[derive(Debug)]
enum Source {
    /// The process, from the first time that someone waits; until then Ctrl-C ends it.
    Process(Option<Signal>),
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

impl Interrupts {
    /// Those of this process.
    #[must_use]
    pub const fn of_process() -> Self {
        Self(Source::Process(None))
    }

    /// Those that someone sends, for tests.
    #[must_use]
    pub const fn given(receiver: UnboundedReceiver<()>) -> Self {
        Self(Source::Given(receiver))
    }

    /// Waits for the next one; forever if there can be none.
    pub(crate) async fn next(&mut self) {
        let came = match &mut self.0 {
            Source::Given(receiver) => receiver.recv().await,
            Source::Process(signal) => {
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

    /// Forgets those that came while nobody waited, and listens from now on.
    pub(crate) fn forget(&mut self) {
        use futures::FutureExt;
        while self.next().now_or_never().is_some() {}
    }
}
