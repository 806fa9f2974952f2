//! Account: who is asking, on which terms.

use quillon_base::{DataClass, ProfileId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{STATE, Verb};
use crate::manifest::{EffectKind as Effect, Example, Manifest, ResourceForm};

/// Signs in at an organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginAsk {
    /// The organisation's address; the configured one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Show a code to enter on another device instead of opening a browser.
    #[serde(default)]
    pub device_code: bool,
}

/// Sign in at your organisation.
pub(super) static LOGIN: Manifest = Manifest {
    verb: Verb::Login,
    name: "login",
    summary: "sign in at your organisation",
    help: "Signs in with the organisation's identity provider. From then on models are reached through the organisation, under its policies; files and commands stay on this machine.",
    examples: &[
        Example { line: "quillon login https://quillon.example.org", does: "opens the browser" },
        Example { line: "quillon login --device-code", does: "for a machine without a browser" },
    ],
    action: "quillon:SignIn",
    resource: ResourceForm::Session,
    class: DataClass::Credential,
    effects: &[Effect::WriteStore],
    anonymous: true,
    ..STATE
};

/// Signs out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogoutAsk {}

/// Sign out.
pub(super) static LOGOUT: Manifest = Manifest {
    verb: Verb::Logout,
    name: "logout",
    summary: "sign out",
    help: "Ends the session at the organisation and removes its tokens from this machine. Conversations stay.",
    examples: &[Example { line: "quillon logout", does: "signs out" }],
    action: "quillon:SignOut",
    resource: ResourceForm::Session,
    class: DataClass::Credential,
    effects: &[Effect::WriteStore],
    ..STATE
};

/// Says who is asking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoamiAsk {}

/// Show who you are to Quillon.
pub(super) static WHOAMI: Manifest = Manifest {
    verb: Verb::Whoami,
    name: "whoami",
    summary: "show who you are to Quillon",
    help: "Shows the organisation, principal, tier, profile and region of this session, and how you proved who you are.",
    examples: &[
        Example { line: "quillon whoami", does: "shows it" },
        Example { line: "quillon whoami --output json", does: "for scripts" },
    ],
    action: "q:GetIdentityMetadata",
    resource: ResourceForm::Session,
    class: DataClass::Identity,
    effects: &[],
    anonymous: true,
    ..STATE
};

/// Lists profiles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileListAsk {}

/// List the profiles you may use.
pub(super) static PROFILE_LIST: Manifest = Manifest {
    verb: Verb::ProfileList,
    name: "profile.list",
    summary: "list the profiles you may use",
    help: "A profile is an administrator's choice of region, key, models and switches. Lists those that you may use.",
    examples: &[Example { line: "quillon profile", does: "lists them" }],
    action: "quillon:ListProfiles",
    resource: ResourceForm::Profile,
    class: DataClass::Identity,
    effects: &[],
    ..STATE
};

/// Chooses a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileUseAsk {
    /// Which.
    pub profile: ProfileId,
}

/// Choose the profile to work under.
pub(super) static PROFILE_USE: Manifest = Manifest {
    verb: Verb::ProfileUse,
    name: "profile.use",
    summary: "choose the profile to work under",
    help: "From the next session on, your work is kept in the region of this profile, under its rules.",
    examples: &[Example { line: "quillon profile set NAME", does: "chooses it" }],
    action: "quillon:UseProfile",
    resource: ResourceForm::Profile,
    class: DataClass::Settings,
    effects: &[Effect::ReadSettings, Effect::WriteSettings],
    smallest: r#"{"profile":"local"}"#,
    ..STATE
};
