//! What can be asked, with the manifest of each verb beside its type.
//!
//! A verb is one row of a table in the file of its subject: its name, its data and everything that governs it. The
//! subjects are gathered below; nothing else lists verbs.

mod account;
mod admin;
mod agents;
mod audit;
mod cloud;
mod coding;
mod manage;
mod quality;

pub use account::{LoginAsk, LogoutAsk, ProfileListAsk, ProfileUseAsk, WhoamiAsk};
pub use admin::{
    AdminAuditAsk, AdminBreakGlassAsk, AdminChannelReadAsk, AdminChannelWriteAsk, AdminDataAsk,
    AdminDataClassesAsk, AdminKeyReadAsk, AdminKeyWriteAsk, AdminMemberReadAsk, AdminMemberWriteAsk,
    AdminPolicyDiffAsk, AdminPolicyLintAsk, AdminPolicyProveAsk, AdminPolicyReadAsk, AdminPolicySimulateAsk,
    AdminPolicyWriteAsk, AdminProfileReadAsk, AdminProfileWriteAsk, AdminReportAsk, AdminServerAsk, AuditAct,
    ChannelChange, DataAct, KeyAct, MemberChange, PolicyAct, ReportKind,
};
pub use agents::{DevAsk, JavaTarget, NewAsk, TransformDotnetAsk, TransformJavaAsk};
pub use audit::{
    AuditExportAsk, AuditProveAsk, AuditSearchAsk, AuditTailAsk, AuditVerifyAsk, AuditWitnessAsk,
    EvidenceAsk, ExportFormat, LedgerSource, WITNESS_SIZE_MEDIA_TYPE, WitnessAct,
};
pub use cloud::{
    AwsAsk, AwsParameter, CloudAskAsk, CloudCostAsk, CloudDiagnoseAsk, CloudReachAsk, CloudResourcesAsk,
};
pub use coding::{
    AcceptAsk, ChatAsk, ContextItem, ConversationDeleteAsk, ConversationListAsk, ConversationShowAsk,
    EditAsk, KnowledgeAct, KnowledgeAsk, KnowledgeIndex, KnowledgeSearchAsk, Resume, ShellKind, SuggestAsk,
    TranslateAsk, Trigger,
};
pub use manage::{
    AgentListAsk, AgentWriteAsk, DoctorAsk, EditorInstallAsk, EditorKind, McpListAsk, McpServerSpec,
    McpWriteAsk, MigrateAsk, ModelKeyAct, ModelKeyReadAsk, ModelKeyWriteAsk, ModelListAsk, ModelUseAsk,
    PackAct, PackAsk, PackListAsk, Scope, SettingsReadAsk, SettingsWriteAsk, UsageAsk,
};
pub use quality::{
    DocAsk, DocKind, GroupBy, ReviewAsk, ReviewExplainAsk, ReviewKind, SetApart, Severity, TestAsk,
};

use quillon_base::DataClass;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::manifest::{Allowance, Manifest, MeterUnit, ResourceForm};

macro_rules! gather {
    ($($verb:ident($data:ty) = $name:literal, $manifest:path;)*) => {
        /// The name of what is asked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum Verb {$(
            #[doc = concat!("`", $name, "`")]
            #[serde(rename = $name)]
            $verb,
        )*}

        /// One ask: a verb and what it needs.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "verb")]
        pub enum Ask {$(
            #[doc = concat!("`", $name, "`")]
            #[serde(rename = $name)]
            $verb($data),
        )*}

        impl Ask {
            /// The verb of this ask.
            #[must_use]
            pub const fn verb(&self) -> Verb {
                match self { $(Self::$verb(_) => Verb::$verb,)* }
            }
        }

        $(impl From<$data> for Ask {
            fn from(data: $data) -> Self { Self::$verb(data) }
        })*

        /// Every verb's manifest, in the order of [`Verb`].
        pub static MANIFESTS: &[&Manifest] = &[$(&$manifest),*];
    };
}

