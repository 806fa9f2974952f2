//! Commands, and Quillon's own small files.

use quillon_audit::EffectClosed;
use quillon_base::{Fault, FaultCode};
use quillon_contract::{EffectKind, ResourceForm};
use quillon_host::{Command, CommandOutput};

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, done};
use crate::session::locked;

/// The shell that runs a line.
pub(crate) const SHELL: &str = "bash";
/// What a command is told about who runs it, so that calls to AWS can be told apart in its records.
const EXECUTION_ENVIRONMENT: (&str, &str) =
    ("AWS_EXECUTION_ENV", concat!("Quillon Version/", env!("CARGO_PKG_VERSION")));
/// Words in the name of a variable that holds a secret, in upper case.
const SECRET_WORDS: &[&str] = &[
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "CREDENTIAL",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
];

/// A line for the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    /// The line.
    pub line: String,
    /// The folder below the workspace's in which it runs; that one itself without it.
    pub folder: Option<String>,
    /// It is ended after this long, in milliseconds.
    pub timeout_ms: u64,
}

/// The file of the user's settings.
const SETTINGS: &str = "settings.json";
/// The file of the models that are configured.
const MODELS: &str = "models.json";

impl Passage {
    /// Runs a line in the workspace's folder, with the person's environment but for what looks like a secret there.
    ///
    /// # Errors
    /// `workspace.missing`, `file.outside_workspace`, and those of [`Passage::run_command`].
    pub async fn run_shell(&self, shell: Shell) -> Result<CommandOutput, Fault> {
        let files = self.session.files.as_ref().ok_or_else(Self::workspace_missing)?;
        let folder = match &shell.folder {
            Some(below) => files.root().join(quillon_host::WorkspacePath::new(below)?.as_str()),
            None => files.root().to_owned(),
        };
        let command = Command {
            program: SHELL.to_owned(),
            arguments: vec!["-c".to_owned(), shell.line],
            folder,
            environment: Vec::new(),
            input: Vec::new(),
            timeout_ms: shell.timeout_ms,
        };
        self.run(command, true).await
    }

    /// Runs a command in the workspace's folder, with no other environment than its own.
    ///
    /// # Errors
    /// `policy.refused` also for a command that holds what was redacted in this ask, `process.failed`, `timed_out`.
    pub async fn run_command(&self, command: Command) -> Result<CommandOutput, Fault> {
        self.run(command, false).await
    }

    async fn run(&self, mut command: Command, with_environment: bool) -> Result<CommandOutput, Fault> {
        for text in std::iter::once(&command.program).chain(&command.arguments) {
            self.refuse_redacted(text)?;
        }
        let line = std::iter::once(&command.program)
            .chain(&command.arguments)
            .cloned()
            .collect::<Vec<_>>()
            .join(" ");
        let keys = [("quillon:CommandProgram", command.program.as_str())];
        let resource = facts::resource(&self.session, ResourceForm::Workspace, None);
        let effect = self
            .begin(About { kind: EffectKind::RunCommand, resource, arguments: &line, keys: &keys })
            .await?;
        let proof = effect.durable().await?;
        if with_environment {
            command.environment = passed_on(self.road.host.environment(proof));
        }
        let ran = self.road.host.run_command(proof, command).await;
        effect.finish(ran, |output| {
            let bytes = output.stdout.len() + output.stderr.len();
            let result = match output.exit_code {
                Some(code) => format!("exit code {code}"),
                None => "ended by a signal".to_owned(),
            };
            EffectClosed { result: Some(result), ..done(1, bytes as u64 + output.dropped_bytes) }
        })
    }

    /// What was redacted in this ask goes into no text that leaves the workspace: neither itself nor what stands for it.
    pub(crate) fn refuse_redacted(&self, text: &str) -> Result<(), Fault> {
        if !locked(&self.redactor).is_known_in(text) {
            return Ok(());
        }
        Err(Fault::new(
            FaultCode::PolicyRefused,
            "the command holds a secret or personal data that was redacted",
        )
        .hint("let the program read it from its file or from the environment instead"))
    }

    /// The index of the workspace that the cache holds, if it holds one.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `home.unusable`.
    pub async fn read_index(&self) -> Result<Option<Vec<u8>>, Fault> {
        let path = self.index_path()?;
        let effect = self.begin(self.of_index("read the index")).await?;
        let read = self.road.host.read_cache(effect.durable().await?, &path);
        effect.finish(read, |content| {
            done(u64::from(content.is_some()), content.as_ref().map_or(0, |bytes| bytes.len() as u64))
        })
    }

