//! Commands, and Quillon's own small files.

use quillon_base::Fault;
use quillon_contract::{EffectKind, ResourceForm};
use quillon_host::{Command, CommandOutput};

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, done};

/// The file of the user's settings.
const SETTINGS: &str = "settings.json";

impl Passage {
    /// Runs a command in the workspace's folder.
    ///
    /// # Errors
    /// `policy.refused`, `process.failed`, `timed_out`.
    pub async fn run_command(&self, command: Command) -> Result<CommandOutput, Fault> {
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
        let ran = self.road.host.run_command(effect.durable().await?, command.clone()).await;
        effect.finish(ran, |output| {
            let bytes = output.stdout.len() + output.stderr.len();
            done(1, bytes as u64 + output.dropped_bytes)
        })
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
