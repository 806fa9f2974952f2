//! How servers differ that speak the same formats, as data. Each difference is one that a test holds.

/// A wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Chat Completions.
    Chat,
    /// Responses.
    Responses,
}

/// One kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// The kind, as it is configured.
    pub kind: &'static str,
    /// What it speaks unless it is configured otherwise.
    pub wire: Wire,
    /// The header that carries the key, and what stands before it.
    pub key_header: (&'static str, &'static str),
    /// What Chat calls the most tokens to write.
    pub tokens_field: &'static str,
    /// Whose turn Chat says that standing instructions are.
    pub system_role: &'static str,
    /// Whether it takes `prompt_cache_key`.
    pub takes_cache_key: bool,
    /// Whether it takes `reasoning_effort`, or `reasoning` in Responses.
    pub takes_effort: bool,
    /// Whether it takes `parallel_tool_calls`.
    pub takes_parallel: bool,
    /// Whether it takes `tool_choice`.
    pub takes_tool_choice: bool,
}

const PLAIN: Server = Server {
    kind: "openai-compatible",
    wire: Wire::Chat,
    key_header: ("authorization", "Bearer "),
    tokens_field: "max_tokens",
    system_role: "system",
    takes_cache_key: false,
    takes_effort: false,
    takes_parallel: false,
    takes_tool_choice: true,
};

/// Every kind of server, by name.
pub static SERVERS: &[Server] = &[
    Server {
        kind: "azure-openai",
        key_header: ("api-key", ""),
        tokens_field: "max_completion_tokens",
        takes_effort: true,
        takes_parallel: true,
        ..PLAIN
    },
    // It takes `reasoning_effort` for models that think; a llama-server without `--jinja` refuses tools with status 500.
    Server { kind: "llama-server", takes_parallel: true, ..PLAIN },
    // It knows only `auto`, and refuses a tool choice that it does not know.
    Server { kind: "lm-studio", takes_tool_choice: false, ..PLAIN },
    // It leaves out what it does not know, `tool_choice` among it.
    Server { kind: "ollama", takes_effort: true, takes_tool_choice: false, ..PLAIN },
    Server {
        kind: "openai",
        wire: Wire::Responses,
        tokens_field: "max_completion_tokens",
        system_role: "developer",
        takes_cache_key: true,
        takes_effort: true,
        takes_parallel: true,
        ..PLAIN
    },
    PLAIN,
    Server { kind: "vllm", takes_effort: true, takes_parallel: true, ..PLAIN },
];

/// The row of a kind.
#[must_use]
pub fn server(kind: &str) -> Option<&'static Server> {
    SERVERS.iter().find(|row| row.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted() {
        assert!(SERVERS.windows(2).all(|pair| pair[0].kind < pair[1].kind));
        assert_eq!(server("vllm").unwrap().wire, Wire::Chat);
        assert_eq!(server("nonsense"), None);
    }
}
