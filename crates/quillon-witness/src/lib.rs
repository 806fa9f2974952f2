//! The witness as a service: C2SP tlog-witness over HTTP, on this machine.
//!
//! A surface: it turns `POST /add-checkpoint` into an ask of the road, and the ask's end into the status that the
//! specification names. It decides nothing: whether a log is known, signed and extended is decided, and recorded, behind the
//! gateway. Invariants: it listens on loopback only, so that what comes from other machines has passed a server that
//! speaks TLS; a request has limits in bytes, in time and in number. Start at [`serve`].

mod answer;
mod listener;

use std::net::SocketAddr;
use std::sync::Arc;

use quillon_base::{Fault, SessionId};
use quillon_contract::{CONTRACT_VERSION, Gateway, Hello, Notification, Surface};

use crate::answer::Desk;
use crate::listener::Listener;

/// What it listens to, and whose logs it is a witness of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where; a port of 0 is one that is free.
    pub listen: SocketAddr,
    /// The public keys of the logs.
    pub log_keys: Vec<String>,
    /// The folder with the witness's state; one beside the audit log without it.
    pub state: Option<String>,
}

/// Serves until `stop` is done; `ready` hears where.
///
/// # Errors
/// `input.invalid` for an address that other machines reach or that is taken, and those of [`Gateway::open`].
pub async fn serve(
    gateway: Arc<dyn Gateway>,
    options: Options,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<(), Fault> {
    let listener = Listener::bind(options.listen).await?;
    let session = open(&*gateway).await?;
    let desk =
        Desk { gateway: Arc::clone(&gateway), session, log_keys: options.log_keys, state: options.state };
    ready(listener.address());
    listener.run(Arc::new(desk), stop).await;
    gateway.notify(session, Notification::SessionClosed);
    Ok(())
}

async fn open(gateway: &dyn Gateway) -> Result<SessionId, Fault> {
    let hello = Hello {
        contract: CONTRACT_VERSION,
        surface: Surface::Http,
        client: concat!("quillon-witness/", env!("CARGO_PKG_VERSION")).into(),
        workspace: None,
        token: None,
    };
    Ok(gateway.open(hello).await?.session)
}
