//! What goes through a proxy. Purely decided, so that `quillon doctor` can say it and a test can walk it.
//!
//! `NO_PROXY` is read as curl, Go and Python read it, where they agree: names match themselves and what is below them,
//! with or without a leading dot or `*.`; addresses match themselves; networks are written as `10.0.0.0/8`; `*` is
//! everything; a port may follow. This machine is never asked for through a proxy.

use std::fmt;
use std::net::IpAddr;

use quillon_base::{Fault, FaultCode, Secret};
use reqwest::Url;

use crate::Address;

/// The most entries of a `NO_PROXY` list.
const ENTRIES_MAX: usize = 1_000;

/// The way to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Straight there.
    Direct,
    /// Through the proxy at this place.
    Via(String),
}

/// Which requests go through which proxy.
#[derive(Clone)]
pub struct ProxyRules {
    https: Rule,
    http: Rule,
    except: Vec<Except>,
}

/// The proxy of a scheme, none, or why the one that is named is none.
type Rule = Result<Option<Proxy>, Fault>;

/// The variables that say what goes through a proxy, as they stand in an environment.
#[derive(Clone, Copy, Default)]
pub struct ProxyVariables<'a> {
    /// `HTTPS_PROXY`.
    pub https: Option<&'a str>,
    /// `HTTP_PROXY`.
    pub http: Option<&'a str>,
    /// `ALL_PROXY`, for a scheme that has no variable of its own.
    pub all: Option<&'a str>,
    /// `NO_PROXY`.
    pub none: Option<&'a str>,
}

#[derive(Clone)]
struct Proxy {
    /// With its user name and password.
    url: Secret<String>,
    place: String,
    is_secure: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Except {
    Everything,
    Name { name: String, port: Option<u16> },
    Network { address: IpAddr, bits: u8, port: Option<u16> },
}

impl Default for ProxyRules {
    fn default() -> Self {
        Self { https: Ok(None), http: Ok(None), except: Vec::new() }
    }
}

impl ProxyRules {
    /// Reads what the variables say; an empty one says nothing. One that cannot be read is said when a request would go by
    /// it, because most of what a person does needs no network.
    #[must_use]
    pub fn new(variables: ProxyVariables<'_>) -> Self {
        let entries: Vec<_> = variables.none.unwrap_or_default().split([',', ' ', '\t']).collect();
        if entries.len() > ENTRIES_MAX {
            let fault = Fault::new(FaultCode::SettingInvalid, "`NO_PROXY` has too many entries")
                .hint(format!("it may have up to {ENTRIES_MAX}; write networks as `10.0.0.0/8`"));
            return Self { https: Err(fault.clone()), http: Err(fault), except: Vec::new() };
        }
        let rule = |own, name| match Proxy::parse(name, own) {
            Ok(None) => Proxy::parse("ALL_PROXY", variables.all),
            found => found,
        };
        Self {
            https: rule(variables.https, "HTTPS_PROXY"),
            http: rule(variables.http, "HTTP_PROXY"),
            except: entries.into_iter().filter_map(Except::parse).collect(),
        }
    }

