//! Commands: a process group each, which ends as a whole.
//!
//! A thread waits for the program and only for that. It learns of the end without collecting it, kills what is left of
//! the group while the group's number cannot yet belong to anyone else, and then collects. So a dropped future needs no
//! runtime to clean up after it, and no number is ever signalled that is not the command's own.
//!
//! What a program moves into another session, as daemons do, is out of reach here; it cannot hold the answer back.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the host adapter: `Passage::run_command` arrives here, checked and recorded"
)]

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quillon_base::{Fault, FaultCode};
use quillon_host::{Command, CommandOutput, OUTPUT_BYTES_MAX, OUTPUT_GAP};
use rustix::io::retry_on_intr;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process_group, test_kill_process_group, waitid,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a command may take to end by itself once its time is up.
const GRACE: Duration = Duration::from_millis(500);
/// How long output is still read after the end, from processes that left the group and kept the pipe.
const DRAIN: Duration = Duration::from_millis(200);
/// How long a killed group is waited for. It can do nothing any more; but whoever looks should not see it either, and
/// how soon its last trace goes is up to the system's init.
const GONE_TRIES_MAX: u32 = 25;
const GONE_PAUSE: Duration = Duration::from_millis(2);
/// How much of the beginning of a stream is kept; the rest is for its end, in bytes.
const HEAD_BYTES_MAX: usize = OUTPUT_BYTES_MAX / 4;
/// How much is read at once.
const CHUNK_BYTES: usize = 32 * 1024;
/// The waiting thread does next to nothing.
const WAITER_STACK_BYTES: usize = 128 * 1024;

/// Runs a command to its end. Needs a tokio runtime with time and input/output enabled.
pub(crate) async fn run(command: Command) -> Result<CommandOutput, Fault> {
    command.check()?;
    let mut running = Running::start(&command).await?;
    let time = Duration::from_millis(command.timeout_ms);
    let finished = timeout(time, running.finish(command.input)).await;
    if let Ok(output) = finished {
        return output;
    }
    running.group.signal(Signal::TERM);
    if timeout(GRACE, &mut running.exit).await.is_err() {
        running.group.signal(Signal::KILL);
        // What sits in an uninterruptible call ends later; the thread still collects it.
        let _ = timeout(GRACE, &mut running.exit).await;
    }
    Err(Fault::new(
        FaultCode::TimedOut,
        format!("`{}` took longer than {} ms and was ended", command.program, command.timeout_ms),
    )
    .hint("give it more time, or see what it waits for"))
}

/// A process group's number, for as long as it can be nobody else's.
struct Group(Arc<Mutex<Option<Pid>>>);

impl Group {
    fn signal(&self, signal: Signal) {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(group) = *held {
            // A group that has just ended needs no signal.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// A command that runs, and everything that it is heard by.
struct Running {
    group: Group,
    exit: oneshot::Receiver<io::Result<ExitStatus>>,
    pipes: Pipes,
    program: String,
}

struct Pipes {
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    stderr: ChildStderr,
}

impl Running {
    async fn start(command: &Command) -> Result<Self, Fault> {
        let fail = |error: io::Error| cannot_start(command, &error);
        let (tell_start, start) = oneshot::channel();
        let (tell_exit, exit) = oneshot::channel();
        let child = prepare(command);
        std::thread::Builder::new()
            .name("quillon-command".to_owned())
            .stack_size(WAITER_STACK_BYTES)
            .spawn(move || wait(child, tell_start, tell_exit))
            .map_err(fail)?;
        let lost = |_| Fault::internal("the thread that waits for a command is gone");
        let (group, mut child) = start.await.map_err(lost)?.map_err(fail)?;
        let pipes = Pipes::of(&mut child).map_err(fail)?;
        Ok(Self { group, exit, pipes, program: command.program.clone() })
    }

    /// Feeds and hears the command until it ends.
    async fn finish(&mut self, input: Vec<u8>) -> Result<CommandOutput, Fault> {
        let (mut out, mut err) = (Kept::default(), Kept::default());
        let Pipes { stdin, stdout, stderr } = &mut self.pipes;
        let mut streams = Box::pin(async {
            tokio::join!(feed(stdin.take(), &input), out.hear(stdout), err.hear(stderr));
        });
        let exit = tokio::select! {
            () = &mut streams => (&mut self.exit).await,
            exit = &mut self.exit => {
                let _ = timeout(DRAIN, &mut streams).await;
                exit
            }
        };
        drop(streams);
        let lost = || {
            let what = format!("the end of `{}` could not be seen", self.program);
            Fault::new(FaultCode::ProcessFailed, what).hint("run it again")
        };
        let status = exit.map_err(|error| lost().inner(error))?.map_err(|error| lost().inner(error))?;
        let ((stdout, out_dropped), (stderr, err_dropped)) = (out.end(), err.end());
        let dropped_bytes = out_dropped + err_dropped;
        Ok(CommandOutput { exit_code: status.code(), stdout, stderr, dropped_bytes })
    }
}

impl Pipes {
    fn of(pipes: &mut StartedPipes) -> io::Result<Self> {
        let missing = || io::Error::from(ErrorKind::BrokenPipe);
        Ok(Self {
            stdin: Some(ChildStdin::from_std(pipes.0.take().ok_or_else(missing)?)?),
            stdout: ChildStdout::from_std(pipes.1.take().ok_or_else(missing)?)?,
            stderr: ChildStderr::from_std(pipes.2.take().ok_or_else(missing)?)?,
        })
    }
}

/// The pipes as the standard library hands them out.
type StartedPipes =
    (Option<std::process::ChildStdin>, Option<std::process::ChildStdout>, Option<std::process::ChildStderr>);

fn prepare(command: &Command) -> std::process::Command {
    let mut child = std::process::Command::new(&command.program);
    child
        .args(&command.arguments)
        .current_dir(&command.folder)
        .env_clear()
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    child
}

/// Starts the command, waits for it and collects it, on a thread of its own.
fn wait(
    mut command: std::process::Command,
    tell_start: oneshot::Sender<io::Result<(Group, StartedPipes)>>,
    tell_exit: oneshot::Sender<io::Result<ExitStatus>>,
) {
    let mut child: Child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let _ = tell_start.send(Err(error));
            return;
        }
    };
    let leader = Pid::from_child(&child);
    let held = Arc::new(Mutex::new(Some(leader)));
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    // When nobody wants the command any more, this kills it.
    drop(tell_start.send(Ok((Group(Arc::clone(&held)), pipes))));
    let _ = retry_on_intr(|| waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT));
    let status = {
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = kill_process_group(leader, Signal::KILL);
        *held = None;
        child.wait()
    };
    wait_until_gone(leader);
    let _ = tell_exit.send(status);
}

