//! The server: a thread that listens, and one for each connection.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the mock provider is a server for tests; it is linked by no part of the product"
)]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::connection::Connection;
use crate::http::{Seen, read_request, reason};
use crate::{Authority, Ending, Leaf, Reply, Script, Wire};

/// How long a test waits for something that a client does.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// How clients come in.
#[derive(Debug, Default)]
pub enum Door {
    /// Without TLS.
    #[default]
    Plain,
    /// Over TLS, with this certificate; with an authority's PEM, only clients whose certificate it signed.
    Tls(Box<Leaf>, Option<String>),
    /// As a proxy that looks into connections: whatever it is asked to connect to, it shows a certificate for and answers
    /// itself. With a user name and password, only those who give them.
    Intercepting(Box<Authority>, Option<(String, String)>),
}

/// A strict provider on this machine.
#[derive(Debug)]
pub struct MockServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    listening: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    wire: Wire,
    key: Option<String>,
    repeat: Vec<Reply>,
    door: Door,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    replies: VecDeque<Reply>,
    seen: Vec<Seen>,
    wrong: Vec<String>,
    connections: usize,
    hung_up: usize,
    is_over: bool,
}

/// An endpoint that nobody serves. The port of a server that was stopped would not do: the next server may be given it.
pub const NOBODY: &str = "http://127.0.0.1:1/v1";

impl MockServer {
    /// A provider that expects as many requests as the script has replies.
    ///
    /// # Panics
    /// When this machine has no port to listen at.
    #[must_use]
    pub fn start(script: Script) -> Self {
        Self::behind(Door::Plain, script)
    }

    /// A provider behind another door.
    ///
    /// # Panics
    /// When this machine has no port to listen at.
    #[must_use]
    pub fn behind(door: Door, script: Script) -> Self {
        Self::at("127.0.0.1:0", door, script).expect("a port of this machine")
    }

    /// A provider at an address.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub fn at(address: &str, door: Door, script: Script) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let repeat = if script.repeat { script.replies.clone() } else { Vec::new() };
        let state = Mutex::new(State { replies: script.replies.into(), ..State::default() });
        let shared =
            Shared { wire: script.wire, key: script.key, repeat, door, state, changed: Condvar::new() };
        let shared = Arc::new(shared);
        let listening = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || listen(&listener, &shared))
        };
        Ok(Self { shared, address, listening: Some(listening) })
    }

    /// The host and port.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint, up to and with `/v1`; over TLS it is that of `localhost`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        match &self.shared.door {
            Door::Tls(..) => format!("https://localhost:{}/v1", self.address.port()),
            Door::Plain | Door::Intercepting(..) => format!("http://{}/v1", self.address),
        }
    }

    /// The requests so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// The connections so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// What was wrong with requests so far; it is forgotten, and fails nothing any more.
    #[must_use]
    pub fn take_wrong(&self) -> Vec<String> {
        std::mem::take(&mut self.state().wrong)
    }

    /// Replies that nobody asked for yet; they are forgotten.
    #[must_use]
    pub fn take_left(&self) -> usize {
        std::mem::take(&mut self.state().replies).len()
    }

    /// Waits until so many requests came.
    ///
    /// # Panics
    /// When they do not come.
    pub fn wait_for_requests(&self, count: usize) {
        self.wait("requests", |state| state.seen.len() >= count);
    }

    /// Waits until so many clients closed the connection in the middle of an answer.
    ///
    /// # Panics
    /// When they do not.
    pub fn wait_for_hang_ups(&self, count: usize) {
        self.wait("hang-ups", |state| state.hung_up >= count);
    }

    fn wait(&self, what: &str, done: impl Fn(&State) -> bool) {
        let waited = self.shared.changed.wait_timeout_while(self.state(), WAIT_MAX, |state| !done(state));
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{what} never came: {:?}", state.wrong);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.state().is_over = true;
        // The listener sees that it is over when the next client comes.
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
        let (left, wrong) = (self.take_left(), self.take_wrong());
        let is_fine = wrong.is_empty() && (left == 0 || !self.shared.repeat.is_empty());
        assert!(
            is_fine || std::thread::panicking(),
            "{left} expected requests never came; wrong were: {wrong:#?}"
        );
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for socket in listener.incoming() {
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_over {
            return;
        }
        state.connections += 1;
        drop(state);
        let Ok(socket) = socket else { continue };
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            // A client may go whenever it likes.
            let _ = shared.serve(socket);
        });
    }
}