    /// Whether it is known how to reach `address`.
    ///
    /// # Errors
    /// `setting.invalid` when the variable that counts for it names no proxy of HTTP or HTTPS.
    pub fn check(&self, address: &Address) -> Result<(), Fault> {
        match self.rule(address.url()) {
            Some(Err(fault)) => Err(fault.clone()),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// The way to `address`.
    #[must_use]
    pub fn route(&self, address: &Address) -> Route {
        self.proxy(address.url()).map_or(Route::Direct, |proxy| Route::Via(proxy.place.clone()))
    }

    /// The address of the proxy for `url`, with its password.
    pub(crate) fn proxy_url(&self, url: &Url) -> Option<Url> {
        self.proxy(url).and_then(|proxy| Url::parse(proxy.url.expose()).ok())
    }

    pub(crate) fn is_via_secure_proxy(&self, address: &Address) -> bool {
        self.proxy(address.url()).is_some_and(|proxy| proxy.is_secure)
    }

    fn proxy(&self, url: &Url) -> Option<&Proxy> {
        self.rule(url)?.as_ref().ok()?.as_ref()
    }

    /// The rule that counts for `url`; `None` for what is never asked for through a proxy.
    fn rule(&self, url: &Url) -> Option<&Rule> {
        let rule = if url.scheme() == "https" { &self.https } else { &self.http };
        let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']');
        let port = url.port_or_known_default();
        let address = host.parse::<IpAddr>().ok();
        let is_here =
            address.is_some_and(|it| it.is_loopback()) || host == "localhost" || host.ends_with(".localhost");
        let is_excepted = self.except.iter().any(|except| except.covers(host, address, port));
        (!is_here && !is_excepted).then_some(rule)
    }
}

impl Proxy {
    fn parse(variable: &str, value: Option<&str>) -> Result<Option<Self>, Fault> {
        let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else { return Ok(None) };
        // A bare `host:port` is what many people write.
        let text = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let url =
            Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or_else(|| {
            // Its value is not repeated: it may hold a password.
            Fault::new(FaultCode::SettingInvalid, format!("`{variable}` is not an address of a proxy"))
                .hint("give one such as `http://proxy.example:3128`")
        })?;
        let place = format!(
            "{}:{}",
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or_default()
        );
        let is_secure = url.scheme() == "https";
        Ok(Some(Self { url: Secret::new(url.into()), place, is_secure }))
    }
}

impl Except {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return None;
        }
        if text == "*" {
            return Some(Self::Everything);
        }
        if let Some(network) = Self::network(&text, None) {
            return Some(network);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text.as_str(), None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Some(network) = Self::network(host, port) {
            return Some(network);
        }
        let name = host.trim_start_matches("*.").trim_start_matches('.').trim_end_matches('.');
        (!name.is_empty()).then(|| Self::Name { name: name.to_owned(), port })
    }

    fn network(text: &str, port: Option<u16>) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(it, bits)| (it, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(all), |bits| bits.parse().ok().filter(|bits| *bits <= all))?;
        Some(Self::Network { address, bits, port })
    }

    fn covers(&self, host: &str, address: Option<IpAddr>, port: Option<u16>) -> bool {
        let fits = |wanted: &Option<u16>| wanted.is_none() || *wanted == port;
        match self {
            Self::Everything => true,
            Self::Name { name, port } => {
                let host = host.trim_end_matches('.');
                let is_below = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                fits(port) && (host == name || is_below)
            }
            Self::Network { address: network, bits, port } => {
                fits(port) && address.is_some_and(|address| is_within(address, *network, *bits))
            }
        }
    }
}

fn is_within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let top = |value: u128, width: u32| value.checked_shr(width - u32::from(bits)).unwrap_or_default();
    match (address.to_canonical(), network.to_canonical()) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            top(u32::from(address).into(), 32) == top(u32::from(network).into(), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => top(address.into(), 128) == top(network.into(), 128),
        _ => false,
    }
}