gather! {
    Accept(AcceptAsk) = "accept", coding::ACCEPT;
    AdminAudit(AdminAuditAsk) = "admin.audit", admin::AUDIT;
    AdminBreakGlass(AdminBreakGlassAsk) = "admin.break_glass", admin::BREAK_GLASS;
    AdminChannelRead(AdminChannelReadAsk) = "admin.channel.read", admin::CHANNEL_READ;
    AdminChannelWrite(AdminChannelWriteAsk) = "admin.channel.write", admin::CHANNEL_WRITE;
    AdminData(AdminDataAsk) = "admin.data", admin::DATA;
    AdminDataClasses(AdminDataClassesAsk) = "admin.data_classes", admin::DATA_CLASSES;
    AdminKeyRead(AdminKeyReadAsk) = "admin.key.read", admin::KEY_READ;
    AdminKeyWrite(AdminKeyWriteAsk) = "admin.key.write", admin::KEY_WRITE;
    AdminMemberRead(AdminMemberReadAsk) = "admin.member.read", admin::MEMBER_READ;
    AdminMemberWrite(AdminMemberWriteAsk) = "admin.member.write", admin::MEMBER_WRITE;
    AdminPolicyDiff(AdminPolicyDiffAsk) = "admin.policy.diff", admin::POLICY_DIFF;
    AdminPolicyLint(AdminPolicyLintAsk) = "admin.policy.lint", admin::POLICY_LINT;
    AdminPolicyProve(AdminPolicyProveAsk) = "admin.policy.prove", admin::POLICY_PROVE;
    AdminPolicyRead(AdminPolicyReadAsk) = "admin.policy.read", admin::POLICY_READ;
    AdminPolicySimulate(AdminPolicySimulateAsk) = "admin.policy.simulate", admin::POLICY_SIMULATE;
    AdminPolicyWrite(AdminPolicyWriteAsk) = "admin.policy.write", admin::POLICY_WRITE;
    AdminProfileRead(AdminProfileReadAsk) = "admin.profile.read", admin::PROFILE_READ;
    AdminProfileWrite(AdminProfileWriteAsk) = "admin.profile.write", admin::PROFILE_WRITE;
    AdminReport(AdminReportAsk) = "admin.report", admin::REPORT;
    AdminServer(AdminServerAsk) = "admin.server", admin::SERVER;
    AgentList(AgentListAsk) = "agent.list", manage::AGENT_LIST;
    AgentWrite(AgentWriteAsk) = "agent.write", manage::AGENT_WRITE;
    AuditExport(AuditExportAsk) = "audit.export", audit::EXPORT;
    AuditProve(AuditProveAsk) = "audit.prove", audit::PROVE;
    AuditSearch(AuditSearchAsk) = "audit.search", audit::SEARCH;
    AuditTail(AuditTailAsk) = "audit.tail", audit::TAIL;
    AuditVerify(AuditVerifyAsk) = "audit.verify", audit::VERIFY;
    AuditWitness(AuditWitnessAsk) = "audit.witness", audit::WITNESS;
    Aws(AwsAsk) = "aws", cloud::AWS;
    Chat(ChatAsk) = "chat", coding::CHAT;
    CloudAsk(CloudAskAsk) = "cloud.ask", cloud::ASK;
    CloudCost(CloudCostAsk) = "cloud.cost", cloud::COST;
    CloudDiagnose(CloudDiagnoseAsk) = "cloud.diagnose", cloud::DIAGNOSE;
    CloudReach(CloudReachAsk) = "cloud.reach", cloud::REACH;
    CloudResources(CloudResourcesAsk) = "cloud.resources", cloud::RESOURCES;
    ConversationDelete(ConversationDeleteAsk) = "conversation.delete", coding::CONVERSATION_DELETE;
    ConversationList(ConversationListAsk) = "conversation.list", coding::CONVERSATION_LIST;
    ConversationShow(ConversationShowAsk) = "conversation.show", coding::CONVERSATION_SHOW;
    Dev(DevAsk) = "dev", agents::DEV;
    Doc(DocAsk) = "doc", quality::DOC;
    Doctor(DoctorAsk) = "doctor", manage::DOCTOR;
    Edit(EditAsk) = "edit", coding::EDIT;
    EditorInstall(EditorInstallAsk) = "editor.install", manage::EDITOR_INSTALL;
    Evidence(EvidenceAsk) = "evidence", audit::EVIDENCE;
    Knowledge(KnowledgeAsk) = "knowledge", coding::KNOWLEDGE;
    KnowledgeSearch(KnowledgeSearchAsk) = "knowledge.search", coding::KNOWLEDGE_SEARCH;
    Login(LoginAsk) = "login", account::LOGIN;
    Logout(LogoutAsk) = "logout", account::LOGOUT;
    McpList(McpListAsk) = "mcp.list", manage::MCP_LIST;
    McpWrite(McpWriteAsk) = "mcp.write", manage::MCP_WRITE;
    Migrate(MigrateAsk) = "migrate", manage::MIGRATE;
    ModelKeyRead(ModelKeyReadAsk) = "model.key.read", manage::MODEL_KEY_READ;
    ModelKeyWrite(ModelKeyWriteAsk) = "model.key.write", manage::MODEL_KEY_WRITE;
    ModelList(ModelListAsk) = "model.list", manage::MODEL_LIST;
    ModelUse(ModelUseAsk) = "model.use", manage::MODEL_USE;
    New(NewAsk) = "new", agents::NEW;
    Pack(PackAsk) = "pack", manage::PACK;
    PackList(PackListAsk) = "pack.list", manage::PACK_LIST;
    ProfileList(ProfileListAsk) = "profile.list", account::PROFILE_LIST;
    ProfileUse(ProfileUseAsk) = "profile.use", account::PROFILE_USE;
    Review(ReviewAsk) = "review", quality::REVIEW;
    ReviewExplain(ReviewExplainAsk) = "review.explain", quality::REVIEW_EXPLAIN;
    SettingsRead(SettingsReadAsk) = "settings.read", manage::SETTINGS_READ;
    SettingsWrite(SettingsWriteAsk) = "settings.write", manage::SETTINGS_WRITE;
    Suggest(SuggestAsk) = "suggest", coding::SUGGEST;
    Test(TestAsk) = "test", quality::TEST;
    TransformDotnet(TransformDotnetAsk) = "transform.dotnet", agents::TRANSFORM_DOTNET;
    TransformJava(TransformJavaAsk) = "transform.java", agents::TRANSFORM_JAVA;
    Translate(TranslateAsk) = "translate", coding::TRANSLATE;
    Usage(UsageAsk) = "usage", manage::USAGE;
    Whoami(WhoamiAsk) = "whoami", account::WHOAMI;
}

