//! Administration: every act of an administrator.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use quillon_base::{DataClass, Fault, PrincipalId, ProfileId, Region, Timestamp};
use quillon_contract::Verb;
use quillon_contract::ask::{
    AdminAuditAsk, AdminBreakGlassAsk, AdminChannelReadAsk, AdminChannelWriteAsk, AdminDataAsk,
    AdminDataClassesAsk, AdminKeyReadAsk, AdminKeyWriteAsk, AdminMemberReadAsk, AdminMemberWriteAsk,
    AdminPolicyDiffAsk, AdminPolicyLintAsk, AdminPolicyProveAsk, AdminPolicyReadAsk, AdminPolicySimulateAsk,
    AdminPolicyWriteAsk, AdminProfileReadAsk, AdminProfileWriteAsk, AdminReportAsk, AdminServerAsk, AuditAct,
    ChannelChange, DataAct, KeyAct, MemberChange, PolicyAct, ReportKind,
};

use super::{Planned, Row, values};
use crate::inputs::Inputs;

pub(super) const ROWS: &[Row] = &[
    ("admin audit", &[Verb::AdminAudit]),
    ("admin audit hold", &[Verb::AdminAudit]),
    ("admin audit prune", &[Verb::AdminAudit]),
    ("admin audit release", &[Verb::AdminAudit]),
    ("admin audit show", &[Verb::AdminAudit]),
    ("admin break-glass", &[Verb::AdminBreakGlass]),
    ("admin channel", &[Verb::AdminChannelRead, Verb::AdminChannelWrite]),
    ("admin channel connect", &[Verb::AdminChannelWrite]),
    ("admin channel disconnect", &[Verb::AdminChannelWrite]),
    ("admin channel list", &[Verb::AdminChannelRead]),
    ("admin data", &[Verb::AdminDataClasses, Verb::AdminData]),
    ("admin data classes", &[Verb::AdminDataClasses]),
    ("admin data erase", &[Verb::AdminData]),
    ("admin data export", &[Verb::AdminData]),
    ("admin data hold", &[Verb::AdminData]),
    ("admin data opt-out", &[Verb::AdminData]),
    ("admin data purge", &[Verb::AdminData]),
    ("admin data release", &[Verb::AdminData]),
    ("admin key", &[Verb::AdminKeyRead, Verb::AdminKeyWrite]),
    ("admin key rewrap", &[Verb::AdminKeyWrite]),
    ("admin key rotate", &[Verb::AdminKeyWrite]),
    ("admin key shred", &[Verb::AdminKeyWrite]),
    ("admin key status", &[Verb::AdminKeyRead]),
    ("admin key use", &[Verb::AdminKeyWrite]),
    ("admin member", &[Verb::AdminMemberRead, Verb::AdminMemberWrite]),
    ("admin member assign", &[Verb::AdminMemberWrite]),
    ("admin member disable", &[Verb::AdminMemberWrite]),
    ("admin member invite", &[Verb::AdminMemberWrite]),
    ("admin member issue-key", &[Verb::AdminMemberWrite]),
    ("admin member list", &[Verb::AdminMemberRead]),
    ("admin member revoke-key", &[Verb::AdminMemberWrite]),
    (
        "admin policy",
        &[
            Verb::AdminPolicyRead,
            Verb::AdminPolicyWrite,
            Verb::AdminPolicySimulate,
            Verb::AdminPolicyLint,
            Verb::AdminPolicyDiff,
            Verb::AdminPolicyProve,
        ],
    ),
    ("admin policy attach", &[Verb::AdminPolicyWrite]),
    ("admin policy detach", &[Verb::AdminPolicyWrite]),
    ("admin policy diff", &[Verb::AdminPolicyDiff]),
    ("admin policy lint", &[Verb::AdminPolicyLint]),
    ("admin policy list", &[Verb::AdminPolicyRead]),
    ("admin policy prove", &[Verb::AdminPolicyProve]),
    ("admin policy put", &[Verb::AdminPolicyWrite]),
    ("admin policy remove", &[Verb::AdminPolicyWrite]),
    ("admin policy show", &[Verb::AdminPolicyRead]),
    ("admin policy simulate", &[Verb::AdminPolicySimulate]),
    ("admin profile", &[Verb::AdminProfileRead, Verb::AdminProfileWrite]),
    ("admin profile list", &[Verb::AdminProfileRead]),
    ("admin profile set", &[Verb::AdminProfileWrite]),
    ("admin report", &[Verb::AdminReport]),
    ("admin server", &[Verb::AdminServer]),
];

