//! Git, asked about the workspace: one environment for all who ask, in which a repository can have nothing run.
//!
//! A repository is somebody's text, its configuration too, and git runs programs that a configuration names. The
//! configuration of the machine and of the person is not read at all, nothing is fetched, and nobody is asked for a
//! password. What a repository's own configuration could name for a command, the caller answers in its arguments.

use quillon_base::Fault;
use quillon_host::{Command, CommandOutput};

use crate::passage::Passage;

/// The whole environment of git, but for what one call adds.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LC_ALL", "C"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
];

impl Passage {
    /// Runs git in the workspace's folder, with `more` in its environment and `input` to read.
    ///
    /// # Errors
    /// Those of [`Passage::run_command`].
    pub async fn run_git(
        &self,
        arguments: Vec<String>,
        more: Vec<(String, String)>,
        input: Vec<u8>,
        timeout_ms: u64,
    ) -> Result<CommandOutput, Fault> {
        let folder = self.workspace_folder().ok_or_else(Self::workspace_missing)?;
        let own = ENVIRONMENT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = own.chain(more).collect();
        let program = "git".to_owned();
        self.run_command(Command { program, arguments, folder, environment, input, timeout_ms }).await
    }
}
