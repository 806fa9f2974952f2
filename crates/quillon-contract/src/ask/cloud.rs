//! Cloud: operations under guardrails, and questions about accounts.

use quillon_base::{DataClass, Region};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Verb;
use crate::manifest::{Allowance, EffectKind as Effect, Example, Manifest, MeterUnit, ResourceForm};

const EFFECTS: &[Effect] = &[Effect::CallCloud, Effect::InvokeModel];

/// One parameter of an operation, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsParameter {
    /// Its name, without dashes.
    pub name: String,
    /// Its values; none for a flag.
    pub values: Vec<String>,
}

/// Calls one operation of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsAsk {
    /// The service, as the AWS CLI names it.
    pub service: String,
    /// The operation, as the AWS CLI names it.
    pub operation: String,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<AwsParameter>,
    /// Where to call it; the profile's region without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// A JMESPath expression over the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
}

/// Calls one operation of one service.
pub(super) static AWS: Manifest = Manifest {
    verb: Verb::Aws,
    name: "aws",
    summary: "call an operation of an AWS service, under guardrails",
    help: "Takes the AWS CLI's words and keeps its exit codes. The call is decided by your policies and the channel's \
           guardrails before it is signed, and asks before it changes anything.",
    examples: &[Example { line: "quillon aws s3api list-buckets", does: "lists buckets" }],
    action: "q:PassRequest",
    resource: ResourceForm::CloudAccount,
    unit: MeterUnit::CloudCall,
    allowance: Allowance::UNLIMITED,
    class: DataClass::Conversation,
    effects: &[Effect::CallCloud],
    leased: false,
    anonymous: false,
    smallest: r#"{"service":"sts","operation":"get-caller-identity"}"#,
};

/// A question about AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudAskAsk {
    /// The question.
    pub question: String,
}

/// Answers about AWS.
pub(super) static ASK: Manifest = Manifest {
    verb: Verb::CloudAsk,
    name: "cloud.ask",
    summary: "answer a question about AWS, with references",
    help: "Answers from service models and documentation that are installed, with a reference for each statement.",
    examples: &[Example {
        line: "quillon cloud ask \"how long may a Lambda function run?\"",
        does: "answers with its source",
    }],
    action: "q:SendMessage",
    resource: ResourceForm::Conversation,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Conversation,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: r#"{"question":"what is a bucket?"}"#,
};

/// A question about what an account holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudResourcesAsk {
    /// The question.
    pub question: String,
    /// Regions to look in; the profile's when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
}

/// Answers what an account holds.
pub(super) static RESOURCES: Manifest = Manifest {
    verb: Verb::CloudResources,
    name: "cloud.resources",
    summary: "answer what is in your cloud account",
    help: "Turns the question into read-only calls, shows them, and answers with a table.",
    examples: &[Example { line: "quillon cloud resources \"untagged EC2 instances\"", does: "lists them" }],
    action: "q:SendMessage",
    resource: ResourceForm::CloudAccount,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Conversation,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: r#"{"question":"my buckets"}"#,
};

/// A question about cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudCostAsk {
    /// The question.
    pub question: String,
}

/// Answers what an account costs.
pub(super) static COST: Manifest = Manifest {
    verb: Verb::CloudCost,
    name: "cloud.cost",
    summary: "answer what your cloud account costs and why",
    help: "Reads the account's cost records and answers with figures, a chart and the calls that gave them.",
    examples: &[Example {
        line: "quillon cloud cost \"top five services last month\"",
        does: "shows a chart",
    }],
    action: "q:SendMessage",
    resource: ResourceForm::CloudAccount,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Conversation,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: r#"{"question":"last month"}"#,
};

/// An error to explain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudDiagnoseAsk {
    /// The error as it was shown.
    pub error: String,
    /// The service or console page where it was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// Explains a cloud error.
pub(super) static DIAGNOSE: Manifest = Manifest {
    verb: Verb::CloudDiagnose,
    name: "cloud.diagnose",
    summary: "explain a cloud error and how to end it",
    help: "Finds what the error means, looks at the account where you allow it, and proposes steps.",
    examples: &[Example {
        line: "quillon cloud diagnose \"AccessDenied when calling PutObject\"",
        does: "explains and proposes steps",
    }],
    action: "q:StartTroubleshootingAnalysis",
    resource: ResourceForm::CloudAccount,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Conversation,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: r#"{"error":"AccessDenied"}"#,
};

/// Two ends that should reach each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudReachAsk {
    /// From this resource or address.
    pub from: String,
    /// To this resource or address.
    pub to: String,
    /// The port at the other end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// Explains why one end does not reach another.
pub(super) static REACH: Manifest = Manifest {
    verb: Verb::CloudReach,
    name: "cloud.reach",
    summary: "explain whether one resource reaches another over the network",
    help: "Follows routes, security groups, network lists and endpoints hop by hop and names the one that stops it.",
    examples: &[Example {
        line: "quillon cloud reach i-0abc i-0def --port 5432",
        does: "names the hop that stops it",
    }],
    action: "q:StartTroubleshootingAnalysis",
    resource: ResourceForm::CloudAccount,
    unit: MeterUnit::AgentRequest,
    allowance: Allowance { free: Some(50), pro: None },
    class: DataClass::Conversation,
    effects: EFFECTS,
    leased: false,
    anonymous: false,
    smallest: r#"{"from":"i-1","to":"i-2"}"#,
};
