//! The fake is held to the suite, and to being strict.

use futures::executor::block_on;

use super::*;
use crate::conformance::{self, Ground};

struct InMemory(StrictHost);

impl Ground for InMemory {
    fn host(&self) -> &dyn Host {
        &self.0
    }
    fn folder(&self) -> PathBuf {
        PathBuf::from("/w")
    }
    fn put(&self, path: &str, content: &[u8]) {
        self.0.put("/w", path, content);
    }
    fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.0.file("/w", path)
    }
    fn put_original(&self, path: &str, content: &[u8]) {
        self.0.world().originals.insert(path.to_owned(), content.to_vec());
    }
}

fn make() -> Box<dyn Ground> {
    let none: [(&str, &str); 0] = [];
    Box::new(InMemory(StrictHost::new().with_workspace("/w", none)))
}

fn host() -> StrictHost {
    StrictHost::new().with_workspace("/w", [("a.txt", "a"), ("src/b.rs", "b")])
}

fn path(text: &str) -> WorkspacePath {
    WorkspacePath::new(text).unwrap()
}

fn everything() -> WalkOptions {
    WalkOptions { below: None, file_bytes_max: 100, files_max: 100 }
}

fn command(program: &str, arguments: &[&str]) -> Command {
    Command {
        program: program.to_owned(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        folder: PathBuf::from("/w/src"),
        environment: Vec::new(),
        input: Vec::new(),
        timeout_ms: 1_000,
    }
}

fn said(text: &str) -> Result<CommandOutput, Fault> {
    Ok(CommandOutput { exit_code: Some(0), stdout: text.into(), stderr: Vec::new(), dropped_bytes: 0 })
}

#[test]
fn passes_the_suite() {
    conformance::files(&make);
    conformance::private_files(&make);
}

#[test]
fn every_call_leaves_a_line_and_a_line_makes_it_fail() {
    let host = host().with_private("settings.json", "{}").with_original("mcp.json", "{}");
    let host = host.with_command("cargo", &["test", "-q"], said("ok"));
    assert_eq!(host.touched(), [""; 0], "setting up leaves no trace");
    let files = host.open_workspace(Path::new("/w")).unwrap();
    files.walk(&everything(), &|| false).unwrap();
    files.walk(&WalkOptions { below: Some(path("src")), ..everything() }, &|| false).unwrap();
    files.read(&path("a.txt"), 100).unwrap();
    files.write(&path("a.txt"), b"c", Before::of(b"a")).unwrap();
    files.remove(&path("src/b.rs"), Before::of(b"b")).unwrap();
    block_on(host.run_command(command("cargo", &["test", "-q"]))).unwrap();
    host.read_private("settings.json").unwrap();
    host.write_private("settings.json", b"").unwrap();
    host.read_original("mcp.json").unwrap();
    let lines = [
        "open /w",
        "walk /w",
        "walk /w/src",
        "read /w/a.txt",
        "write /w/a.txt",
        "remove /w/src/b.rs",
        "run cargo test -q",
        "read private settings.json",
        "write private settings.json",
        "read original mcp.json",
    ];
    assert_eq!(host.touched(), lines);
    assert_eq!((host.file("/w", "a.txt"), host.file("/w", "src/b.rs")), (Some(b"c".to_vec()), None));

    let full = Fault::new(FaultCode::DiskFull, "the disk is full");
    host.fail("write /w/a.txt", full.clone());
    assert_eq!(files.write(&path("a.txt"), b"d", Before::of(b"c")), Err(full));
    assert_eq!(host.file("/w", "a.txt"), Some(b"c".to_vec()));
    host.mend("write /w/a.txt");
    assert_eq!(files.write(&path("a.txt"), b"d", Before::of(b"c")), Ok(()));
}

#[test]
fn ignored_and_skipped_paths_are_as_on_a_disk() {
    let host = host();
    host.ignore("/w", "src");
    for (path, reason) in [("link", SkipReason::LinkOutside), ("pipe", SkipReason::NotAFile)] {
        host.skip("/w", path, reason);
    }
    let files = host.open_workspace(Path::new("/w")).unwrap();
    let walked = files.walk(&everything(), &|| false).unwrap();
    assert_eq!(walked.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a.txt"]);
    let skipped: Vec<_> = walked.skipped.iter().map(|one| (one.path.as_str(), one.reason)).collect();
    assert_eq!(skipped, [("link", SkipReason::LinkOutside), ("pipe", SkipReason::NotAFile)]);
    let code = |name: &str| files.read(&path(name), 100).map_err(|fault| fault.code).map(|file| file.bytes);
    assert_eq!(code("link"), Err(FaultCode::FileOutside));
    assert_eq!(code("pipe"), Err(FaultCode::FileUnreadable));
    assert_eq!(code("src/b.rs"), Ok(b"b".to_vec()), "what is ignored can still be read by its name");
}

#[test]
fn the_same_command_answers_in_order() {
    let host = host().with_command("ls", &[], said("1")).with_command("ls", &[], said("2"));
    let run = || block_on(host.run_command(command("ls", &[]))).unwrap().stdout;
    assert_eq!((run(), run()), (b"1".to_vec(), b"2".to_vec()));
}

#[test]
#[should_panic(expected = "the command [\"rm\", \"-rf\"] was not expected")]
fn a_command_that_nobody_scripted_fails() {
    let _ = block_on(host().run_command(command("rm", &["-rf"])));
}

#[test]
#[should_panic(expected = "commands that were expected never ran: [[\"ls\"]]")]
fn a_command_that_never_comes_fails() {
    drop(host().with_command("ls", &[], said("")));
}

#[test]
#[should_panic(expected = "the environment variable `A` is given twice")]
fn an_environment_that_means_two_things_fails() {
    let variable = ("A".to_owned(), "1".to_owned());
    let twice = Command { environment: vec![variable.clone(), variable], ..command("ls", &[]) };
    let _ = block_on(host().run_command(twice));
}

#[test]
#[should_panic(expected = "outside every workspace")]
fn a_command_outside_every_workspace_fails() {
    let _ = block_on(host().run_command(Command { folder: PathBuf::from("/etc"), ..command("ls", &[]) }));
}

#[test]
#[should_panic(expected = "outside every workspace")]
fn a_command_that_climbs_out_of_its_workspace_fails() {
    let folder = PathBuf::from("/w/../etc");
    let _ = block_on(host().run_command(Command { folder, ..command("ls", &[]) }));
}

#[test]
#[should_panic(expected = "read with a limit of nothing")]
fn a_limit_of_nothing_fails() {
    let _ = host().open_workspace(Path::new("/w")).unwrap().read(&path("a.txt"), 0);
}
