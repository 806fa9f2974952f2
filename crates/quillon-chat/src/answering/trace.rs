//! Stack traces and compiler errors as people paste them: which places they name, innermost first, and what they say.
//!
//! A line is read by the first form that fits; what fits none is not an error, since traces come with logs around them.
//! Nothing is looked up here: paths are as the text has them. Start at [`Trace::read`].

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// How much of a text is read for places, in bytes.
const TRACE_BYTES_MAX: usize = 1024 * 1024;
/// The longest line that is taken apart into the lines that it once was.
const FOLDED_BYTES_MAX: usize = 64 * 1024;
/// The longest line that is read.
const LINE_BYTES_MAX: usize = 2_000;
/// The most places of one trace.
const FRAMES_MAX: usize = 200;
/// The most messages of one trace.
const MESSAGES_MAX: usize = 12;

/// One place that a trace names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The file, as the trace has it; `/` between folders.
    pub(crate) path: String,
    /// The line, from 1.
    pub(crate) line: u32,
    /// The function that was running, where the trace says it.
    pub(crate) function: Option<String>,
}

/// What a pasted text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// Whose form it has.
    pub(crate) tool: &'static str,
    /// What went wrong, the root cause first.
    pub(crate) messages: Vec<String>,
    /// The places, innermost first.
    pub(crate) frames: Vec<Frame>,
}

/// A form in which a line names a place. Groups: `p` path, `l` line, `f` function, `m` message.
struct Form {
    tool: &'static str,
    /// Whether the last place of the text is the innermost.
    innermost_last: bool,
    regex: Regex,
}

macro_rules! forms {
    ($($tool:literal $last:literal $pattern:literal;)*) => {
        static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| vec![$(Form {
            tool: $tool,
            innermost_last: $last,
            // The patterns are part of the program, and a test reads with every one of them.
            regex: Regex::new($pattern).unwrap_or_else(|fault| panic!("{fault}")),
        }),*]);
    };
}

