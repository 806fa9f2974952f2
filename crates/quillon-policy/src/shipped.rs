//! Policies that ship as data. Each is a file of its own with its source beside it.

use crate::policy::Policy;

/// A policy that Amazon manages, as it publishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its document.
    pub document: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// The policies of Amazon Q Developer. `policies/README.md` says how they are made anew.
pub static MANAGED_POLICIES: &[ManagedPolicy] = &[
    ManagedPolicy {
        name: "AmazonQDeveloperAccess",
        version: "v7",
        document: include_str!("../policies/amazon-q-developer-access.json"),
        source: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonQDeveloperAccess.html",
    },
    ManagedPolicy {
        name: "AmazonQFullAccess",
        version: "v12",
        document: include_str!("../policies/amazon-q-full-access.json"),
        source: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonQFullAccess.html",
    },
];

impl Policy {
    /// What the person who owns this machine may do.
    ///
    /// # Panics
    /// Never: the policy is part of the program, and a test reads it.
    #[must_use]
    pub fn local_owner() -> Self {
        Self::parse("local-owner", include_str!("../policies/local-owner.json"))
            .expect("the shipped policy is valid")
    }

    /// What nobody may do in a chat channel, whatever the policies say: what Amazon Q refuses there, and the operations
    /// that hand out secrets since.
    ///
    /// # Panics
    /// Never: the policy is part of the program, and a test reads it.
    #[must_use]
    pub fn chat_never() -> Self {
        Self::parse("chat-never", include_str!("../policies/chat-never.json"))
            .expect("the shipped policy is valid")
    }

    /// The policy of this name that Amazon manages, if it ships.
    ///
    /// # Panics
    /// Never: the policies are part of the program, and a test reads them.
    #[must_use]
    pub fn managed(name: &str) -> Option<Self> {
        let managed = MANAGED_POLICIES.iter().find(|managed| managed.name == name)?;
        Some(Self::parse(managed.name, managed.document).expect("the shipped policy is valid"))
    }
}