impl fmt::Debug for ProxyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |rule: &Rule| match rule {
            Ok(proxy) => proxy.as_ref().map(|proxy| proxy.place.clone()),
            Err(_) => Some("unreadable".to_owned()),
        };
        f.debug_struct("ProxyRules")
            .field("https", &place(&self.https))
            .field("http", &place(&self.http))
            .field("except", &self.except)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(no_proxy: &str, address: &str, is_direct: bool) {
        let https = Some("http://u:hush@proxy.example:3128");
        let rules =
            ProxyRules::new(ProxyVariables { https, none: Some(no_proxy), ..ProxyVariables::default() });
        let expected = if is_direct { Route::Direct } else { Route::Via("proxy.example:3128".into()) };
        let address = Address::parse(address).unwrap();
        assert_eq!(rules.route(&address), expected, "{no_proxy:?} {address:?}");
        assert!(!format!("{rules:?}").contains("hush"));
    }

    #[test]
    fn a_list_excepts_names_addresses_and_networks() {
        check("", "https://models.example/", false);
        check("*", "https://models.example/", true);
        check("models.example", "https://models.example/", true);
        check("models.example", "https://a.models.example/", true);
        check(".models.example", "https://models.example/", true);
        check("*.example", "https://models.example/", true);
        check("models.example", "https://notmodels.example/", false);
        check("models.example:8443", "https://models.example/", false);
        check("models.example:443", "https://models.example/", true);
        check(" other.example , MODELS.example", "https://models.example/", true);
        check("10.0.0.0/8", "https://10.9.8.7/", true);
        check("10.0.0.0/8", "https://11.9.8.7/", false);
        check("10.1.2.3", "https://10.1.2.3/", true);
        check("10.1.2.3", "https://10.1.2.4/", false);
        check("0.0.0.0/0", "https://10.1.2.4/", true);
        check("10.0.0.0/33", "https://10.0.0.1/", false);
        check("fd00::/8", "https://[fd12::1]/", true);
        check("[fd00::1]:443", "https://[fd00::1]/", true);
        check("fd00::/8", "https://[fe80::1]/", false);
        check("::/0", "https://10.1.2.3/", false);
        check("a:b", "https://models.example/", false);
    }

    #[test]
    fn this_machine_is_never_asked_for_through_a_proxy() {
        for host in ["localhost", "127.0.0.1", "[::1]", "x.localhost"] {
            check("", &format!("https://{host}:8080/"), true);
        }
    }

    #[test]
    fn each_scheme_has_its_proxy_or_that_of_all() {
        let check = |https, http, all, expected: [Option<&str>; 2]| {
            let rules = ProxyRules::new(ProxyVariables { https, http, all, none: None });
            let expected =
                expected.map(|place| place.map_or(Route::Direct, |place| Route::Via(place.into())));
            let route = |address: &str| rules.route(&Address::parse(address).unwrap());
            assert_eq!([route("https://a.example/"), route("http://a.example/")], expected);
        };
        check(Some("secure.example:1"), Some(" "), None, [Some("secure.example:1"), None]);
        check(None, None, Some("all.example:2"), [Some("all.example:2"); 2]);
        check(
            Some("secure.example:1"),
            None,
            Some("all.example:2"),
            [Some("secure.example:1"), Some("all.example:2")],
        );
        check(Some(""), Some("plain.example:3"), Some(""), [None, Some("plain.example:3")]);
    }

    #[test]
    fn a_value_that_is_no_proxy_is_refused_where_it_counts_and_never_repeated() {
        let fault = |variables, address: &str| {
            ProxyRules::new(variables).check(&Address::parse(address).unwrap()).map_err(|fault| {
                assert_eq!(fault.code, FaultCode::SettingInvalid);
                assert!(fault.hint.is_some() && !format!("{fault:?}").contains("hush"), "{fault:?}");
                fault.message
            })
        };
        let none = ProxyVariables::default();
        for bad in ["socks5://u:hush@a", "http://", "://hush", "http://u:hush@", "hush:port"] {
            let https = ProxyVariables { https: Some(bad), ..none };
            assert!(fault(https, "https://a.example/").unwrap_err().contains("HTTPS_PROXY"), "{bad}");
            assert_eq!(fault(https, "http://a.example/"), Ok(()));
            assert_eq!(fault(https, "https://127.0.0.1/"), Ok(()), "this machine needs no proxy");
            assert_eq!(fault(ProxyVariables { none: Some("*"), ..https }, "https://a.example/"), Ok(()));
            let all = ProxyVariables { all: Some(bad), ..none };
            assert!(fault(all, "http://a.example/").unwrap_err().contains("ALL_PROXY"), "{bad}");
            let own = ProxyVariables { https: Some("secure.example:1"), ..all };
            assert_eq!(fault(own, "https://a.example/"), Ok(()), "a scheme's own variable counts");
        }
        let many = "a,".repeat(ENTRIES_MAX + 1);
        let many = ProxyVariables { none: Some(&many), ..none };
        assert!(fault(many, "https://a.example/").unwrap_err().contains("NO_PROXY"));
    }
}