/// What verbs that only read or change Quillon's own state have in common.
const STATE: Manifest = Manifest {
    verb: Verb::Whoami,
    name: "",
    summary: "",
    help: "",
    examples: &[],
    action: "",
    resource: ResourceForm::Session,
    unit: MeterUnit::Request,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Settings,
    effects: &[],
    leased: false,
    anonymous: false,
    smallest: "{}",
};

impl Verb {
    /// What is true of this verb.
    #[must_use]
    pub fn manifest(self) -> &'static Manifest {
        MANIFESTS[self as usize]
    }

    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.manifest().name
    }
}

impl Manifest {
    /// The smallest ask of this verb, for tests that walk all of them.
    ///
    /// # Panics
    /// When the manifest's own JSON does not parse; a test over all manifests holds that it does.
    #[must_use]
    pub fn smallest_ask(&self) -> Ask {
        let mut value: serde_json::Value =
            serde_json::from_str(self.smallest).expect("the smallest ask is JSON");
        value["verb"] = self.name.into();
        serde_json::from_value(value).expect("the smallest ask is an ask of its verb")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_manifest_stands_in_its_place_and_is_complete() {
        let mut names = BTreeSet::new();
        for (place, manifest) in MANIFESTS.iter().enumerate() {
            let name = manifest.name;
            assert_eq!(manifest.verb as usize, place, "{name}");
            assert_eq!(serde_json::to_value(manifest.verb).unwrap(), name);
            assert!(names.insert(name), "{name} twice");
            assert!(manifest.action.starts_with("q:") || manifest.action.starts_with("quillon:"), "{name}");
            assert!(manifest.help.len() > manifest.summary.len(), "{name} needs a help page");
            assert!(!manifest.summary.ends_with('.'), "{name}");
            assert!(!manifest.examples.is_empty(), "{name} needs an example");
            assert!(manifest.examples.iter().all(|example| example.line.contains("quillon ")), "{name}");
            assert!(manifest.effects.windows(2).all(|pair| pair[0] < pair[1]), "{name}: effects are sorted");
        }
    }

    #[test]
    fn the_smallest_ask_of_every_verb_survives_a_round_trip() {
        for manifest in MANIFESTS {
            let ask = manifest.smallest_ask();
            assert_eq!(ask.verb(), manifest.verb);
            let text = serde_json::to_string(&ask).unwrap();
            assert_eq!(serde_json::from_str::<Ask>(&text).unwrap(), ask, "{text}");
        }
    }

    #[test]
    fn an_unknown_verb_or_field_is_refused() {
        for bad in
            [r#"{"verb":"nonsense"}"#, r#"{"verb":"chat","prompt":"x","promt":"y"}"#, r#"{"prompt":"x"}"#]
        {
            assert!(serde_json::from_str::<Ask>(bad).is_err(), "{bad}");
        }
    }
}
