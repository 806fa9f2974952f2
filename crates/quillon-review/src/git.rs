//! Git, asked so that nothing runs which a repository configures.
//!
//! A repository is somebody's text, its configuration too, and git runs programs that a configuration names. A difference
//! to the working tree runs its filters, so these are asked for first and switched off by name.

use quillon_base::FaultCode;
use quillon_contract::Fault;
use quillon_host::CommandOutput;
use quillon_road::Passage;

/// How long git may take, in milliseconds.
const GIT_TIMEOUT_MS: u64 = 60_000;

/// What a repository's own configuration could have a command run, or say otherwise.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "diff.external=",
    "protocol.allow=never",
    "trace2.eventTarget=0",
];

/// What the folder is to git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repository {
    /// It is in a repository with a commit.
    Committed,
    /// It is in one without a commit.
    Fresh,
    /// It is in none.
    None,
    /// Git is not there.
    NoGit,
}

/// Git in one workspace, with the filters of its repository switched off.
pub(crate) struct Git<'p> {
    passage: &'p Passage,
    off: Vec<(String, String)>,
}

impl<'p> Git<'p> {
    pub(crate) const fn new(passage: &'p Passage) -> Self {
        Self { passage, off: Vec::new() }
    }

    /// Looks what the folder is, and where it is in a repository switches its filters off.
    ///
    /// # Errors
    /// `input.invalid` where git cannot tell, and those of running a command.
    pub(crate) async fn look(&mut self) -> Result<Repository, Fault> {
        let output = match self.run(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).await {
            Ok(output) => output,
            Err(fault) if fault.code == FaultCode::ProcessFailed => return Ok(Repository::NoGit),
            Err(fault) => return Err(fault),
        };
        let said = String::from_utf8_lossy(&output.stderr);
        let repository = match output.exit_code {
            Some(0) => Repository::Committed,
            Some(1) => Repository::Fresh,
            _ if said.contains("not a git repository") => return Ok(Repository::None),
            _ => {
                return Err(Fault::new(
                    FaultCode::InputInvalid,
                    "git cannot read the repository of this folder",
                )
                .hint("`git status` says why; `quillon review --all` needs no git")
                .inner(said.into_owned()));
            }
        };
        self.switch_off_filters().await?;
        Ok(repository)
    }

    /// Switches the filters off that the repository configures.
    ///
    /// # Errors
    /// `input.invalid` where the configuration cannot be read.
    pub(crate) async fn switch_off_filters(&mut self) -> Result<(), Fault> {
        let output = self.run(&["config", "--null", "--name-only", "--get-regexp", r"^filter\."]).await?;
        // 1 is what git says when there is none.
        let is_known = matches!(output.exit_code, Some(0 | 1)) && output.dropped_bytes == 0;
        let names = is_known.then(|| String::from_utf8(output.stdout).ok()).flatten();
        let names = names.ok_or_else(|| {
            Fault::new(FaultCode::InputInvalid, "the configuration of the repository cannot be read")
                .hint("`git config --list` says why; `quillon review --all` needs no git")
        })?;
        let filters: Vec<&str> = names.split('\0').filter(|name| !name.is_empty()).collect();
        self.off = off(&filters);
        Ok(())
    }

    /// Runs git on files and folders, whatever their names look like.
    ///
    /// # Errors
    /// Those of paths and of running a command.
    pub(crate) async fn on_paths(
        &self,
        arguments: &[&str],
        paths: &[String],
    ) -> Result<CommandOutput, Fault> {
        let mut all = vec!["--literal-pathspecs"];
        all.extend(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        all.extend(arguments);
        all.push("--");
        let within: Result<Vec<_>, Fault> = paths.iter().map(|path| self.passage.path_within(path)).collect();
        let within = within?;
        all.extend(within.iter().map(|path| path.as_deref().unwrap_or(".")));
        self.run(&all).await
    }

    async fn run(&self, arguments: &[&str]) -> Result<CommandOutput, Fault> {
        self.with_input(arguments, Vec::new()).await
    }

    /// Runs git with something on its standard input.
    ///
    /// # Errors
    /// `workspace.missing`, and those of running a command.
    pub(crate) async fn with_input(
        &self,
        arguments: &[&str],
        input: Vec<u8>,
    ) -> Result<CommandOutput, Fault> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self.passage.run_git(arguments, self.off.clone(), input, GIT_TIMEOUT_MS).await
    }
}

/// What switches filters off: settings in the environment count before those of a repository.
fn off(filters: &[&str]) -> Vec<(String, String)> {
    let mut settings = vec![("GIT_CONFIG_COUNT".to_owned(), filters.len().to_string())];
    for (nth, name) in filters.iter().enumerate() {
        // An empty program is none; one that is required may be absent.
        let value = if name.ends_with(".required") { "false" } else { "" };
        settings.push((format!("GIT_CONFIG_KEY_{nth}"), (*name).to_owned()));
        settings.push((format!("GIT_CONFIG_VALUE_{nth}"), value.to_owned()));
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_switched_off_by_name() {
        let settings = off(&["filter.a b.clean", "filter.a b.required"]);
        let shown: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            shown,
            [
                "GIT_CONFIG_COUNT=2",
                "GIT_CONFIG_KEY_0=filter.a b.clean",
                "GIT_CONFIG_VALUE_0=",
                "GIT_CONFIG_KEY_1=filter.a b.required",
                "GIT_CONFIG_VALUE_1=false",
            ]
        );
    }
}
