//! What can be decided: the actions of effects, and the condition keys that each surface supplies. The actions of verbs
//! stand in the manifests of the contract.

/// One action and what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionRow {
    /// The action.
    pub action: &'static str,
    /// The form of its resource.
    pub resource: &'static str,
    /// Condition keys of its own, beside those of the surface.
    pub keys: &'static [&'static str],
    /// What it does.
    pub summary: &'static str,
}

/// The actions of effects, by name.
pub static EFFECT_ACTIONS: &[ActionRow] = &[
    ActionRow {
        action: "quillon:CallCloud",
        resource: "account/ACCOUNT",
        keys: &["aws:RequestedRegion", "quillon:CloudOperation"],
        summary: "call an operation of a cloud service",
    },
    ActionRow {
        action: "quillon:CallTool",
        resource: "tool/TOOL",
        keys: &["quillon:Path", "quillon:Tool"],
        summary: "let a model use a tool, Quillon's own or one of another process",
    },
    ActionRow {
        action: "quillon:InvokeModel",
        resource: "model/ID",
        keys: &["aws:RequestedRegion", "quillon:Model"],
        summary: "send a redacted request to a model",
    },
    ActionRow {
        action: "quillon:KeepIndex",
        resource: "workspace/ID",
        keys: &[],
        summary: "read or replace the index of the workspace in the cache",
    },
    ActionRow {
        action: "quillon:ReadLedger",
        resource: "ledger/REGION",
        keys: &[],
        summary: "read the audit log",
    },
    ActionRow {
        action: "quillon:ReadSettings",
        resource: "settings/PRINCIPAL",
        keys: &[],
        summary: "read settings, Quillon's and those that Amazon Q left",
    },
    ActionRow {
        action: "quillon:ReadStore",
        resource: "conversation/*",
        keys: &[],
        summary: "read sealed records",
    },
    ActionRow {
        action: "quillon:ReadWorkspace",
        resource: "workspace/ID",
        keys: &["quillon:Path"],
        summary: "read files of the workspace; a bulk read is decided once without `quillon:Path`, then for each file with it",
    },
    ActionRow {
        action: "quillon:RunCommand",
        resource: "workspace/ID",
        keys: &["quillon:CommandProgram"],
        summary: "run a program in the workspace; a shell's line is decided for each program that it names",
    },
    ActionRow {
        action: "quillon:SendToSink",
        resource: "ledger/REGION",
        keys: &["aws:RequestedRegion", "quillon:Sink"],
        summary: "send records of the audit log to a folder or a log system",
    },
    ActionRow {
        action: "quillon:WriteLedger",
        resource: "ledger/REGION",
        keys: &[],
        summary: "place and release legal holds, remove records whose time has passed, cosign as a witness",
    },
    ActionRow {
        action: "quillon:WriteSettings",
        resource: "settings/PRINCIPAL",
        keys: &[],
        summary: "change settings",
    },
    ActionRow {
        action: "quillon:WriteStore",
        resource: "conversation/*",
        keys: &[],
        summary: "write or remove sealed records",
    },
    ActionRow {
        action: "quillon:WriteWorkspace",
        resource: "workspace/ID",
        keys: &["quillon:Path"],
        summary: "write or remove a file of the workspace",
    },
];

/// The condition keys that a surface supplies with every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurfaceKeys {
    /// The surface, as the contract names it.
    pub surface: &'static str,
    /// The keys; one that ends with `/` stands for all keys below it.
    pub keys: &'static [&'static str],
}

/// Keys of every surface. `aws:MultiFactorAuthAge` is absent for those who did not use a second factor, as with Amazon.
macro_rules! everywhere {
    ($($more:literal),*) => {
        &[
            $($more,)*
            "aws:CurrentTime",
            "aws:EpochTime",
            "aws:MultiFactorAuthAge",
            "aws:MultiFactorAuthPresent",
            "aws:PrincipalArn",
            "aws:PrincipalTag/",
            "aws:RequestedRegion",
            "quillon:Profile",
            "quillon:Surface",
            "quillon:Tier",
        ]
    };
}

const EVERYWHERE: &[&str] = everywhere!();

/// A request over the network has an address.
const NETWORK: &[&str] = everywhere!("aws:SecureTransport", "aws:SourceIp", "aws:SourceVpc", "aws:UserAgent");

/// A request from a chat channel names the channel's configuration; its address is the chat provider's and says nothing.
const CHANNEL: &[&str] = everywhere!("aws:ChatbotSourceArn", "aws:SecureTransport");

/// The condition keys of every surface.
pub static SURFACE_KEYS: &[SurfaceKeys] = &[
    SurfaceKeys { surface: "cli", keys: EVERYWHERE },
    SurfaceKeys { surface: "tui", keys: EVERYWHERE },
    SurfaceKeys { surface: "lsp", keys: EVERYWHERE },
    SurfaceKeys { surface: "acp", keys: EVERYWHERE },
    SurfaceKeys { surface: "mcp", keys: EVERYWHERE },
    SurfaceKeys { surface: "http", keys: NETWORK },
    SurfaceKeys { surface: "chatapp", keys: CHANNEL },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_sorted_and_said() {
        assert!(EFFECT_ACTIONS.windows(2).all(|pair| pair[0].action < pair[1].action));
        assert!(EFFECT_ACTIONS.iter().all(|row| !row.summary.is_empty() && row.resource.contains('/')));
    }
}