forms! {
    // Rust: a panic, a compiler's arrow, a line of a backtrace.
    "Rust" false r"panicked at (?:'(?P<m>[^']*)', )?(?P<p>[^\s:']+):(?P<l>\d+):\d+";
    "rustc" false r"^\s*-->\s+(?P<p>.+?):(?P<l>\d+):\d+\s*$";
    "Rust" false r"^\s+at (?P<p>(?:\.{0,2}/|[A-Za-z]:\\)[^\s()]+\.rs):(?P<l>\d+)(?::\d+)?$";
    // Python: the innermost comes last.
    "Python" true r#"^\s*File "(?P<p>[^"]+)", line (?P<l>\d+)(?:, in (?P<f>.+))?$"#;
    // Java, Kotlin, Scala: the folder is in the name of the class.
    "Java" false r"^\s*at (?:[\w.@-]+//?)?(?P<f>[\w.$<>]+)\((?P<p>[\w$-]+\.(?:java|kt|scala|groovy)):(?P<l>\d+)\)";
    // C#.
    "C#" false r"^\s*at (?P<f>.+?) in (?P<p>.+?):line (?P<l>\d+)";
    "C#" false r"^\s*(?P<p>[^\s(][^(]*\.(?:cs|vb|fs))\((?P<l>\d+)(?:,\d+)*\): (?:error|warning) (?P<m>.+?)(?: \[[^\]]*\])?$";
    // JavaScript.
    "JavaScript" false r"^\s*at (?:async )?(?:(?P<f>[^\s(]+(?: \[as [^\]]+\])?) \()?(?:file://)?(?P<p>(?:[A-Za-z]:)?[^\s():]+):(?P<l>\d+):\d+\)?$";
    "JavaScript" false r"^(?:Uncaught )?(?:file://)?(?P<p>/?[^\s():]+\.[cm]?[jt]sx?):(?P<l>\d+)$";
    // TypeScript's compiler.
    "tsc" false r"^\s*(?P<p>[^\s(][^(]*\.[cm]?tsx?)\((?P<l>\d+),\d+\): error (?P<m>.+)$";
    "tsc" false r"^\s*(?P<p>[^\s:]+\.[cm]?tsx?):(?P<l>\d+):\d+ - error (?P<m>.+)$";
    // Ruby: the first line says what, and where it is innermost.
    "Ruby" false r"^\s*(?:from )?(?:\d+: from )?(?P<p>[^\s:]+\.(?:rb|rake|erb)):(?P<l>\d+):in [`'](?P<f>[^']+)'(?:: (?P<m>.+))?$";
    "Ruby" false r"^\s*(?P<p>[^\s:]+\.(?:rb|rake)):(?P<l>\d+): (?P<m>.+)$";
    // PHP.
    "PHP" false r"^(?:PHP |\[[^\]]*\] )*(?:Fatal|Parse|Recoverable fatal)?\s?(?:[Ee]rror|Warning|Notice|Deprecated):\s+(?P<m>.+?) in (?P<p>\S+\.(?:php|phtml|inc))(?::(?P<l>\d+)| on line (?P<l2>\d+))";
    "PHP" false r"^\s*#\d+ (?P<p>\S+\.(?:php|phtml|inc))\((?P<l>\d+)\): (?P<f>[^(]+)";
    "PHP" false r"^\s*thrown in (?P<p>\S+\.(?:php|phtml|inc)) on line (?P<l>\d+)";
    // Maven and javac.
    "javac" false r"^\[ERROR\] (?P<p>\S+\.(?:java|kt|scala)):\[(?P<l>\d+)(?:,\d+)?\] (?P<m>.+)$";
    "javac" false r"^\s*(?P<p>[^\s:]+\.java):(?P<l>\d+): (?:error: |warning: )?(?P<m>.+)$";
    "kotlinc" false r"^e: (?:file://)?(?P<p>[^\s:]+\.kts?):(?P<l>\d+):\d+:? (?P<m>.+)$";
    // Visual C++.
    "MSVC" false r"^\s*(?P<p>[^\s(][^(]*\.(?:c|cc|cpp|cxx|h|hpp))\((?P<l>\d+)(?:,\d+)?\)\s?: (?:fatal )?error (?P<m>.+)$";
    // Go: a goroutine's stack, the compiler, a test.
    "Go" false r"^\t(?P<p>\S+\.go):(?P<l>\d+)(?: \+0x[0-9a-f]+)?$";
    "Go" false r"^\s*(?:vet: )?(?P<p>\S+\.go):(?P<l>\d+)(?::\d+)?: (?P<m>.+)$";
    // pytest names the place under what it shows.
    "pytest" true r"^(?P<p>[^\s:]+\.py):(?P<l>\d+): (?:in (?P<f>\w+)|(?P<m>\w*(?:Error|Exception|Exit|Interrupt|Warning)\b.*)|)$";
    // gcc, clang and the many that write as they do.
    "compiler" false r"^\s*(?:In file included from )?(?P<p>(?:[A-Za-z]:)?[^\s:]+\.\w+):(?P<l>\d+)(?::\d+)?: (?:(?:fatal )?error|undefined reference to|warning|note)[: ]+(?P<m>.+)$";
    "debugger" false r"^#\d+\s+(?:0x[0-9a-f]+ in )?(?P<f>[\w:~<>]+) ?(?:\(.*\)|) (?:at )?(?P<p>[^\s:()]+\.\w+):(?P<l>\d+)(?::\d+)?$";
}

/// Lines that say what went wrong. The group is what they say.
static SAYINGS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"^error(?:\[E\d+\])?: (.+)$",
        r"^panic: (.+)$",
        r"^fatal error: (.+)$",
        r"^(?:Caused by: |Exception in thread .+? |Unhandled exception\. |Uncaught )?((?:[A-Za-z_][\w$]*\.)*(?:[A-Z]\w*)?(?:Error|Exception|Failure|Fault|Panic|Interrupt|Exit|Iteration|Warning)(?: \[[^\]]*\])?(?::.*)?)$",
        r"^Caused by: (.+)$",
        r"^E {3}(\S.*)$",
        r"^\s*--- FAIL: (\S+)",
    ]
    .into_iter()
    .map(|pattern| Regex::new(pattern).unwrap_or_else(|fault| panic!("{fault}")))
    .collect()
});

