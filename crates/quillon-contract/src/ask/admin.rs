//! Administration: each act of an administrator is an ask like any other.

use quillon_base::{DataClass, PrincipalId, ProfileId, Region, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{STATE, Verb};
use crate::manifest::{EffectKind as Effect, Example, Manifest, ResourceForm};

/// What to do with policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum PolicyAct {
    /// Keep a policy under a name.
    Put {
        /// Its name.
        name: String,
        /// Its JSON.
        document: String,
    },
    /// Remove it.
    Remove {
        /// Its name.
        name: String,
    },
    /// Let it govern a principal, group, profile, channel or the organisation.
    Attach {
        /// Its name.
        name: String,
        /// The resource name of what it governs.
        to: String,
    },
    /// Let it govern that no longer.
    Detach {
        /// Its name.
        name: String,
        /// The resource name of what it governed.
        from: String,
    },
}

/// What to do with members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum MemberChange {
    /// Invite by address.
    Invite {
        /// Where the invitation goes.
        address: String,
        /// The profile to work under.
        profile: ProfileId,
    },
    /// Let a member work under a profile.
    Assign {
        /// Who.
        member: PrincipalId,
        /// The profile.
        profile: ProfileId,
    },
    /// End a member's access now.
    Disable {
        /// Who.
        member: PrincipalId,
    },
    /// Make an API key; it is shown once.
    IssueKey {
        /// For whom.
        member: PrincipalId,
        /// When it ends.
        expires: Timestamp,
        /// What it may do.
        actions: Vec<String>,
    },
    /// End an API key now.
    RevokeKey {
        /// Which.
        key: String,
    },
}

/// What to do with keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyAct {
    /// Seal a class with this key from now on.
    Use {
        /// The class.
        class: DataClass,
        /// Where the key is: a KMS, PKCS#11 or Vault address.
        key: String,
    },
    /// Make a new version.
    Rotate {
        /// The class.
        class: DataClass,
    },
    /// Wrap existing data keys anew.
    Rewrap {
        /// The class.
        class: DataClass,
    },
    /// Destroy a subject's keys, and with them what they sealed.
    Shred {
        /// Whose.
        subject: PrincipalId,
    },
}

/// What to do with kept data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum DataAct {
    /// Keep a subject's data whatever its retention says.
    Hold {
        /// Whose.
        subject: PrincipalId,
    },
    /// End the hold.
    Release {
        /// Whose.
        subject: PrincipalId,
    },
    /// Hand out all of a subject's data.
    Export {
        /// Whose.
        subject: PrincipalId,
    },
    /// Delete all of a subject's data.
    Erase {
        /// Whose.
        subject: PrincipalId,
    },
    /// Remove what has expired.
    Purge,
    /// Set whether content may be used for improvement.
    OptOut {
        /// An AI services opt-out policy, as JSON.
        policy: String,
    },
}

/// What to do with a chat-app channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum ChannelChange {
    /// Connect a channel.
    Connect {
        /// `slack` or `teams`.
        app: String,
        /// The workspace or team.
        team: String,
        /// The channel.
        channel: String,
        /// The role that its commands take.
        role: String,
        /// Guardrail policies, by name.
        guardrails: Vec<String>,
    },
    /// Disconnect it.
    Disconnect {
        /// Its configuration's name.
        configuration: String,
    },
}

/// A report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// Who used what, a row a day, as the user-activity report.
    #[default]
    UserActivity,
    /// Sums, for the dashboard.
    Dashboard,
    /// Cost by member, profile and model.
    Cost,
}

/// Prints the data classes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminDataClassesAsk {}

/// Print what is kept, for how long, under which key.
pub(super) static DATA_CLASSES: Manifest = Manifest {
    verb: Verb::AdminDataClasses,
    name: "admin.data_classes",
    summary: "print what is kept, for how long, under which key",
    help: "Prints the table that the store obeys: each class of data with its retention, key, region and whether it may be used for improvement.",
    examples: &[Example { line: "quillon admin data classes", does: "prints the table" }],
    action: "quillon:ReadDataClasses",
    resource: ResourceForm::Organisation,
    class: DataClass::Settings,
    effects: &[],
    ..STATE
};

/// What to do with the audit log's retention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum AuditAct {
    /// Show how long records are kept, the legal holds in force, and what could be removed.
    Show,
    /// Place a legal hold: nothing is removed while it is in force.
    Hold {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// Release a legal hold.
    Release {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// Remove records whose time to be kept has passed.
    Prune,
}

/// Acts on the audit log's retention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminAuditAsk {
    /// What to do.
    pub change: AuditAct,
}

