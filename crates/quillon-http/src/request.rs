//! What is sent.

use std::fmt;

use quillon_base::{Fault, FaultCode, Secret};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::{Address, Timeouts};

/// One request. Its headers and body may hold secrets and are in no `Debug`.
#[derive(Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) address: Address,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) timeouts: Option<Timeouts>,
}

impl Request {
    /// Asks for what is at `address`.
    #[must_use]
    pub fn get(address: Address) -> Self {
        Self::new(Method::GET, address)
    }

    /// Asks for the head of what is at `address`.
    #[must_use]
    pub fn head(address: Address) -> Self {
        Self::new(Method::HEAD, address)
    }

    /// Sends `body` to `address`.
    #[must_use]
    pub fn post(address: Address, body: Vec<u8>) -> Self {
        Self { body, ..Self::new(Method::POST, address) }
    }

    /// Puts `body` at `address`.
    #[must_use]
    pub fn put(address: Address, body: Vec<u8>) -> Self {
        Self { body, ..Self::new(Method::PUT, address) }
    }

    /// Removes what is at `address`.
    #[must_use]
    pub fn delete(address: Address) -> Self {
        Self::new(Method::DELETE, address)
    }

    fn new(method: Method, address: Address) -> Self {
        Self { method, address, headers: HeaderMap::new(), body: Vec::new(), timeouts: None }
    }

    /// Adds a header.
    ///
    /// # Errors
    /// `input.invalid` when the name or value cannot stand in a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Fault> {
        let (name, value) = (header_name(name)?, HeaderValue::from_str(value).map_err(|_| unfit(name))?);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Adds a header that holds a secret after `prefix`, such as `Bearer `.
    ///
    /// # Errors
    /// `credential.missing` when the secret cannot stand in a header; it is not repeated.
    pub fn secret_header(mut self, name: &str, prefix: &str, secret: &Secret<String>) -> Result<Self, Fault> {
        let name = header_name(name)?;
        let text = Secret::new(format!("{prefix}{}", secret.expose().trim()));
        let mut value = HeaderValue::from_str(text.expose()).map_err(|_| {
            Fault::new(FaultCode::CredentialMissing, "a credential holds characters that cannot be sent")
                .hint("store it again; mind that no line end or quote came with it")
        })?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Gives this request time-outs of its own.
    #[must_use]
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = Some(timeouts);
        self
    }

    /// Where it goes.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }
}

fn header_name(name: &str) -> Result<HeaderName, Fault> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit(name))
}

fn unfit(name: impl fmt::Display) -> Fault {
    Fault::new(FaultCode::InputInvalid, format!("header `{name}` cannot be sent"))
        .hint("names are visible ASCII; values have no line end")
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}, {} bytes", self.method, self.address, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_in_no_debug_and_no_fault() {
        let address = Address::parse("https://a.example/?t=hush").unwrap();
        let request = Request::post(address, b"hush".to_vec());
        let request =
            request.secret_header("authorization", "Bearer ", &Secret::new("hush\n".into())).unwrap();
        assert!(!format!("{request:?}").contains("hush"));
        assert!(!format!("{:?}", request.headers).contains("hush"));
        let fault = request.secret_header("authorization", "", &Secret::new("hu\nsh".into())).unwrap_err();
        assert_eq!(fault.code, FaultCode::CredentialMissing);
        assert!(!format!("{fault:?}").contains("hu\nsh"));
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_refused() {
        let request = || Request::get(Address::parse("https://a.example/").unwrap());
        for (name, value) in [("a b", "x"), ("a", "x\r\ny: z"), ("", "x")] {
            assert_eq!(request().header(name, value).unwrap_err().code, FaultCode::InputInvalid, "{name}");
        }
    }
}