/// What a connection goes on with.
enum Next {
    Request,
    Close,
}

impl Shared {
    fn serve(&self, socket: TcpStream) -> io::Result<()> {
        let mut connection = Connection::new(socket)?;
        let mut through_proxy_to = None;
        match &self.door {
            Door::Plain => {}
            Door::Tls(leaf, clients) => {
                connection = connection.secured(Authority::server(leaf, clients.as_deref()))?;
            }
            Door::Intercepting(authority, user) => {
                let Some(place) = self.tunnel(&mut connection, user.as_ref())? else { return Ok(()) };
                let host = place.rsplit_once(':').map_or(place.as_str(), |(host, _)| host);
                connection = connection.secured(Authority::server(&authority.leaf(host), None))?;
                through_proxy_to = Some(place);
            }
        }
        while let Some(seen) = read_request(&mut connection)? {
            let seen = Seen { through_proxy_to: through_proxy_to.clone(), ..seen };
            if let Next::Close = self.answer(&mut connection, seen)? {
                break;
            }
        }
        connection.close();
        Ok(())
    }

    /// Makes a tunnel to ourselves; the place that it was to lead to.
    fn tunnel(
        &self,
        connection: &mut Connection,
        user: Option<&(String, String)>,
    ) -> io::Result<Option<String>> {
        let Some(seen) = read_request(connection)? else { return Ok(None) };
        if seen.method != "CONNECT" {
            self.note_wrong(format!("the proxy was asked to {} {}", seen.method, seen.path));
            return Ok(None);
        }
        let expected =
            user.map(|(name, word)| format!("Basic {}", STANDARD.encode(format!("{name}:{word}"))));
        if expected.as_deref() != seen.header("proxy-authorization") {
            connection
                .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")?;
            return Ok(None);
        }
        connection.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
        Ok(Some(seen.path))
    }

    fn answer(&self, connection: &mut Connection, seen: Seen) -> io::Result<Next> {
        let reply = self.reply(seen);
        if reply.silent {
            if reply.ending == Ending::Hang {
                self.hang(connection);
            }
            return Ok(Next::Close);
        }
        let is_written = self.write(connection, &reply);
        if is_written.is_err() {
            self.change(|state| state.hung_up += 1);
        }
        is_written
    }

