//! Programs: what they get, what comes back, and that nothing of them stays.

use std::path::PathBuf;

use quillon_base::{Fault, FaultCode};

use super::{Ground, MakeGround, assert_fault};
use crate::{Command, CommandOutput, OUTPUT_BYTES_MAX, OUTPUT_GAP};

/// Holds the commands of a host with `/bin/sh` to the port.
pub async fn commands(make: MakeGround<'_>) {
    gives_back_what_a_program_says(make().as_ref()).await;
    gives_a_program_exactly_its_environment(make().as_ref()).await;
    gives_a_program_its_input(make().as_ref()).await;
    keeps_both_ends_of_much_output(make().as_ref()).await;
    ends_the_whole_group_when_time_is_up(make().as_ref()).await;
    leaves_nothing_running_behind(make().as_ref()).await;
    says_what_could_not_be_started(make().as_ref()).await;
}

fn shell(ground: &dyn Ground, script: &str) -> Command {
    Command {
        program: "/bin/sh".to_owned(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        folder: ground.folder(),
        environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        input: Vec::new(),
        timeout_ms: 20_000,
    }
}

async fn run(ground: &dyn Ground, command: Command) -> CommandOutput {
    ground.host().run_command(command).await.expect("a command that runs")
}

async fn gives_back_what_a_program_says(ground: &dyn Ground) {
    ground.put("src/a.txt", b"a");
    let command = shell(ground, "echo out; echo err >&2; exit 3");
    let output = run(ground, command).await;
    let said = |text: &str| text.as_bytes().to_vec();
    let expected =
        CommandOutput { exit_code: Some(3), stdout: said("out\n"), stderr: said("err\n"), dropped_bytes: 0 };
    assert_eq!(output, expected);
    let command = Command { folder: ground.folder().join("src"), ..shell(ground, "pwd; ls; kill -9 $$") };
    let output = run(ground, command).await;
    let folder = ground.folder().join("src");
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\na.txt\n", folder.display()));
    assert_eq!(output.exit_code, None, "a signal ended it");
}

async fn gives_a_program_exactly_its_environment(ground: &dyn Ground) {
    let environment = [("B", "2 = zwei"), ("A", ""), ("PATH", "/usr/bin:/bin")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let bare = Command { program: "env".to_owned(), arguments: Vec::new(), environment, ..shell(ground, "") };
    let output = run(ground, bare.clone()).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["A=", "B=2 = zwei", "PATH=/usr/bin:/bin"]);
    let twice = [bare.environment.clone(), bare.environment.clone()].concat();
    let refused = ground.host().run_command(Command { environment: twice, ..bare }).await;
    assert_fault(refused, FaultCode::InputInvalid);
}

async fn gives_a_program_its_input(ground: &dyn Ground) {
    let input: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    // More than any pipe holds, in both directions at once.
    let output = run(ground, Command { input: input.clone(), ..shell(ground, "head -c 300000") }).await;
    assert_eq!(output.stdout, input[..300_000]);
    let output = run(ground, Command { input: input.clone(), ..shell(ground, "wc -c") }).await;
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), input.len().to_string());
    let output = run(ground, Command { input, ..shell(ground, "exit 0") }).await;
    assert_eq!(output.exit_code, Some(0), "a program need not read what it is given");
    let output = run(ground, shell(ground, "cat; echo end")).await;
    assert_eq!(output.stdout, b"end\n", "no input is an end, not a wait");
}

async fn keeps_both_ends_of_much_output(ground: &dyn Ground) {
    let script = "echo start; yes | head -c 1000000; yes n | head -c 700000 >&2; echo end";
    let output = run(ground, shell(ground, script)).await;
    assert_eq!((output.stdout.len(), output.stderr.len()), (OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX));
    assert!(output.stdout.starts_with(b"start\ny\n") && output.stderr.starts_with(b"n\n"));
    assert!(output.stdout.ends_with(b"y\nend\n") && output.stderr.ends_with(b"n\n"));
    for stream in [&output.stdout, &output.stderr] {
        assert!(String::from_utf8_lossy(stream).contains(OUTPUT_GAP), "what is missing is said where it is");
    }
    let kept = 2 * (OUTPUT_BYTES_MAX - OUTPUT_GAP.len()) as u64;
    assert_eq!(output.dropped_bytes, 1_000_010 + 700_000 - kept);
    let all = run(ground, shell(ground, &format!("yes | head -c {OUTPUT_BYTES_MAX}"))).await;
    assert_eq!((all.stdout, all.dropped_bytes), (b"y\n".repeat(OUTPUT_BYTES_MAX / 2), 0));
    assert_eq!(output.exit_code, Some(0), "it could say everything");
}

/// Whether the process whose id is in the file is still there, as more than a name that nobody has collected yet.
async fn lives(ground: &dyn Ground, file: &str) -> bool {
    let script = format!(
        "id=$(cat {file}); kill -0 $id 2>/dev/null || exit 1; \
         [ -r /proc/$id/stat ] || exit 0; read -r _ _ state _ < /proc/$id/stat; [ \"$state\" != Z ]"
    );
    run(ground, shell(ground, &script)).await.exit_code == Some(0)
}

async fn ends_the_whole_group_when_time_is_up(ground: &dyn Ground) {
    // A child and a grandchild, both deaf to the polite signal.
    let script = "trap '' TERM; sh -c 'trap \"\" TERM; sleep 300 & echo $! > grandchild; wait' & \
                  echo $! > child; wait";
    let command = Command { timeout_ms: 500, ..shell(ground, script) };
    assert_fault(ground.host().run_command(command).await, FaultCode::TimedOut);
    for file in ["child", "grandchild"] {
        assert!(ground.get(file).is_some_and(|id| !id.is_empty()), "the {file} was started");
        assert!(!lives(ground, file).await, "the {file} outlived its command");
    }
}

async fn leaves_nothing_running_behind(ground: &dyn Ground) {
    let output = run(ground, shell(ground, "sleep 300 & echo $! > child; echo started")).await;
    assert_eq!((output.exit_code, &output.stdout[..]), (Some(0), &b"started\n"[..]));
    assert!(!lives(ground, "child").await, "the child outlived its command");
}

async fn says_what_could_not_be_started(ground: &dyn Ground) {
    ground.put("plain.txt", b"no program");
    let fault = |command: Command| async move {
        let fault: Fault = ground.host().run_command(command).await.expect_err("this cannot be started");
        assert!(fault.hint.is_some(), "{fault} comes with a hint");
        fault
    };
    let program = |program: &str| Command { program: program.to_owned(), ..shell(ground, "") };
    let missing = fault(program("no-such-program")).await;
    assert_eq!(missing.code, FaultCode::ProcessFailed);
    assert!(missing.message.contains("`no-such-program`"), "{missing}");
    assert_eq!(fault(program("./plain.txt")).await.code, FaultCode::ProcessFailed);
    let nowhere = Command { folder: ground.folder().join("nowhere"), ..shell(ground, "true") };
    let nowhere = fault(nowhere).await;
    assert_eq!(nowhere.code, FaultCode::ProcessFailed);
    assert!(nowhere.message.contains("nowhere"), "{nowhere}");
    let relative = Command { folder: PathBuf::from("src"), ..shell(ground, "true") };
    assert_fault(ground.host().run_command(relative).await, FaultCode::InputInvalid);
}