/// Show and act on the audit log's retention.
pub(super) static AUDIT: Manifest = Manifest {
    verb: Verb::AdminAudit,
    name: "admin.audit",
    summary: "show and act on the audit log's retention and legal holds",
    help: "Records are kept for the days of the setting quillon.audit.keep_days, a year without it and never less than 90. Removing those whose time has passed keeps their hashes and signed checkpoints, so that proofs stay good. A legal hold keeps everything. Each act is a record of its own.",
    examples: &[
        Example { line: "quillon admin audit show", does: "shows what is kept and held" },
        Example { line: "quillon admin audit hold case-7 --reason TEXT", does: "places a legal hold" },
        Example { line: "quillon admin audit prune", does: "removes what has had its time" },
    ],
    action: "quillon:ManageAudit",
    resource: ResourceForm::Ledger,
    class: DataClass::AuditRecord,
    effects: &[Effect::ReadLedger, Effect::WriteLedger],
    smallest: r#"{"change":{"act":"show"}}"#,
    ..STATE
};

/// Acts on kept data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminDataAsk {
    /// What to do.
    pub change: DataAct,
}

/// Hold, export, erase or purge kept data.
pub(super) static DATA: Manifest = Manifest {
    verb: Verb::AdminData,
    name: "admin.data",
    summary: "hold, export, erase or purge kept data",
    help: "Acts on the data of a person or on all that has expired, and records it.",
    examples: &[Example { line: "quillon admin data purge", does: "removes what has expired" }],
    action: "quillon:ManageData",
    resource: ResourceForm::Organisation,
    class: DataClass::Report,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"change":{"act":"purge"}}"#,
    ..STATE
};

/// Shows policies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminPolicyReadAsk {
    /// Only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Show policies and what they govern.
pub(super) static POLICY_READ: Manifest = Manifest {
    verb: Verb::AdminPolicyRead,
    name: "admin.policy.read",
    summary: "show policies and what they govern",
    help: "Lists policies, or prints one with what it is attached to.",
    examples: &[Example { line: "quillon admin policy list", does: "lists them" }],
    action: "quillon:ReadPolicies",
    resource: ResourceForm::Policy,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore],
    ..STATE
};

/// Changes policies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminPolicyWriteAsk {
    /// What to do.
    pub change: PolicyAct,
}

/// Put, remove, attach or detach a policy.
pub(super) static POLICY_WRITE: Manifest = Manifest {
    verb: Verb::AdminPolicyWrite,
    name: "admin.policy.write",
    summary: "put, remove, attach or detach a policy",
    help: "Policies use the IAM language. A change counts from the next request on.",
    examples: &[Example { line: "quillon admin policy put NAME FILE", does: "keeps a policy" }],
    action: "quillon:WritePolicies",
    resource: ResourceForm::Policy,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"change":{"act":"remove","name":"p"}}"#,
    ..STATE
};

/// Decides without doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminPolicySimulateAsk {
    /// For whom.
    pub principal: PrincipalId,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// Condition keys and their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<(String, String)>,
}

/// Show how a request would be decided and by which statement.
pub(super) static POLICY_SIMULATE: Manifest = Manifest {
    verb: Verb::AdminPolicySimulate,
    name: "admin.policy.simulate",
    summary: "show how a request would be decided and by which statement",
    help: "Evaluates all policies for the request and names the statement that decides, without doing anything.",
    examples: &[Example {
        line: "quillon admin policy simulate alice q:SendMessage",
        does: "explains the decision",
    }],
    action: "quillon:ReadPolicies",
    resource: ResourceForm::Policy,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore],
    smallest: r#"{"principal":"a","action":"q:SendMessage","resource":"*"}"#,
    ..STATE
};

/// Looks at a policy before it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminPolicyLintAsk {
    /// What to call it in what is found.
    pub name: String,
    /// Its JSON.
    pub document: String,
}

/// Find what a policy hardly means.
pub(super) static POLICY_LINT: Manifest = Manifest {
    verb: Verb::AdminPolicyLint,
    name: "admin.policy.lint",
    summary: "find what a policy hardly means",
    help: "Reads the policy as `put` would, and reports statements that can have no effect, conditions on keys that nothing supplies, and actions that do not exist. It keeps nothing.",
    examples: &[Example { line: "quillon admin policy lint FILE", does: "reports what looks wrong" }],
    action: "quillon:ReadPolicies",
    resource: ResourceForm::Policy,
    class: DataClass::Policy,
    effects: &[],
    smallest: r#"{"name":"p","document":"{\"Statement\":[]}"}"#,
    ..STATE
};

/// Compares policies before a change counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminPolicyDiffAsk {
    /// The kept policy that would be replaced.
    pub name: String,
    /// The JSON that would replace it; without it, the policy would be removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// For whom; for the asker without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<PrincipalId>,
}