/// Waits for the rest of a killed group. Where this program is what orphans are given to, as in a container without an
/// init, it also collects them.
fn wait_until_gone(group: Pid) {
    for _ in 0..GONE_TRIES_MAX {
        let orphans = || waitid(WaitId::Pgid(Some(group)), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        while let Ok(Some(_)) = orphans() {}
        if test_kill_process_group(group).is_err() {
            return;
        }
        std::thread::sleep(GONE_PAUSE);
    }
}

/// Writes the input and closes the pipe. A program that does not want all of it is free to end without.
async fn feed(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input).await;
    }
}

/// Both ends of a stream, and how much between them was dropped.
#[derive(Default)]
struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Kept {
    async fn hear(&mut self, mut stream: impl AsyncRead + Unpin) {
        let mut chunk = vec![0; CHUNK_BYTES];
        // A stream that fails has ended; how the command ended is said by its exit.
        while let Ok(bytes @ 1..) = stream.read(&mut chunk).await {
            self.take(&chunk[..bytes]);
        }
    }

    fn take(&mut self, chunk: &[u8]) {
        let (to_head, to_tail) = chunk.split_at(chunk.len().min(HEAD_BYTES_MAX - self.head.len()));
        self.head.extend_from_slice(to_head);
        self.tail.extend(to_tail);
        self.drop_beyond(OUTPUT_BYTES_MAX - HEAD_BYTES_MAX);
    }

    fn drop_beyond(&mut self, tail_bytes_max: usize) {
        let beyond = self.tail.len().saturating_sub(tail_bytes_max);
        self.tail.drain(..beyond);
        self.dropped += beyond as u64;
    }

    /// What is kept, and how much is not.
    fn end(mut self) -> (Vec<u8>, u64) {
        if self.dropped > 0 {
            self.drop_beyond(OUTPUT_BYTES_MAX - HEAD_BYTES_MAX - OUTPUT_GAP.len());
            self.head.extend_from_slice(OUTPUT_GAP.as_bytes());
        }
        self.head.extend(self.tail);
        (self.head, self.dropped)
    }
}

fn cannot_start(command: &Command, error: &io::Error) -> Fault {
    let program = &command.program;
    let folder = command.folder.display();
    let (what, hint) = match error.kind() {
        // The system says the same when the folder is what is missing.
        _ if !is_folder(&command.folder) => (
            format!("`{program}` cannot run in `{folder}`, which is not a folder"),
            "name a folder that exists",
        ),
        ErrorKind::NotFound => (
            format!("the program `{program}` was not found"),
            "install it, or name it by its full path; scripts also need the interpreter of their first line",
        ),
        ErrorKind::PermissionDenied => (
            format!("`{program}` may not be run"),
            "make it executable for you, for instance with `chmod +x`",
        ),
        ErrorKind::ArgumentListTooLong => (
            format!("`{program}` was given more than the system passes on"),
            "give it fewer or shorter arguments",
        ),
        _ => (format!("`{program}` could not be started"), "see whether it runs in a terminal"),
    };
    Fault::new(FaultCode::ProcessFailed, what).hint(hint).inner(error)
}

fn is_folder(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_dir())
}
