//! Names to addresses, on a thread of its own.
//!
//! The system's resolver cannot be interrupted. On the runtime's own blocking threads it would hold up the end of the
//! process for as long as a name server is silent; a thread that nobody waits for does not.

use std::net::{SocketAddr, ToSocketAddrs};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

/// Asks the system.
pub(crate) struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let (sender, receiver) = oneshot::channel();
            std::thread::Builder::new().name("quillon-names".into()).spawn(move || {
                // Nobody waits any more when the request was cancelled.
                let _ = sender.send((host.as_str(), 0).to_socket_addrs());
            })?;
            let found: Vec<SocketAddr> = receiver.await??.collect();
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
