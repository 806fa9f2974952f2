//! In front of a real server that speaks both formats.

/// Chat Completions.
mod chat {
    quillon_mock::real_server!(crate::support::Adapter, "llama-server");
}

/// Responses.
mod responses {
    quillon_mock::real_server!(crate::support::Adapter, "openai");
}