impl Trace {
    /// Reads a text; nothing when it names no place.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = &text[..text.floor_char_boundary(TRACE_BYTES_MAX)];
        let mut reading = Reading::default();
        let unfolded: Vec<Cow<'_, str>> = text.lines().map(unfolded).collect();
        let mut lines = unfolded.iter().flat_map(|line| line.lines()).map(bare).peekable();
        while let Some(line) = lines.next() {
            let next = lines.peek().copied().unwrap_or_default();
            reading.line(line, next);
        }
        reading.finish()
    }
}

/// A trace that a log or a chat put on one line, with its lines apart again.
fn unfolded(line: &str) -> Cow<'_, str> {
    /// Where a place begins within a line, where a place of Python ends, and what an exception says at the end.
    static FOLDS: LazyLock<[Regex; 3]> = LazyLock::new(|| {
        [
            r#"\s+(?P<place>File "[^"]+", line \d+|at [^\s()]+(?: \[as [^\]]+\])? ?\([^()\s]+:\d+(?::\d+)?\)|at [^\s()]+(?:\([^()]*\))? in \S+:line \d+)"#,
            r#"(?m)^(?P<place>\s*File "[^"]+", line \d+, in \S+)[ \t]+(?P<code>.*)$"#,
            r"(?m)[ \t](?P<said>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning)(?:: .*)?)$",
        ]
        .map(|pattern| Regex::new(pattern).unwrap_or_else(|fault| panic!("{fault}")))
    });
    let [place, after, said] = &*FOLDS;
    let is_folded = line.len() <= FOLDED_BYTES_MAX && place.is_match(line.trim_start());
    if !is_folded {
        return Cow::Borrowed(line);
    }
    let line = place.replace_all(line, "\n    $place");
    if !line.contains("File \"") {
        return Cow::Owned(line.into_owned());
    }
    let line = after.replace_all(&line, "$place\n$code");
    Cow::Owned(said.replace_all(&line, "\n$said").into_owned())
}

/// A line without colours, without the time and name that a log puts before it, and of a length that is worth reading.
fn bare(line: &str) -> &str {
    let line = line[..line.floor_char_boundary(LINE_BYTES_MAX)].trim_end();
    line.strip_prefix("stderr: ").unwrap_or(line)
}

#[derive(Default)]
struct Reading {
    tool: Option<&'static str>,
    innermost_last: bool,
    frames: Vec<Frame>,
    messages: Vec<String>,
    /// Whether an innermost cause was said, which counts before all others.
    root: Option<String>,
    /// The function of a Go frame stands on the line before.
    called: Option<String>,
}

impl Reading {
    fn line(&mut self, line: &str, next: &str) {
        let form = FORMS.iter().find_map(|form| Some((form, form.regex.captures(line)?)));
        let Some((form, found)) = form else {
            self.saying(line);
            self.called = go_call(line);
            return;
        };
        let group = |name: &str| found.name(name).map(|group| group.as_str().trim().to_owned());
        if let Some(message) = group("m").filter(|message| !message.is_empty()) {
            self.said(message);
        }
        // The message of a panic stands below its place.
        if form.tool == "Rust" && line.contains("panicked at") && group("m").is_none() {
            self.said(next.trim().to_owned());
        }
        let Some(number) = group("l").or_else(|| group("l2")).and_then(|line| line.parse().ok()) else {
            return;
        };
        let function = group("f").or_else(|| self.called.take());
        let path = group("p").unwrap_or_default().replace('\\', "/");
        let path = if form.tool == "Java" { class_path(&path, function.as_deref()) } else { path };
        self.tool.get_or_insert(form.tool);
        self.innermost_last |= form.innermost_last;
        let frame = Frame { path, line: number, function };
        if self.frames.len() < FRAMES_MAX && !self.frames.iter().any(|known| known.is_at(&frame)) {
            self.frames.push(frame);
        }
    }

