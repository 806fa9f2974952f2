//! Commands, and Quillon's own small files.

use std::borrow::Cow;
use std::path::{Component, Path};

use quillon_audit::{AuditDurable, EffectClosed};
use quillon_base::{Fault, FaultCode};
use quillon_contract::{EffectKind, ResourceForm};
use quillon_host::{Command, CommandOutput, WorkspacePath};

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, OpenEffect, done};
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
    "PASSPHRASE",
    "CREDENTIAL",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "PRIVATE_KEY",
];
/// Ends of the name of such a variable, in upper case.
const SECRET_ENDS: &[&str] = &["_AUTH", "_KEY", "_PASS", "_PAT", "_PWD"];

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
        let root = self.files()?.root();
        let folder = match &shell.folder {
            Some(below) => root.join(WorkspacePath::new(below)?.as_str()),
            None => root.to_owned(),
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

    /// Runs a command in the workspace's folder or below it, with no other environment than its own.
    ///
    /// # Errors
    /// `policy.refused` also for a command that holds what was redacted in this ask, `workspace.missing`,
    /// `file.outside_workspace`, `process.failed`, `timed_out`.
    pub async fn run_command(&self, command: Command) -> Result<CommandOutput, Fault> {
        self.run(command, false).await
    }

    async fn run(&self, mut command: Command, with_environment: bool) -> Result<CommandOutput, Fault> {
        self.must_be_within(&command.folder)?;
        let line = std::iter::once(&command.program)
            .chain(&command.arguments)
            .cloned()
            .collect::<Vec<_>>()
            .join(" ");
        let keys = [("quillon:CommandProgram", command.program.as_str())];
        let resource = facts::resource(&self.session, ResourceForm::Workspace, None);
        let about = About { kind: EffectKind::RunCommand, resource, arguments: &line, keys: &keys };
        let below = command.folder.strip_prefix(self.files()?.root()).unwrap_or(&command.folder);
        let mut texts = texts_of(&command);
        texts.push(below.to_string_lossy());
        let effect = self.begin_without_redacted(about, &texts).await?;
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

    /// No command runs outside of the workspace, by the look of its folder; what it does there is another matter.
    fn must_be_within(&self, folder: &Path) -> Result<(), Fault> {
        let below = folder.strip_prefix(self.files()?.root());
        if below.is_ok_and(|below| below.components().all(|name| matches!(name, Component::Normal(_)))) {
            return Ok(());
        }
        let message = format!("`{}` is outside the workspace", folder.display());
        Err(Fault::new(FaultCode::FileOutside, message).hint("run it in the workspace's folder or below it"))
    }

    /// Begins an effect whose texts leave the workspace. What was redacted in this ask goes into none of them: neither
    /// itself nor what stands for it. The record of such a refusal does not repeat them.
    pub(crate) async fn begin_without_redacted(
        &self,
        about: About<'_>,
        texts: &[Cow<'_, str>],
    ) -> Result<OpenEffect, Fault> {
        let holds_redacted = {
            let redactor = locked(&self.redactor);
            texts.iter().any(|text| redactor.is_known_in(text))
        };
        if !holds_redacted {
            return self.begin(about).await;
        }
        let message = "it would hand on a secret or personal data that was redacted";
        let fault = Fault::new(FaultCode::PolicyRefused, message)
            .hint("let the program read it from its file or from the environment instead");
        let about = About { arguments: "it holds what was redacted", ..about };
        Err(self.refused_by("redaction", &about, fault).await)
    }

    /// The index of the workspace that the cache holds, if it holds one.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `home.unusable`.
    pub async fn read_index(&self) -> Result<Option<Vec<u8>>, Fault> {
        let path = self.index_path()?;
        let effect = self.begin(self.of_index("read the index")).await?;
        let host = self.road.host.clone();
        let read = move |proof: &AuditDurable| host.read_cache(proof, &path);
        let closing = |content: &Option<Vec<u8>>| {
            done(u64::from(content.is_some()), content.as_ref().map_or(0, |bytes| bytes.len() as u64))
        };
        effect.off_thread(read, closing).await
    }

    /// Replaces the index of the workspace in the cache, or removes it.
    ///
    /// # Errors
    /// `workspace.missing`, `policy.refused`, `home.unusable`, `disk.full`.
    pub async fn write_index(&self, content: Option<&[u8]>) -> Result<(), Fault> {
        let path = self.index_path()?;
        let arguments = if content.is_some() { "replace the index" } else { "remove the index" };
        let effect = self.begin(self.of_index(arguments)).await?;
        let bytes = content.map_or(0, |bytes| bytes.len() as u64);
        let (host, content) = (self.road.host.clone(), content.map(<[u8]>::to_vec));
        let write = move |proof: &AuditDurable| host.write_cache(proof, &path, content.as_deref());
        effect.off_thread(write, |()| done(1, bytes)).await
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
        self.read_own(SETTINGS).await
    }

    /// The file of the models that are configured, as it is.
    ///
    /// # Errors
    /// `policy.refused`, `home.unusable`.
    pub async fn read_models(&self) -> Result<Option<Vec<u8>>, Fault> {
        self.read_own(MODELS).await
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

    async fn read_own(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let effect = self.begin(self.of_settings(EffectKind::ReadSettings, name)).await?;
        let read = self.road.host.read_private(effect.durable().await?, name);
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

/// Everything of a command that the program it starts can see, but for its folder: where the workspace itself lies is no
/// secret to what runs in it.
fn texts_of(command: &Command) -> Vec<Cow<'_, str>> {
    let line = std::iter::once(&command.program).chain(&command.arguments);
    let variables = command.environment.iter().map(|(_, value)| value);
    let input = String::from_utf8_lossy(&command.input);
    line.chain(variables).map(|text| Cow::Borrowed(text.as_str())).chain([input]).collect()
}

/// The variables that a command gets: nothing of Quillon's own, nothing that by its name or value is a secret.
fn passed_on(environment: Vec<(String, String)>) -> Vec<(String, String)> {
    let is_passed = |(name, value): &(String, String)| {
        let upper = name.to_ascii_uppercase();
        let is_fit = !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
        let is_own = upper.starts_with("QUILLON_") || upper == EXECUTION_ENVIRONMENT.0;
        let is_secret = SECRET_WORDS.iter().any(|word| upper.contains(word))
            || SECRET_ENDS.iter().any(|end| upper.ends_with(end))
            || quillon_privacy::holds_secret(value);
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
            ("AZURE_STORAGE_KEY", "x"),
            ("MYSQL_PWD", "x"),
            ("PWD", "/w"),
            ("OLDPWD", "/v"),
            ("QUILLON_HOME", "/h"),
            ("AWS_EXECUTION_ENV", "other"),
            ("EDITOR_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("", "x"),
        ];
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let names: Vec<_> = passed_on(given).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["PATH", "PWD", "OLDPWD", "AWS_EXECUTION_ENV"]);
    }
}
