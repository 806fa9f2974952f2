//! Commands on a real machine: what is dropped dies, what was collected is gone, daemons hold nothing up.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use quillon_base::FaultCode;
use quillon_host::conformance::Ground;
use quillon_host::{Command, Host};
use rustix::process::{Pid, test_kill_process};

use crate::support::Machine;

fn shell(folder: PathBuf, script: &str) -> Command {
    Command {
        program: "/bin/sh".to_owned(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        folder,
        environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        input: Vec::new(),
        timeout_ms: 20_000,
    }
}

/// The process whose id a command wrote into a file, once it has.
async fn process(machine: &Machine, file: &str) -> Pid {
    loop {
        let text = machine.get(file).unwrap_or_default();
        if let Some(id) = String::from_utf8(text).ok().filter(|text| text.ends_with('\n')) {
            return Pid::from_raw(id.trim().parse().unwrap()).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process is there and not merely waiting to be collected.
fn lives(id: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    test_kill_process(id).is_ok() && !matches!(state, None | Some('Z' | 'X'))
}

async fn dies(id: Pid) {
    let start = Instant::now();
    while lives(id) {
        assert!(start.elapsed() < Duration::from_secs(5), "{id:?} still lives");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether there is not even an entry left, which is so only when we have collected our own child.
async fn is_collected(id: Pid) {
    let start = Instant::now();
    while test_kill_process(id).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(5), "{id:?} was never collected");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const TWO: &str = "trap '' TERM; sleep 300 & echo $! > child; echo $$ > parent; wait";

#[tokio::test]
async fn a_dropped_command_dies_with_its_children() {
    let machine = Machine::new();
    let mut running = Box::pin(machine.host.run_command(shell(machine.folder(), TWO)));
    let (child, parent) = tokio::select! {
        _ = &mut running => panic!("it must not end"),
        ids = async { (process(&machine, "child").await, process(&machine, "parent").await) } => ids,
    };
    assert!(lives(child) && lives(parent));
    drop(running);
    dies(child).await;
    is_collected(parent).await;
}

#[test]
fn a_command_dies_with_its_runtime() {
    let machine = Machine::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
    let (host, command) = (machine.host.clone(), shell(machine.folder(), TWO));
    runtime.spawn(async move { host.run_command(command).await });
    let ids =
        runtime.block_on(async { (process(&machine, "child").await, process(&machine, "parent").await) });
    drop(runtime);
    let after = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    after.block_on(async {
        dies(ids.0).await;
        is_collected(ids.1).await;
    });
}

#[tokio::test]
async fn a_command_that_was_dropped_before_it_began_never_stays() {
    let machine = Machine::new();
    for _ in 0..50 {
        let mut running =
            Box::pin(machine.host.run_command(shell(machine.folder(), "echo $$ > id; sleep 300")));
        // Once polled, it is somewhere between nothing and running.
        assert!(poll_once(&mut running).await.is_none());
        drop(running);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    if let Some(text) = machine.get("id").filter(|text| !text.is_empty()) {
        let id = String::from_utf8(text).unwrap().trim().parse().unwrap();
        is_collected(Pid::from_raw(id).unwrap()).await;
    }
}

async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn what_ended_is_collected() {
    let machine = Machine::new();
    machine.host.run_command(shell(machine.folder(), "echo $$ > id")).await.unwrap();
    is_collected(process(&machine, "id").await).await;
    let command = Command { timeout_ms: 300, ..shell(machine.folder(), TWO) };
    let fault = machine.host.run_command(command).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::TimedOut);
    is_collected(process(&machine, "parent").await).await;
}

#[tokio::test]
async fn a_polite_end_is_enough_for_a_polite_program() {
    let machine = Machine::new();
    let script = "trap 'echo bye > said; exit 0' TERM; echo ready > ready; while :; do sleep 0.05; done";
    let start = Instant::now();
    let command = Command { timeout_ms: 500, ..shell(machine.folder(), script) };
    let fault = machine.host.run_command(command).await.unwrap_err();
    assert_eq!(fault.code, FaultCode::TimedOut);
    assert_eq!(machine.get("said").as_deref(), Some(&b"bye\n"[..]));
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_daemon_that_keeps_the_pipe_does_not_hold_the_answer_back() {
    let machine = Machine::new();
    let start = Instant::now();
    let script =
        "setsid sh -c 'echo $$ > id; exec sleep 30' & while ! [ -s id ]; do sleep 0.01; done; echo said";
    let output = machine.host.run_command(shell(machine.folder(), script)).await.unwrap();
    assert_eq!((output.exit_code, &output.stdout[..]), (Some(0), &b"said\n"[..]));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let daemon = process(&machine, "id").await;
    let _ = rustix::process::kill_process(daemon, rustix::process::Signal::KILL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_commands_run_side_by_side() {
    let machine = Machine::new();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..64 {
        let (host, folder) = (machine.host.clone(), machine.folder());
        running.spawn(async move {
            let input = number.to_string().into_bytes();
            let output =
                host.run_command(Command { input: input.clone(), ..shell(folder, "cat") }).await.unwrap();
            assert_eq!(output.stdout, input);
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}
