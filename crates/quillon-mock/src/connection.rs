//! One connection: a socket, with or without TLS over it.

#![expect(
    clippy::disallowed_types,
    reason = "the mock provider is a server for tests; it is linked by no part of the product"
)]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// No read or write takes longer; a test that hangs ends here.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A connection from a client.
pub(crate) enum Connection {
    Plain(TcpStream),
    Secure(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Connection {
    pub(crate) fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_read_timeout(Some(WAIT_MAX))?;
        socket.set_write_timeout(Some(WAIT_MAX))?;
        socket.set_nodelay(true)?;
        Ok(Self::Plain(socket))
    }

    /// Goes on over TLS.
    pub(crate) fn secured(self, config: Arc<ServerConfig>) -> io::Result<Self> {
        match self {
            Self::Plain(socket) => {
                let server = ServerConnection::new(config).map_err(io::Error::other)?;
                Ok(Self::Secure(Box::new(StreamOwned::new(server, socket))))
            }
            Self::Secure(_) => Err(io::Error::other("TLS over TLS")),
        }
    }

    /// Ends it as it should, so that the other side sees an end and not a break.
    pub(crate) fn close(mut self) {
        if let Self::Secure(stream) = &mut self {
            stream.conn.send_close_notify();
            // A side that is gone already needs no farewell.
            let _ = stream.flush();
        }
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Secure(stream) => stream.read(buffer),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Secure(stream) => stream.flush(),
        }
    }
}
