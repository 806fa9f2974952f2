//! Account: signing in and out, who one is, profiles.

use clap::{Args, Subcommand};
use quillon_base::ProfileId;
use quillon_contract::Verb;
use quillon_contract::ask::{LoginAsk, LogoutAsk, ProfileListAsk, ProfileUseAsk, WhoamiAsk};

use super::{Format, Planned, Row};

pub(super) const ROWS: &[Row] = &[
    ("login", &[Verb::Login]),
    ("logout", &[Verb::Logout]),
    ("profile", &[Verb::ProfileList, Verb::ProfileUse]),
    ("profile list", &[Verb::ProfileList]),
    ("profile set", &[Verb::ProfileUse]),
    ("whoami", &[Verb::Whoami]),
];

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The organisation's address; the configured one without it
    server: Option<String>,
    /// Show a code to enter on another device instead of opening a browser
    #[arg(long, visible_alias = "use-device-flow")]
    device_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Whoami {
    #[command(flatten)]
    format: Format,
}

/// Show or choose the profile to work under
#[derive(Debug, Args)]
pub(crate) struct Profile {
    #[command(subcommand)]
    act: Option<ProfileAct>,
}

#[derive(Debug, Subcommand)]
enum ProfileAct {
    List,
    #[command(visible_alias = "use")]
    Set {
        /// Which
        profile: ProfileId,
    },
}

impl Login {
    pub(super) fn plan(self) -> Planned {
        LoginAsk { server: self.server, device_code: self.device_code }.into()
    }
}

pub(super) fn logout() -> Planned {
    LogoutAsk {}.into()
}

impl Whoami {
    pub(super) fn plan(self) -> Planned {
        Planned { output: self.format.output(), ..WhoamiAsk {}.into() }
    }
}

impl Profile {
    pub(super) fn plan(self) -> Planned {
        match self.act {
            None | Some(ProfileAct::List) => ProfileListAsk {}.into(),
            Some(ProfileAct::Set { profile }) => ProfileUseAsk { profile }.into(),
        }
    }
}
