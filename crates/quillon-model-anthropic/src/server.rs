//! How servers differ that speak Messages, as data.

/// One kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// The kind, as it is configured.
    pub kind: &'static str,
    /// The header that carries the key, and what stands before it.
    pub key_header: (&'static str, &'static str),
    /// The version of the interface that is asked for.
    pub version: &'static str,
    /// Whether it takes marks of what to cache.
    pub takes_cache: bool,
    /// Whether it takes a budget to think.
    pub takes_thinking: bool,
}

const ANTHROPIC: Server = Server {
    kind: "anthropic",
    key_header: ("x-api-key", ""),
    version: "2023-06-01",
    takes_cache: true,
    takes_thinking: true,
};

/// Every kind of server, by name.
pub static SERVERS: &[Server] = &[
    ANTHROPIC,
    // Gateways and local servers that speak the format; what they do not know, some refuse.
    Server {
        kind: "anthropic-compatible",
        key_header: ("authorization", "Bearer "),
        takes_cache: false,
        takes_thinking: false,
        ..ANTHROPIC
    },
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
        assert!(server("anthropic").unwrap().takes_cache);
        assert_eq!(server("nonsense"), None);
    }
}
