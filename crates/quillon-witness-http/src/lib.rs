//! Asks witnesses elsewhere over HTTP, as C2SP tlog-witness has it: a log posts to `add-checkpoint` below their address.
//!
//! What an answer is worth is judged by whoever asked; here only its size is limited. A redirection is not followed.

use async_trait::async_trait;
use quillon_audit::{ANSWER_BYTES_MAX, WitnessAnswer, WitnessCarrier};
use quillon_base::{Fault, FaultCode};
use quillon_http::{Address, Client, Request};

/// Reaches witnesses through this client.
#[derive(Clone)]
pub struct HttpWitnesses(Client);

impl HttpWitnesses {
    /// What reaches witnesses through a client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait]
impl WitnessCarrier for HttpWitnesses {
    async fn add_checkpoint(&self, address: &str, body: String) -> Result<WitnessAnswer, Fault> {
        let at = Address::parse(address)?;
        if !at.is_secure() && !at.is_loopback() {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                "a witness on another machine is not asked unencrypted",
            )
            .hint("give an address with `https://`"));
        }
        let request = Request::post(at.join("add-checkpoint"), body.into_bytes());
        // Once: what a lost answer granted, the witness grants again when it is asked again.
        let answer = self.0.send(request.header("content-type", "text/plain; charset=utf-8")?).await?;
        let status = answer.status();
        let body = answer.bytes(ANSWER_BYTES_MAX).await?;
        Ok(WitnessAnswer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

#[cfg(test)]
mod tests;