    fn saying(&mut self, line: &str) {
        let said = SAYINGS.iter().find_map(|saying| saying.captures(line)?.get(1));
        let Some(said) = said.map(|said| said.as_str().trim().to_owned()) else {
            return;
        };
        if line.starts_with("Caused by: ") {
            self.root = Some(said.clone());
        }
        self.said(said);
    }

    fn said(&mut self, message: String) {
        if !message.is_empty() && self.messages.len() < MESSAGES_MAX && !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }

    fn finish(mut self) -> Option<Trace> {
        if self.frames.is_empty() {
            return None;
        }
        if self.innermost_last {
            self.frames.reverse();
            self.messages.reverse();
        }
        // What caused the rest is what one wants to know first.
        if let Some(root) = self.root {
            self.messages.retain(|message| *message != root);
            self.messages.insert(0, root);
        }
        Some(Trace { tool: self.tool.unwrap_or_default(), messages: self.messages, frames: self.frames })
    }
}

impl Frame {
    fn is_at(&self, other: &Self) -> bool {
        self.path == other.path && self.line == other.line
    }
}

/// `main.(*Server).run(0xc000…)`: the function of the place on the next line of a goroutine's stack.
fn go_call(line: &str) -> Option<String> {
    let (name, _) = line.rsplit_once('(')?;
    let is_name = line.ends_with(')')
        && !name.is_empty()
        && !name.starts_with([' ', '\t'])
        && !name.contains(' ')
        && name.contains('.');
    is_name.then(|| name.to_owned())
}

