//! Where a request goes.

use std::fmt;

use quillon_base::{Fault, FaultCode};
use reqwest::Url;

/// The longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 8 * 1024;

/// An address of HTTP or HTTPS, without a user name or password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// `input.invalid` when it is no address of HTTP or HTTPS, or holds a credential.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let invalid = |wrong: &str, hint: &str| {
            // What was given is not repeated: it may hold a password.
            Err(Fault::new(FaultCode::InputInvalid, format!("an address {wrong}")).hint(hint))
        };
        let example = "give one such as `https://models.example/v1`";
        if text.len() > ADDRESS_BYTES_MAX {
            return invalid("is too long", example);
        }
        let Ok(url) = Url::parse(text) else { return invalid("cannot be read", example) };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return invalid("is not one of HTTP or HTTPS", example);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("holds a user name or password", "name a credential instead of writing it down");
        }
        Ok(Self(url))
    }

    /// The address of `path` below this one: `v1` and `chat` make `…/v1/chat`. A query of this address is kept.
    #[must_use]
    pub fn join(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}", path.trim_start_matches('/')));
        Self(url)
    }

    /// This address with one more pair in its query.
    #[must_use]
    pub fn with_query(&self, name: &str, value: &str) -> Self {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair(name, value);
        Self(url)
    }

    /// The host, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, also where the address leaves it to the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Host and port, as they are said in a fault.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.host(), self.port())
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_name = bare == "localhost" || bare.ends_with(".localhost");
        is_name || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The whole address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.0
    }
}

/// Without the path and the query, which may hold a token.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.place())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_http_and_holds_no_credential() {
        for bad in
            ["", "models.example", "ftp://a/", "file:///etc", "https://", "https://a:b@c/", "https://a@c/"]
        {
            let fault = Address::parse(bad).unwrap_err();
            assert_eq!(fault.code, FaultCode::InputInvalid, "{bad}");
            assert!(!format!("{fault}{:?}", fault.hint).contains("a:b"), "{fault}");
        }
        let address = Address::parse("https://Models.Example/v1/?api-version=2#x").unwrap();
        assert_eq!(address.place(), "models.example:443");
        assert_eq!(address.join("/chat").as_str(), "https://models.example/v1/chat?api-version=2#x");
        assert_eq!(format!("{:?}", address.with_query("token", "hush")), "https://models.example:443");
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        let check = |host: &str, expected| {
            let address = Address::parse(&format!("http://{host}:1/")).unwrap();
            assert_eq!(address.is_loopback(), expected, "{host}");
        };
        for host in ["localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            check(host, true);
        }
        for host in ["localhost.example", "128.0.0.1", "[::2]", "10.0.0.1", "127.0.0.1.example"] {
            check(host, false);
        }
    }
}
