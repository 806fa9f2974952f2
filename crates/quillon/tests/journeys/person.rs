//! A person at a fresh machine: an empty home, a folder to work in, and the binary.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A person with a home and a folder of their own.
pub(crate) struct Person {
    root: TempDir,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Person {
    /// Someone whose home and folder are empty.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["home", "space"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    /// Someone who works on a small parcel service in three languages.
    pub(crate) fn with_parcels() -> Self {
        let person = Self::new();
        person.write("README.md", "# Parcels\n\nCarries parcels. Start it with `make run`.\n");
        person.write(".gitignore", "secret/\n");
        person.write("secret/keys.rs", "const RETRY_LIMIT: u32 = 99;\n");
        person.write(
            "src/retry.rs",
            "//! Trying again.\n\n/// How often a parcel is offered before it goes back.\npub const RETRY_LIMIT: u32 = 3;\n\n\
             /// Whether one more try is left.\npub fn may_retry(tries: u32) -> bool {\n    tries < RETRY_LIMIT\n}\n",
        );
        person.write(
            "web/depot.py",
            "def open_depot(name):\n    \"\"\"Opens the depot.\"\"\"\n    return name\n",
        );
        person.write("app/Queue.java", "class Queue {\n    int length() {\n        return 0;\n    }\n}\n");
        person
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    pub(crate) fn space(&self) -> PathBuf {
        self.root.path().join("space")
    }

    /// The folder of this person's ledger.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.home().join("ledger/local/device")
    }

    /// Writes a file of the folder.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.space().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The binary with these arguments, in the person's folder, with nothing of this process's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments);
        self.settle(&mut command);
        command
    }

    /// Puts a command into the person's place.
    pub(crate) fn settle(&self, command: &mut Command) {
        command.current_dir(self.space()).env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", self.home());
        command.env("QUILLON_HOME", self.home()).env("USER", "ada").env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null());
    }

    /// Runs the binary.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// Runs the binary with something on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Said {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read its input closes the pipe; that is its right.
        let _ = child.stdin.take().unwrap().write_all(input);
        Said::of(child.wait_with_output().unwrap())
    }

    /// Asks about the folder.
    pub(crate) fn ask(&self, question: &str) -> Said {
        self.run(&["chat", "--no-interactive", question])
    }
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// It went well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// It ended with this exit code and this fault, which has a hint.
    #[track_caller]
    pub(crate) fn with_fault(self, exit: i32, code: &str) -> Self {
        assert_eq!(self.code, Some(exit), "{self:?}");
        assert!(self.err.contains(&format!("[{code}]")), "{self:?}");
        assert!(self.err.contains("hint: "), "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(self.out.contains(part), "`{part}` is not in {self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn says_not(self, part: &str) -> Self {
        assert!(!self.out.contains(part), "`{part}` is in {self:?}");
        self
    }
}

/// The built binary.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_quillon"))
}