const REPORTS: &[&str] = &["user-activity", "dashboard", "cost"];

/// Administer an organisation: data, policies, members, profiles, keys, channels
#[derive(Debug, Args)]
pub(crate) struct Admin {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Debug, Subcommand)]
enum Subject {
    /// Show what the audit log keeps and act on it
    #[command(subcommand)]
    Audit(Audit),
    /// Show what is kept and act on it
    #[command(subcommand)]
    Data(Data),
    /// Show, change and try policies
    #[command(subcommand)]
    Policy(Policy),
    /// List and change members
    #[command(subcommand)]
    Member(Member),
    /// List and change profiles
    #[command(subcommand)]
    Profile(Profile),
    /// Show and change keys
    #[command(subcommand)]
    Key(Key),
    /// List and change channels of chat applications
    #[command(subcommand)]
    Channel(Channel),
    Report {
        /// Which
        #[arg(default_value = "user-activity", value_parser = values::named::<ReportKind>(REPORTS))]
        kind: ReportKind,
        #[command(flatten)]
        period: super::Period,
    },
    Server,
    BreakGlass {
        /// Whose content
        subject: PrincipalId,
        /// Why
        #[arg(long)]
        reason: String,
        /// For how long
        #[arg(long)]
        minutes: u32,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Show how long records are kept, what holds them, and what could be removed
    Show,
    /// Place a legal hold: nothing is removed while it is in force
    Hold {
        name: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Release a legal hold
    Release {
        name: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Remove records whose time to be kept has passed
    Prune,
}

#[derive(Debug, Subcommand)]
enum Data {
    Classes,
    /// Keep a subject's data whatever its retention says
    Hold {
        subject: PrincipalId,
    },
    /// End a hold
    Release {
        subject: PrincipalId,
    },
    /// Hand out all of a subject's data
    Export {
        subject: PrincipalId,
    },
    /// Delete all of a subject's data
    Erase {
        subject: PrincipalId,
    },
    /// Remove what has expired
    Purge,
    /// Set whether content may be used for improvement
    OptOut {
        /// An AI services opt-out policy; `-` is standard input
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum Policy {
    /// List policies and what they govern
    List,
    /// Print a policy and what it governs
    #[command(alias = "get")]
    Show { name: String },
    Lint {
        /// Its JSON; `-` is standard input
        file: PathBuf,
    },
    Diff {
        /// The kept policy that would be replaced
        name: String,
        /// The JSON that would replace it; without it, the policy would be removed
        file: Option<PathBuf>,
        /// For whom; for you without it
        #[arg(long)]
        principal: Option<PrincipalId>,
    },
    Prove {
        /// The word `never`
        #[arg(value_parser = ["never"])]
        never: String,
        /// The action that must never be allowed; `*` stands for any characters
        action: String,
        /// The word `for`
        #[arg(value_parser = ["for"], value_name = "FOR")]
        preposition: String,
        /// To whom
        principal: PrincipalId,
    },
    /// Keep a policy under a name
    Put {
        name: String,
        /// Its JSON; `-` is standard input
        file: PathBuf,
    },
    /// Remove a policy
    Remove { name: String },
    /// Let a policy govern a principal, group, profile, channel or the organisation
    Attach {
        name: String,
        /// The resource name of what it governs
        to: String,
    },
    /// Let a policy govern that no longer
    Detach {
        name: String,
        /// The resource name of what it governed
        from: String,
    },
    Simulate {
        /// For whom
        principal: PrincipalId,
        /// The action, such as `q:SendMessage`
        action: String,
        /// The resource; one with `*` is allowed where some of what it stands for is
        #[arg(default_value = "*")]
        resource: String,
        /// A condition key and its value; may be repeated
        #[arg(long, value_name = "KEY=VALUE", value_parser = values::pair)]
        context: Vec<(String, String)>,
    },
}

#[derive(Debug, Subcommand)]
enum Member {
    List,
    /// Invite by address
    Invite {
        /// Where the invitation goes
        address: String,
        /// The profile to work under
        profile: ProfileId,
    },
    /// Let a member work under a profile
    Assign {
        member: PrincipalId,
        profile: ProfileId,
    },
    /// End a member's access now
    Disable {
        member: PrincipalId,
    },
    /// Make an API key; it is shown once
    IssueKey {
        /// For whom
        member: PrincipalId,
        /// When it ends: a day or an instant
        #[arg(long, value_parser = values::instant)]
        expires: Timestamp,
        /// What it may do; may be repeated
        #[arg(long = "action", required = true)]
        actions: Vec<String>,
    },
    /// End an API key now
    RevokeKey {
        key: String,
    },
}

#[derive(Debug, Subcommand)]
enum Profile {
    List,
    Set {
        /// Which; made when it is new
        profile: ProfileId,
        /// Switches and their values
        #[arg(value_name = "SWITCH=VALUE", value_parser = values::pair)]
        switches: Vec<(String, String)>,
        /// Where its data rests; only when it is new
        #[arg(long, value_name = "REGION")]
        data_region: Option<Region>,
    },
}

#[derive(Debug, Subcommand)]
enum Key {
    Status,
    /// Seal a class of data with this key from now on
    Use {
        #[arg(value_parser = values::data_class())]
        class: DataClass,
        /// Where the key is: a KMS, PKCS#11 or Vault address
        key: String,
    },
    /// Make a new version of the key of a class
    Rotate {
        #[arg(value_parser = values::data_class())]
        class: DataClass,
    },
    /// Wrap the existing data keys of a class anew
    Rewrap {
        #[arg(value_parser = values::data_class())]
        class: DataClass,
    },
    /// Destroy a subject's keys, and with them what they sealed
    Shred {
        subject: PrincipalId,
    },
}

#[derive(Debug, Subcommand)]
enum Channel {
    List,
    /// Connect a channel
    Connect {
        /// The chat application
        #[arg(value_parser = ["slack", "teams"])]
        app: String,
        /// The workspace or team
        team: String,
        /// The channel
        channel: String,
        /// The role that its commands take
        #[arg(long)]
        role: String,
        /// A guardrail policy, by name; may be repeated
        #[arg(long = "guardrail")]
        guardrails: Vec<String>,
    },
    /// Disconnect a channel
    Disconnect {
        /// Its configuration's name
        configuration: String,
    },
}

impl Admin {
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        Ok(match self.subject {
            Subject::Audit(act) => act.plan(),
            Subject::Data(act) => act.plan(inputs)?,
            Subject::Policy(act) => act.plan(inputs)?,
            Subject::Member(act) => act.plan(),
            Subject::Profile(act) => act.plan(),
            Subject::Key(act) => act.plan(),
            Subject::Channel(act) => act.plan(),
            Subject::Report { kind, period } => {
                AdminReportAsk { kind, after: period.after, before: period.before }.into()
            }
            Subject::Server => AdminServerAsk {}.into(),
            Subject::BreakGlass { subject, reason, minutes } => {
                AdminBreakGlassAsk { subject, reason, minutes }.into()
            }
        })
    }
}

impl Audit {
    fn plan(self) -> Planned {
        let change = match self {
            Self::Show => AuditAct::Show,
            Self::Hold { name, reason } => AuditAct::Hold { name, reason },
            Self::Release { name, reason } => AuditAct::Release { name, reason },
            Self::Prune => AuditAct::Prune,
        };
        AdminAuditAsk { change }.into()
    }
}

impl Data {
    fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        let change = match self {
            Self::Classes => return Ok(AdminDataClassesAsk {}.into()),
            Self::Hold { subject } => DataAct::Hold { subject },
            Self::Release { subject } => DataAct::Release { subject },
            Self::Export { subject } => DataAct::Export { subject },
            Self::Erase { subject } => DataAct::Erase { subject },
            Self::Purge => DataAct::Purge,
            Self::OptOut { file } => DataAct::OptOut { policy: inputs.file(&file)? },
        };
        Ok(AdminDataAsk { change }.into())
    }
}

impl Policy {
    fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        let change = match self {
            Self::List => return Ok(AdminPolicyReadAsk { name: None }.into()),
            Self::Show { name } => return Ok(AdminPolicyReadAsk { name: Some(name) }.into()),
            Self::Simulate { principal, action, resource, context } => {
                return Ok(AdminPolicySimulateAsk { principal, action, resource, context }.into());
            }
            Self::Lint { file } => {
                let name =
                    file.file_name().map_or_else(|| "-".into(), |name| name.to_string_lossy().into_owned());
                return Ok(AdminPolicyLintAsk { name, document: inputs.policy(&file)? }.into());
            }
            Self::Diff { name, file, principal } => {
                let document = file.map(|file| inputs.policy(&file)).transpose()?;
                return Ok(AdminPolicyDiffAsk { name, document, principal }.into());
            }
            Self::Prove { action, principal, .. } => {
                return Ok(AdminPolicyProveAsk { never: action, principal }.into());
            }
            Self::Put { name, file } => PolicyAct::Put { name, document: inputs.policy(&file)? },
            Self::Remove { name } => PolicyAct::Remove { name },
            Self::Attach { name, to } => PolicyAct::Attach { name, to },
            Self::Detach { name, from } => PolicyAct::Detach { name, from },
        };
        Ok(AdminPolicyWriteAsk { change }.into())
    }
}

impl Member {
    fn plan(self) -> Planned {
        let change = match self {
            Self::List => return AdminMemberReadAsk {}.into(),
            Self::Invite { address, profile } => MemberChange::Invite { address, profile },
            Self::Assign { member, profile } => MemberChange::Assign { member, profile },
            Self::Disable { member } => MemberChange::Disable { member },
            Self::IssueKey { member, expires, actions } => {
                MemberChange::IssueKey { member, expires, actions }
            }
            Self::RevokeKey { key } => MemberChange::RevokeKey { key },
        };
        AdminMemberWriteAsk { change }.into()
    }
}

impl Profile {
    fn plan(self) -> Planned {
        match self {
            Self::List => AdminProfileReadAsk {}.into(),
            Self::Set { profile, switches, data_region } => {
                AdminProfileWriteAsk { profile, region: data_region, switches }.into()
            }
        }
    }
}

impl Key {
    fn plan(self) -> Planned {
        let change = match self {
            Self::Status => return AdminKeyReadAsk {}.into(),
            Self::Use { class, key } => KeyAct::Use { class, key },
            Self::Rotate { class } => KeyAct::Rotate { class },
            Self::Rewrap { class } => KeyAct::Rewrap { class },
            Self::Shred { subject } => KeyAct::Shred { subject },
        };
        AdminKeyWriteAsk { change }.into()
    }
}

impl Channel {
    fn plan(self) -> Planned {
        let change = match self {
            Self::List => return AdminChannelReadAsk {}.into(),
            Self::Connect { app, team, channel, role, guardrails } => {
                ChannelChange::Connect { app, team, channel, role, guardrails }
            }
            Self::Disconnect { configuration } => ChannelChange::Disconnect { configuration },
        };
        AdminChannelWriteAsk { change }.into()
    }
}
