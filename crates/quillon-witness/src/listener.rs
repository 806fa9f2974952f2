//! The listener: connections in, under limits.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a server is a surface; it listens where its command line says, on this machine only"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use quillon_base::{Fault, FaultCode};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::answer::Desk;

/// The most connections at once; more wait until one ends.
pub(crate) const CONNECTIONS_MAX: usize = 64;
/// How long the head of a request may take.
const HEAD_MAX: Duration = Duration::from_secs(10);
/// How long one connection may last, whatever it does.
const CONNECTION_MAX: Duration = Duration::from_secs(120);
/// How long the listener rests when the system has no connection to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A place that listens.
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on this machine.
    pub(crate) async fn bind(address: SocketAddr) -> Result<Self, Fault> {
        if !address.ip().is_loopback() {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("`{address}` is reached by other machines"),
            )
            .hint("listen on `127.0.0.1` or `[::1]`, behind a server that speaks TLS"));
        }
        let taken = |error: std::io::Error| {
            Fault::new(FaultCode::InputInvalid, format!("nothing can listen at `{address}`"))
                .hint("choose another port; 0 is one that is free")
                .inner(error)
        };
        let listener = TcpListener::bind(address).await.map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is done; what is under way then is cut off, and its asks are cancelled.
    pub(crate) async fn run(self, desk: Arc<Desk>, stop: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let accept = async {
            loop {
                let Ok(place) = Arc::clone(&free).acquire_owned().await else { return };
                let Ok((stream, _)) = self.listener.accept().await else {
                    // The system has no more files, or the caller is gone already.
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                };
                while connections.try_join_next().is_some() {}
                let desk = Arc::clone(&desk);
                connections.spawn(async move {
                    let service = service_fn(move |request| {
                        let desk = Arc::clone(&desk);
                        async move { Ok::<_, std::convert::Infallible>(desk.answer(request).await) }
                    });
                    let connection = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(HEAD_MAX)
                        .serve_connection(TokioIo::new(stream), service);
                    // Whatever a caller did wrong is its own trouble.
                    let _ = tokio::time::timeout(CONNECTION_MAX, connection).await;
                    drop(place);
                });
            }
        };
        tokio::pin!(accept, stop);
        tokio::select! {
            () = &mut accept => {}
            () = &mut stop => {}
        }
    }
}
