//! A small workspace, and asks about it.

use quillon_chat::Chat;
use quillon_contract::ask::{ChatAsk, ContextItem, Resume};
use quillon_testkit::Kit;

/// A parcel service in three languages.
pub(crate) fn kit() -> Kit {
    Kit::new()
        .with(Chat)
        .with_file("README.md", "# Parcels\n\nCarries parcels. Start it with `make run`.\n")
        .with_file(
            "src/retry.rs",
            "//! Trying again.\n\n/// How often a parcel is offered before it goes back.\npub const RETRY_LIMIT: u32 = 3;\n\n\
             /// Whether one more try is left.\npub fn may_retry(tries: u32) -> bool {\n    tries < RETRY_LIMIT\n}\n",
        )
        .with_file("web/depot.py", "def open_depot(name):\n    \"\"\"Opens the depot.\"\"\"\n    return name\n")
        .with_file("app/Queue.java", "class Queue {\n    int length() {\n        return 0;\n    }\n}\n")
}

pub(crate) fn question(prompt: &str) -> ChatAsk {
    ChatAsk {
        prompt: prompt.into(),
        context: Vec::new(),
        resume: Resume::No,
        agent: None,
        model: None,
        trusted_tools: Vec::new(),
        unattended: true,
        ephemeral: false,
        explain_context: false,
    }
}

pub(crate) fn with(prompt: &str, context: impl IntoIterator<Item = ContextItem>) -> ChatAsk {
    ChatAsk { context: context.into_iter().collect(), ..question(prompt) }
}
