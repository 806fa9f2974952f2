//! The client: one connection pool for each way of trusting, made when it is first needed.

#![expect(
    clippy::disallowed_types,
    reason = "this is the house's one HTTP client; adapters reach it behind ports that the road guards"
)]

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use quillon_base::Fault;
use reqwest::Proxy;

use crate::fault::{self, Where};
use crate::resolve::SystemNames;
use crate::{Options, Request, Response, Retries, Route, tls};

/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);
/// Unused connections that are kept for a host.
const IDLE_PER_HOST_MAX: usize = 8;
/// How Quillon names itself.
const AGENT: &str = concat!("quillon/", env!("CARGO_PKG_VERSION"));

type Lazy = OnceLock<Result<reqwest::Client, Fault>>;

/// Sends requests. A clone shares its connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    options: Options,
    secure: Lazy,
    plain: Lazy,
}

/// Why a request brought no answer.
pub(crate) struct Failed {
    pub(crate) fault: Fault,
    /// Whether the other side had all the time that it may have, and so perhaps the request.
    pub(crate) was_taken: bool,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self { fault, was_taken: false }
    }
}

impl Client {
    /// A client that has not yet read or opened anything.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Inner { options, secure: Lazy::new(), plain: Lazy::new() }))
    }

    /// What it was made of.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// Sends a request once and waits for the head of its answer, whatever its status. Dropping the future closes the
    /// connection.
    ///
    /// # Errors
    /// `network.*` with what to do; `setting.invalid` and `credential.missing` for what it was made of.
    pub async fn send(&self, request: Request) -> Result<Response, Fault> {
        self.attempt(request).await.map_err(|failed| failed.fault)
    }

    /// Sends a request, and again when nothing of an answer came or it was one that says to try again. An answer that
    /// is still of that kind after the last try is given back as it is. What the other side took and was silent about for
    /// the whole time that it had is not sent again: it may be at work on it.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_patiently(&self, request: Request, retries: Retries) -> Result<Response, Fault> {
        let mut tries: u32 = 0;
        loop {
            let answer = self.attempt(request.clone()).await;
            let options = &self.0.options;
            let Some(wait) = retries.wait(tries, &answer, &*options.clock, &*options.entropy) else {
                return answer.map_err(|failed| failed.fault);
            };
            drop(answer);
            tries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, request: Request) -> Result<Response, Failed> {
        if let Some(fault) = &self.0.options.unusable {
            return Err(fault.clone().into());
        }
        self.0.options.proxies.check(&request.address)?;
        let timeouts = request.timeouts.unwrap_or(self.0.options.timeouts);
        let place =
            Where { address: request.address.clone(), route: self.0.options.proxies.route(&request.address) };
        let client = self.client(&request)?;
        let Request { method, address, headers, body, .. } = request;
        let mut building = client.request(method, address.url().clone()).headers(headers);
        if !body.is_empty() {
            building = building.body(body);
        }
        // Connecting has its own limit inside, so that the whole is bounded by both.
        let limit = timeouts.first_byte.saturating_add(timeouts.connect);
        match tokio::time::timeout(limit, building.send()).await {
            Err(_) => {
                Err(Failed { fault: fault::no_first_byte(&place, timeouts.first_byte), was_taken: true })
            }
            Ok(Err(error)) => Err(fault::of_sending(&error, &place).into()),
            Ok(Ok(response)) if response.status().is_redirection() => {
                Err(fault::redirected(&place, &response).into())
            }
            Ok(Ok(response)) => Ok(Response::new(response, place, timeouts.stall)),
        }
    }

    fn client(&self, request: &Request) -> Result<&reqwest::Client, Fault> {
        let Inner { options, secure, plain } = &*self.0;
        let is_secure = request.address.is_secure() || options.proxies.is_via_secure_proxy(&request.address);
        let lazy = if is_secure { secure } else { plain };
        lazy.get_or_init(|| build(options, is_secure)).as_ref().map_err(Clone::clone)
    }
}

fn build(options: &Options, is_secure: bool) -> Result<reqwest::Client, Fault> {
    let tls = if is_secure { tls::configuration(options)? } else { tls::none()? };
    let proxies = options.proxies.clone();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .proxy(Proxy::custom(move |url| proxies.proxy_url(url)))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(AGENT)
        .connect_timeout(options.timeouts.connect)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
        .tcp_nodelay(true)
        .dns_resolver(Arc::new(SystemNames))
        .build()
        .map_err(|error| Fault::internal("the HTTP client cannot be made").inner(error))
}

/// Awaits `future` for at most `limit`.
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, future).await.ok()
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.options).finish()
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("directly"),
            Self::Via(place) => write!(f, "through the proxy `{place}`"),
        }
    }
}