/// `com.example.shop.Order$Line.total` in `Order.java` stands in `com/example/shop/Order.java`.
fn class_path(file: &str, function: Option<&str>) -> String {
    let class = function.and_then(|function| function.rsplit_once('.')).map_or("", |(class, _)| class);
    let package = class.rsplit_once('.').map_or("", |(package, _)| package);
    if package.is_empty() { file.to_owned() } else { format!("{}/{file}", package.replace('.', "/")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tool, the messages and the places of a text.
    fn check(text: &str, expected: &str) {
        let found = Trace::read(text).map_or_else(
            || "no trace".to_owned(),
            |trace| {
                let frame = |frame: &Frame| {
                    let function = frame.function.as_deref().map(|name| format!(" in {name}"));
                    format!("{}:{}{}", frame.path, frame.line, function.unwrap_or_default())
                };
                let mut lines = vec![trace.tool.to_owned()];
                lines.extend(trace.messages.iter().map(|message| format!("! {message}")));
                lines.extend(trace.frames.iter().map(frame));
                lines.join("\n")
            },
        );
        assert_eq!(found, expected);
    }

    #[test]
    fn rust() {
        check(
            "thread 'main' panicked at src/retry.rs:7:5:\nno tries left\nstack backtrace:\n   3: parcels::retry::may_retry\n             at ./src/retry.rs:7:5\n   4: parcels::main\n             at ./src/main.rs:2:5\n",
            "Rust\n! no tries left\nsrc/retry.rs:7\n./src/retry.rs:7\n./src/main.rs:2",
        );
        check(
            "error[E0425]: cannot find value `tires` in this scope\n --> src/retry.rs:8:5\n  |\n8 |     tires < RETRY_LIMIT\n",
            "rustc\n! cannot find value `tires` in this scope\nsrc/retry.rs:8",
        );
    }

    #[test]
    fn python() {
        check(
            "Traceback (most recent call last):\n  File \"/srv/app/main.py\", line 3, in <module>\n    run()\n  File \"/srv/app/web/depot.py\", line 12, in open_depot\n    raise ValueError(name)\nValueError: no depot called north\n",
            "Python\n! ValueError: no depot called north\n/srv/app/web/depot.py:12 in open_depot\n/srv/app/main.py:3 in <module>",
        );
        check(
            "    def test_it():\n>       assert open_depot(1) == 2\nE       assert 1 == 2\n\ntests/test_depot.py:4: AssertionError\n",
            "pytest\n! AssertionError\ntests/test_depot.py:4",
        );
    }

    #[test]
    fn a_trace_on_one_line_is_one_too() {
        check(
            r#"Traceback (most recent call last): File "/srv/app/main.py", line 3, in <module> run() File "/srv/app/web/depot.py", line 12, in open_depot raise ValueError(name) ValueError: no depot called north"#,
            "Python\n! ValueError: no depot called north\n/srv/app/web/depot.py:12 in open_depot\n/srv/app/main.py:3 in <module>",
        );
        check(
            r#"why? File "web/depot.py", line 12, in open_depot KeyError: 'north'"#,
            "Python\n! KeyError: 'north'\nweb/depot.py:12 in open_depot",
        );
        check(
            "java.io.IOException: disk full at com.example.Disk.write(Disk.java:9) at com.example.Queue.take(Queue.java:14)",
            "Java\n! java.io.IOException: disk full\ncom/example/Disk.java:9 in com.example.Disk.write\ncom/example/Queue.java:14 in com.example.Queue.take",
        );
        check(
            "System.InvalidOperationException: no depot at Parcels.Depot.Open(String name) in /srv/app/Depot.cs:line 12 at Parcels.Program.Main() in /srv/app/Program.cs:line 3",
            "C#\n! System.InvalidOperationException: no depot\n/srv/app/Depot.cs:12 in Parcels.Depot.Open(String name)\n/srv/app/Program.cs:3 in Parcels.Program.Main()",
        );
        check(
            "TypeError: depot is not a function at Object.open (/srv/app/lib/depot.js:4:11) at run (/srv/app/index.js:2:1)",
            "JavaScript\n! TypeError: depot is not a function\n/srv/app/lib/depot.js:4 in Object.open\n/srv/app/index.js:2 in run",
        );
    }

    #[test]
    fn java_and_its_kin() {
        check(
            "Exception in thread \"main\" java.lang.IllegalStateException: queue closed\n\tat com.example.app.Queue$Reader.take(Queue.java:14)\n\tat java.base/java.lang.Thread.run(Thread.java:833)\nCaused by: java.io.IOException: disk full\n\tat com.example.app.Disk.write(Disk.kt:9)\n\t... 2 more\n",
            "Java\n! java.io.IOException: disk full\n! java.lang.IllegalStateException: queue closed\ncom/example/app/Queue.java:14 in com.example.app.Queue$Reader.take\njava/lang/Thread.java:833 in java.lang.Thread.run\ncom/example/app/Disk.kt:9 in com.example.app.Disk.write",
        );
        check(
            "[ERROR] /srv/app/Queue.java:[3,9] cannot find symbol\nQueue.java:3: error: ';' expected\n",
            "javac\n! cannot find symbol\n! ';' expected\n/srv/app/Queue.java:3\nQueue.java:3",
        );
    }

    #[test]
    fn javascript_and_typescript() {
        check(
            "/srv/app/lib/depot.js:4\n    throw new TypeError('x')\n\nTypeError: depot is not a function\n    at Object.open (/srv/app/lib/depot.js:4:11)\n    at async file:///srv/app/index.mjs:2:1\n    at node:internal/main/run_main_module:28:49\n",
            "JavaScript\n! TypeError: depot is not a function\n/srv/app/lib/depot.js:4\n/srv/app/index.mjs:2",
        );
        check(
            "src/app.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.\nsrc/b.tsx:9:1 - error TS1005: ';' expected.\n",
            "tsc\n! TS2322: Type 'string' is not assignable to type 'number'.\n! TS1005: ';' expected.\nsrc/app.ts:3\nsrc/b.tsx:9",
        );
    }

    #[test]
    fn go() {
        check(
            "panic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 [running]:\nmain.pick(...)\n\t/srv/app/pick.go:9\nmain.(*Depot).open(0xc0000140a8)\n\t/srv/app/main.go:5 +0x1d\n",
            "Go\n! runtime error: index out of range [3] with length 3\n/srv/app/pick.go:9 in main.pick\n/srv/app/main.go:5 in main.(*Depot).open",
        );
        check(
            "./main.go:7:2: undefined: depot\n    pick_test.go:12: got 1, want 2\n",
            "Go\n! undefined: depot\n! got 1, want 2\n./main.go:7\npick_test.go:12",
        );
    }

    #[test]
    fn csharp() {
        check(
            "Unhandled exception. System.InvalidOperationException: no depot\n   at Parcels.Depot.Open(String name) in /srv/app/Depot.cs:line 12\n   at Parcels.Program.Main() in C:\\app\\Program.cs:line 3\n",
            "C#\n! System.InvalidOperationException: no depot\n/srv/app/Depot.cs:12 in Parcels.Depot.Open(String name)\nC:/app/Program.cs:3 in Parcels.Program.Main()",
        );
        check(
            "Depot.cs(12,5): error CS0103: The name 'x' does not exist [/srv/app/App.csproj]\n",
            "C#\n! CS0103: The name 'x' does not exist\nDepot.cs:12",
        );
    }

    #[test]
    fn c_and_cpp() {
        check(
            "src/depot.c:12:5: error: use of undeclared identifier 'parcel'\n   12 |     parcel = 1;\n/usr/bin/ld: src/main.c:3: undefined reference to `open_depot'\n",
            "compiler\n! use of undeclared identifier 'parcel'\nsrc/depot.c:12",
        );
        check(
            "#0  0x0000555 in open_depot (name=0x0) at src/depot.c:12\n#1  main () at src/main.c:3\n",
            "debugger\nsrc/depot.c:12 in open_depot\nsrc/main.c:3 in main",
        );
    }

    #[test]
    fn ruby_and_php() {
        check(
            "lib/depot.rb:12:in `open': no depot (ArgumentError)\n\tfrom bin/run.rb:3:in `<main>'\n",
            "Ruby\n! no depot (ArgumentError)\nlib/depot.rb:12 in open\nbin/run.rb:3 in <main>",
        );
        check(
            "PHP Fatal error:  Uncaught RuntimeException: no depot in /srv/app/Depot.php:12\nStack trace:\n#0 /srv/app/index.php(3): Depot->open()\n#1 {main}\n  thrown in /srv/app/Depot.php on line 12\n",
            "PHP\n! Uncaught RuntimeException: no depot\n/srv/app/Depot.php:12\n/srv/app/index.php:3 in Depot->open",
        );
    }

    #[test]
    fn prose_is_no_trace_and_hostile_text_is_read() {
        check(
            "Error: no depot\n    at open (/srv/a.js:3:1)",
            "JavaScript\n! Error: no depot\n/srv/a.js:3 in open",
        );
        for text in ["", "why does it fail at noon?", "ratio 3:4, see a.b: c", "where is src/retry.rs?"] {
            check(text, "no trace");
        }
        let long = format!("{}\nsrc/a.c:1:1: error: x\n", "at (".repeat(50_000));
        assert_eq!(Trace::read(&long).unwrap().frames.len(), 1);
        let many = "src/a.c:1:1: error: x\n".replace('1', "7").repeat(1_000);
        assert_eq!(Trace::read(&many).unwrap().frames.len(), 1);
        let all: String = (1..1_000).map(|line| format!("a.c:{line}:1: error: x{line}\n")).collect();
        let trace = Trace::read(&all).unwrap();
        assert_eq!((trace.frames.len(), trace.messages.len()), (FRAMES_MAX, MESSAGES_MAX));
        assert!(Trace::read(&"é".repeat(TRACE_BYTES_MAX)).is_none());
    }
}