/// Show what a change of a policy grants and takes.
pub(super) static POLICY_DIFF: Manifest = Manifest {
    verb: Verb::AdminPolicyDiff,
    name: "admin.policy.diff",
    summary: "show what a change of a policy grants and takes",
    help: "Tries every request that the policies tell apart, before and after, and lists what would be allowed and refused anew. It changes nothing.",
    examples: &[Example {
        line: "quillon admin policy diff NAME FILE",
        does: "compares the kept policy with the file",
    }],
    action: "quillon:ReadPolicies",
    resource: ResourceForm::Policy,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore],
    smallest: r#"{"name":"p"}"#,
    ..STATE
};

/// Asks whether something can ever be allowed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminPolicyProveAsk {
    /// The action that must never be allowed; `*` stands for any characters.
    pub never: String,
    /// To whom.
    pub principal: PrincipalId,
}

/// Prove that an action can never be allowed, or show the request that breaks it.
pub(super) static POLICY_PROVE: Manifest = Manifest {
    verb: Verb::AdminPolicyProve,
    name: "admin.policy.prove",
    summary: "prove that an action can never be allowed, or show the request that breaks it",
    help: "Tries every request that the policies tell apart, up to a bound. `never` is only said when no request at all could do it; when the bound is reached first, that is said instead.",
    examples: &[Example {
        line: "quillon admin policy prove never quillon:RunCommand for alice",
        does: "proves it or breaks it",
    }],
    action: "quillon:ReadPolicies",
    resource: ResourceForm::Policy,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore],
    smallest: r#"{"never":"quillon:RunCommand","principal":"a"}"#,
    ..STATE
};

/// Lists members.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminMemberReadAsk {}

/// List members, their profiles and sessions.
pub(super) static MEMBER_READ: Manifest = Manifest {
    verb: Verb::AdminMemberRead,
    name: "admin.member.read",
    summary: "list members, their profiles and sessions",
    help: "Lists who belongs to the organisation, under which profile they work and when they last signed in.",
    examples: &[Example { line: "quillon admin member list", does: "lists them" }],
    action: "q:ListAssignments",
    resource: ResourceForm::Organisation,
    class: DataClass::Identity,
    effects: &[Effect::ReadStore],
    ..STATE
};

/// Changes members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminMemberWriteAsk {
    /// What to do.
    pub change: MemberChange,
}

/// Invite, assign or disable members and their keys.
pub(super) static MEMBER_WRITE: Manifest = Manifest {
    verb: Verb::AdminMemberWrite,
    name: "admin.member.write",
    summary: "invite, assign or disable members and their keys",
    help: "Changes who may work in the organisation. A disabled member loses access at once.",
    examples: &[Example { line: "quillon admin member disable NAME", does: "ends access now" }],
    action: "q:CreateAssignment",
    resource: ResourceForm::Organisation,
    class: DataClass::Identity,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"change":{"act":"disable","member":"m"}}"#,
    ..STATE
};

/// Shows profiles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminProfileReadAsk {}

/// Show profiles and their switches.
pub(super) static PROFILE_READ: Manifest = Manifest {
    verb: Verb::AdminProfileRead,
    name: "admin.profile.read",
    summary: "show profiles and their switches",
    help: "Shows each profile with its region, key, models and switches.",
    examples: &[Example { line: "quillon admin profile list", does: "lists them" }],
    action: "quillon:ReadProfiles",
    resource: ResourceForm::Profile,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore],
    ..STATE
};

/// Changes a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminProfileWriteAsk {
    /// Which; made when it is new.
    pub profile: ProfileId,
    /// Where its data rests; only when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Switches and their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switches: Vec<(String, String)>,
}

/// Make or change a profile.
pub(super) static PROFILE_WRITE: Manifest = Manifest {
    verb: Verb::AdminProfileWrite,
    name: "admin.profile.write",
    summary: "make or change a profile",
    help: "Sets the region, models and switches of a profile: prompt logging, analytics, tool servers, references.",
    examples: &[Example { line: "quillon admin profile set NAME references=off", does: "turns a switch" }],
    action: "quillon:WriteProfiles",
    resource: ResourceForm::Profile,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"profile":"p"}"#,
    ..STATE
};

/// Shows keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminKeyReadAsk {}

/// Show which keys seal what.
pub(super) static KEY_READ: Manifest = Manifest {
    verb: Verb::AdminKeyRead,
    name: "admin.key.read",
    summary: "show which keys seal what",
    help: "Shows the key, its version and its state for each class of data.",
    examples: &[Example { line: "quillon admin key status", does: "shows them" }],
    action: "quillon:ReadKeys",
    resource: ResourceForm::Key,
    class: DataClass::Settings,
    effects: &[Effect::ReadStore],
    ..STATE
};

