//! At a terminal: `script` gives the binary a real one.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::person::{Person, binary};

/// A person at a terminal.
struct Terminal {
    child: Child,
    shown: Arc<Mutex<String>>,
}

impl Terminal {
    fn open(person: &Person, arguments: &str) -> Self {
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--flush", "--command"]);
        command.arg(format!("exec {} {arguments}", binary().display())).arg("/dev/null");
        person.settle(&mut command);
        command.env("TERM", "xterm").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut output, sink) = (child.stdout.take().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = output.read(&mut buffer) {
                if count == 0 {
                    break;
                }
                sink.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        Self { child, shown }
    }

    fn types(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    /// Waits until the terminal shows `part`, after what was seen before.
    #[track_caller]
    fn waits_for(&self, part: &str) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if self.shown.lock().unwrap().contains(part) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("`{part}` never came:\n{}", self.shown.lock().unwrap());
    }

    /// Waits for `part` and then for the prompt after it. What is typed at a prompt is read key by key; what is typed
    /// before it waits in the terminal as lines, and there control and `D` would be swallowed as an end of input.
    #[track_caller]
    fn waits_for_prompt_after(&self, part: &str) {
        self.waits_for(part);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            let shown = self.shown.lock().unwrap();
            if shown.rfind(part).is_some_and(|at| shown[at..].contains("> ")) {
                return;
            }
            drop(shown);
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no prompt came after `{part}`:\n{}", self.shown.lock().unwrap());
    }

    fn forgets(&self) {
        self.shown.lock().unwrap().clear();
    }

    /// Types a line once the prompt is there.
    #[track_caller]
    fn says(&mut self, line: &str) {
        self.waits_for("> ");
        self.forgets();
        self.types(&format!("{line}\r"));
    }

    #[track_caller]
    fn ends(mut self) -> i32 {
        for _ in 0..1_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        panic!("it did not end:\n{}", self.shown.lock().unwrap());
    }
}

impl Drop for Terminal {
    /// Nothing is left running behind a test that failed.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_conversation_at_a_terminal_streams_and_ends_with_control_d() {
    let person = Person::with_parcels();
    let mut terminal = Terminal::open(&person, "");
    terminal.says("where is the retry limit?");
    terminal.waits_for("src/retry.rs");
    terminal.waits_for("embedded engine");
    terminal.waits_for_prompt_after("; record");
    terminal.says("and where is the depot opened?");
    terminal.waits_for("web/depot.py");
    terminal.waits_for_prompt_after("; record");
    terminal.types("\u{4}");
    assert_eq!(terminal.ends(), 0);
    let list = person.run(&["conversation", "list", "--output", "json"]).well();
    assert_eq!(list.out.matches("cnv_").count(), 1, "one conversation: {list:?}");
}

#[test]
fn control_c_stops_an_answer_and_keeps_the_conversation() {
    let person = Person::with_parcels();
    let slow = r#"{"version":1,"replies":[
        {"delay_ms":1000,"events":[{"type":"text","text":"slowly "},{"type":"text","text":"never-said"},{"type":"text","text":"never"},
            {"type":"stop","reason":"finished"}]},
        {"events":[{"type":"text","text":"still here"},{"type":"stop","reason":"finished"}]}]}"#;
    person.write("slow.json", slow);
    let mut terminal = Terminal::open(&person, "chat --model script:slow.json");
    terminal.says("hello");
    terminal.waits_for("slowly");
    terminal.types("\u{3}");
    terminal.waits_for_prompt_after("stopped");
    assert!(!terminal.shown.lock().unwrap().contains("never-said"));
    terminal.says("again");
    terminal.waits_for_prompt_after("still here");
    terminal.says("/quit");
    assert_eq!(terminal.ends(), 0);
    person.run(&["audit", "verify"]).well();
    person.run(&["audit", "tail", "--count", "50"]).well().says("cancelled");
}

#[test]
fn no_colour_means_no_escape_sequences() {
    let person = Person::with_parcels();
    let said = person.ask("where is the retry limit?").well();
    assert!(!said.out.contains('\u{1b}'), "a pipe gets no colours");
    let said =
        person.run(&["--color", "always", "chat", "--no-interactive", "where is the retry limit?"]).well();
    assert!(said.out.contains('\u{1b}'), "{said:?}");
}

#[test]
fn what_is_typed_while_an_answer_comes_is_asked_next() {
    let person = Person::with_parcels();
    let slow = r#"{"version":1,"replies":[
        {"delay_ms":400,"events":[{"type":"text","text":"slowly "},{"type":"text","text":"said"},
            {"type":"stop","reason":"finished"}]},
        {"expects":["typed ahead"],"events":[{"type":"text","text":"heard it"},{"type":"stop","reason":"finished"}]}]}"#;
    person.write("slow.json", slow);
    let mut terminal = Terminal::open(&person, "chat --model script:slow.json");
    terminal.says("hello");
    terminal.waits_for("slowly");
    terminal.types("this was typed ahead\r");
    terminal.waits_for_prompt_after("heard it");
    terminal.types("\u{4}");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_change_is_shown_and_asked_about_and_a_no_is_kept() {
    let person = Person::with_parcels();
    let call = |id: &str, text: &str| {
        let arguments =
            format!(r#"{{\"command\":\"create\",\"path\":\"note.txt\",\"file_text\":\"{text}\"}}"#);
        format!(
            r#"{{"events":[{{"type":"tool_call","id":"{id}","name":"fs_write","arguments":"{arguments}"}},
                {{"type":"stop","reason":"tool_use"}}]}}"#
        )
    };
    let end = r#"{"events":[{"type":"text","text":"so be it"},{"type":"stop","reason":"finished"}]}"#;
    let script =
        format!(r#"{{"version":1,"replies":[{},{},{end}]}}"#, call("1", "first"), call("2", "second"));
    person.write("writes.json", script);
    let mut terminal = Terminal::open(&person, "chat --model script:writes.json");
    terminal.says("write a note");
    terminal.waits_for("first");
    terminal.waits_for("for this session");
    terminal.forgets();
    terminal.types("n\r");
    terminal.waits_for("was refused");
    terminal.waits_for("for this session");
    assert!(!person.space().join("note.txt").exists());
    terminal.types("y\r");
    terminal.waits_for_prompt_after("so be it");
    assert_eq!(std::fs::read_to_string(person.space().join("note.txt")).unwrap(), "second");
    terminal.types("\u{4}");
    assert_eq!(terminal.ends(), 0);
}