    fn write(&self, connection: &mut Connection, reply: &Reply) -> io::Result<Next> {
        let chunks =
            if reply.events.is_empty() { reply.chunks.clone() } else { self.wire.render(&reply.events) };
        let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
        for (name, value) in &reply.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !reply.headers.contains_key("content-type") {
            head += "content-type: text/event-stream; charset=utf-8\r\n";
        }
        let whole: usize = chunks.iter().map(String::len).sum();
        let is_short = reply.ending == Ending::Short;
        if is_short {
            let _ = write!(head, "content-length: {}\r\n\r\n", whole + 100);
        } else {
            head += "transfer-encoding: chunked\r\n\r\n";
        }
        connection.write_all(head.as_bytes())?;
        connection.flush()?;
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            std::thread::sleep(Duration::from_millis(reply.delay_ms));
            if reply.gate.as_ref().is_some_and(|gate| !gate.pass()) {
                self.note_wrong("a gate was never opened".into());
                return Ok(Next::Close);
            }
            match is_short {
                true => connection.write_all(chunk.as_bytes())?,
                false => connection.write_all(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes())?,
            }
            connection.flush()?;
        }
        match reply.ending {
            Ending::Whole => {
                connection.write_all(b"0\r\n\r\n")?;
                connection.flush()?;
                Ok(Next::Request)
            }
            Ending::Cut | Ending::Short => Ok(Next::Close),
            Ending::Hang => {
                self.hang(connection);
                Ok(Next::Close)
            }
        }
    }

    /// Waits until the client gives up.
    fn hang(&self, connection: &mut Connection) {
        let mut byte = [0];
        let ended = connection.read(&mut byte);
        if matches!(ended, Ok(0) | Err(_)) {
            self.change(|state| state.hung_up += 1);
        }
    }

    /// The next reply, or an error in the provider's words for a request that is wrong.
    fn reply(&self, seen: Seen) -> Reply {
        let wrong = self.judge(&seen);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.replies.is_empty() {
            state.replies.extend(self.repeat.iter().cloned());
        }
        let reply = if wrong.is_some() { None } else { state.replies.pop_front() };
        let missing = reply.as_ref().and_then(|reply| {
            let lacks = reply.expects.iter().find(|text| !holds(&seen, text));
            let leaks = reply.refuses.iter().find(|text| holds(&seen, text));
            lacks
                .map(|text| format!("it does not hold `{text}`"))
                .or_else(|| leaks.map(|text| format!("it holds `{text}`")))
        });
        let body = seen.body.clone();
        state.seen.push(seen);
        let is_key = wrong.as_deref() == Some(WRONG_KEY);
        let answer = match (wrong.or(missing), reply) {
            (None, Some(reply)) => reply,
            (None, None) => {
                state.wrong.push(format!("an unexpected request: {body}"));
                self.refusal(400, "invalid_request_error", "nobody expected this request")
            }
            (Some(_), _) if is_key => self.refusal(401, "authentication_error", "invalid api key"),
            (Some(wrong), _) => {
                state.wrong.push(format!("{wrong}: {body}"));
                self.refusal(400, "invalid_request_error", &wrong)
            }
        };
        drop(state);
        self.changed.notify_all();
        answer
    }

    fn refusal(&self, status: u16, kind: &str, message: &str) -> Reply {
        Reply::refusal(status, self.wire.error(kind, message))
    }

    fn judge(&self, seen: &Seen) -> Option<String> {
        if seen.method != "POST" || seen.path != self.wire.path() {
            return Some(format!("{} {} instead of POST {}", seen.method, seen.path, self.wire.path()));
        }
        if seen.header("content-type") != Some("application/json") {
            return Some("the body is not said to be JSON".into());
        }
        if self.wire == Wire::Messages && seen.header("anthropic-version").is_none() {
            return Some("no version of the interface is asked for".into());
        }
        if let Some(key) = &self.key {
            let given = ["x-api-key", "api-key", "authorization"].iter().find_map(|name| seen.header(name));
            let given = given.map(|value| value.strip_prefix("Bearer ").unwrap_or(value));
            if given != Some(key) {
                return Some(WRONG_KEY.into());
            }
        }
        let body = match serde_json::from_str(&seen.body) {
            Ok(body) => body,
            Err(error) => return Some(format!("the body is no JSON: {error}")),
        };
        self.wire.check(&body).err()
    }

    fn note_wrong(&self, wrong: String) {
        self.change(|state| state.wrong.push(wrong));
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

/// A wrong key is a case that tests make on purpose; it is answered and not held against anyone.
const WRONG_KEY: &str = "the key is not the one that is expected";

/// Compared as it stands in JSON, so that quotes and line ends are alike.
fn holds(seen: &Seen, text: &str) -> bool {
    let as_json = serde_json::Value::from(text).to_string();
    seen.body.contains(&as_json[1..as_json.len() - 1])
}