/// Changes keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminKeyWriteAsk {
    /// What to do.
    pub change: KeyAct,
}

/// Use, rotate, re-wrap or destroy keys.
pub(super) static KEY_WRITE: Manifest = Manifest {
    verb: Verb::AdminKeyWrite,
    name: "admin.key.write",
    summary: "use, rotate, re-wrap or destroy keys",
    help: "Rotation keeps old data readable; destroying the keys of a person makes what they sealed unreadable, in backups too.",
    examples: &[Example { line: "quillon admin key rotate conversation", does: "makes a new version" }],
    action: "quillon:WriteKeys",
    resource: ResourceForm::Key,
    class: DataClass::Settings,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"change":{"act":"rotate","class":"conversation"}}"#,
    ..STATE
};

/// Lists chat-app channels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminChannelReadAsk {}

/// List chat-app channels and their guardrails.
pub(super) static CHANNEL_READ: Manifest = Manifest {
    verb: Verb::AdminChannelRead,
    name: "admin.channel.read",
    summary: "list chat-app channels and their guardrails",
    help: "Lists the channels of Slack and Teams that are connected, with the role and guardrails of each.",
    examples: &[Example { line: "quillon admin channel list", does: "lists them" }],
    action: "quillon:ReadChannels",
    resource: ResourceForm::Organisation,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore],
    ..STATE
};

/// Changes chat-app channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminChannelWriteAsk {
    /// What to do.
    pub change: ChannelChange,
}

/// Connect or disconnect a chat-app channel.
pub(super) static CHANNEL_WRITE: Manifest = Manifest {
    verb: Verb::AdminChannelWrite,
    name: "admin.channel.write",
    summary: "connect or disconnect a chat-app channel",
    help: "A channel acts with its role, and never with more than its guardrails allow.",
    examples: &[Example { line: "quillon admin channel disconnect NAME", does: "ends it" }],
    action: "quillon:WriteChannels",
    resource: ResourceForm::Organisation,
    class: DataClass::Policy,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"change":{"act":"disconnect","configuration":"c"}}"#,
    ..STATE
};

/// Makes a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminReportAsk {
    /// Which.
    #[serde(default)]
    pub kind: ReportKind,
    /// Not before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Timestamp>,
    /// Before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
}

/// Report who used what.
pub(super) static REPORT: Manifest = Manifest {
    verb: Verb::AdminReport,
    name: "admin.report",
    summary: "report who used what",
    help: "Reports usage a day and a member, as the user-activity report of Amazon Q lays it out, or as sums.",
    examples: &[Example { line: "quillon admin report user-activity", does: "prints the report" }],
    action: "quillon:ReadReports",
    resource: ResourceForm::Organisation,
    class: DataClass::UsageEvent,
    effects: &[Effect::ReadLedger, Effect::ReadStore],
    ..STATE
};

/// Shows the state of the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminServerAsk {}

/// Show the state of the server and its nodes.
pub(super) static SERVER: Manifest = Manifest {
    verb: Verb::AdminServer,
    name: "admin.server",
    summary: "show the state of the server and its nodes",
    help: "Shows versions, nodes, queues, the lag of exports and whether the record is being written.",
    examples: &[Example { line: "quillon admin server", does: "shows it" }],
    action: "quillon:ReadServer",
    resource: ResourceForm::Installation,
    class: DataClass::Settings,
    effects: &[Effect::ReadLedger, Effect::ReadStore],
    ..STATE
};

/// Opens content to an operator, for a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminBreakGlassAsk {
    /// Whose content.
    pub subject: PrincipalId,
    /// Why.
    pub reason: String,
    /// For how long.
    pub minutes: u32,
}

/// Open content to an operator, for a time, with a second person.
pub(super) static BREAK_GLASS: Manifest = Manifest {
    verb: Verb::AdminBreakGlass,
    name: "admin.break_glass",
    summary: "open content to an operator, for a time, with a second person",
    help: "Operators cannot read content. Two people together can open it for a stated reason and time; it stands in the customer's own ledger.",
    examples: &[Example {
        line: "quillon admin break-glass NAME --reason TEXT --minutes 30",
        does: "asks a second person to agree",
    }],
    action: "quillon:BreakGlass",
    resource: ResourceForm::Organisation,
    class: DataClass::AuditRecord,
    effects: &[Effect::ReadStore, Effect::WriteStore],
    smallest: r#"{"subject":"s","reason":"incident","minutes":30}"#,
    ..STATE
};