    /// Replaces the index of the workspace in the cache, or removes it.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `home.unusable`, `disk.full`.
    pub async fn write_index(&self, content: Option<&[u8]>) -> Result<(), Fault> {
        let path = self.index_path()?;
        let arguments = if content.is_some() { "replace the index" } else { "remove the index" };
        let effect = self.begin(self.of_index(arguments)).await?;
        let written = self.road.host.write_cache(effect.durable().await?, &path, content);
        effect.finish(written, |()| done(1, content.map_or(0, |bytes| bytes.len() as u64)))
    }

    fn index_path(&self) -> Result<String, Fault> {
        let workspace = self.session.workspace_id.as_deref().ok_or_else(Self::workspace_missing)?;
        Ok(format!("index/{workspace}/index"))
    }

    fn of_index<'a>(&self, arguments: &'a str) -> About<'a> {
        let resource = facts::resource(&self.session, ResourceForm::Workspace, None);
        About { kind: EffectKind::KeepIndex, resource, arguments, keys: &[] }
    }

    /// The user's settings file, as it is.
    ///
    /// # Errors
    /// `policy.refused`, `home.unusable`.
    pub async fn read_settings(&self) -> Result<Option<Vec<u8>>, Fault> {
        let effect = self.begin(self.of_settings(EffectKind::ReadSettings, SETTINGS)).await?;
        let read = self.road.host.read_private(effect.durable().await?, SETTINGS);
        effect.finish(read, |content| done(1, content.as_ref().map_or(0, |bytes| bytes.len() as u64)))
    }

    /// The file of the models that are configured, as it is.
    ///
    /// # Errors
    /// `policy.refused`, `home.unusable`.
    pub async fn read_models(&self) -> Result<Option<Vec<u8>>, Fault> {
        let effect = self.begin(self.of_settings(EffectKind::ReadSettings, MODELS)).await?;
        let read = self.road.host.read_private(effect.durable().await?, MODELS);
        effect.finish(read, |content| done(1, content.as_ref().map_or(0, |bytes| bytes.len() as u64)))
    }

    /// Replaces the user's settings file as a whole.
    ///
    /// # Errors
    /// `policy.refused`, `home.unusable`, `disk.full`.
    pub async fn write_settings(&self, content: &[u8]) -> Result<(), Fault> {
        let effect = self.begin(self.of_settings(EffectKind::WriteSettings, SETTINGS)).await?;
        let written = self.road.host.write_private(effect.durable().await?, SETTINGS, content);
        effect.finish(written, |()| done(1, content.len() as u64))
    }

    /// A file that the original product left in the user's home, by its path there.
    ///
    /// # Errors
    /// `policy.refused`, `file.unreadable`.
    pub async fn read_original(&self, path: &str) -> Result<Option<Vec<u8>>, Fault> {
        let effect = self.begin(self.of_settings(EffectKind::ReadSettings, path)).await?;
        let read = self.road.host.read_original(effect.durable().await?, path);
        effect.finish(read, |content| done(1, content.as_ref().map_or(0, |bytes| bytes.len() as u64)))
    }

    fn of_settings<'a>(&self, kind: EffectKind, arguments: &'a str) -> About<'a> {
        About {
            kind,
            resource: facts::resource(&self.session, ResourceForm::Settings, None),
            arguments,
            keys: &[],
        }
    }
}

/// The variables that a command gets: nothing of Quillon's own, nothing that by its name or value is a secret.
fn passed_on(environment: Vec<(String, String)>) -> Vec<(String, String)> {
    let is_passed = |(name, value): &(String, String)| {
        let upper = name.to_ascii_uppercase();
        let is_fit = !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
        let is_own = upper.starts_with("QUILLON_") || upper == EXECUTION_ENVIRONMENT.0;
        let is_secret = SECRET_WORDS.iter().any(|word| upper.contains(word))
            || quillon_privacy::redact_for_record(value).get() != value;
        is_fit && !is_own && !is_secret
    };
    let mut passed: Vec<_> = environment.into_iter().filter(is_passed).collect();
    passed.push((EXECUTION_ENVIRONMENT.0.to_owned(), EXECUTION_ENVIRONMENT.1.to_owned()));
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_gets_no_secrets_of_the_environment() {
        let given = [
            ("PATH", "/bin"),
            ("GITHUB_TOKEN", "x"),
            ("db_password", "x"),
            ("QUILLON_HOME", "/h"),
            ("AWS_EXECUTION_ENV", "other"),
            ("EDITOR_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("", "x"),
        ];
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let names: Vec<_> = passed_on(given).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["PATH", "AWS_EXECUTION_ENV"]);
    }
}
