//! What a failure of the network is called, and what to do about it.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

use quillon_base::{Fault, FaultCode};
use rustls::{AlertDescription, CertificateError};

use crate::{Address, Route};

/// Where a request was going, and how.
#[derive(Clone, Debug)]
pub(crate) struct Where {
    pub(crate) address: Address,
    pub(crate) route: Route,
}

impl Where {
    /// Whom the connection was made to.
    fn place(&self) -> String {
        match &self.route {
            Route::Direct => format!("`{}`", self.address.place()),
            Route::Via(proxy) => format!("`{}` through the proxy `{proxy}`", self.address.place()),
        }
    }
}

/// What kept a request from getting the head of an answer.
pub(crate) fn of_sending(error: &reqwest::Error, place: &Where) -> Fault {
    let fault = match find(error) {
        Cause::Tls(error) => of_tls(&error, place),
        Cause::Tunnel => proxy_refused(place),
        _ if error.is_dns() => name_unknown(place),
        _ if error.is_timeout() => Fault::new(
            FaultCode::NetworkTimedOut,
            format!("no connection to {} came about in time", place.place()),
        )
        .hint("look whether the address is right and a firewall or proxy is in the way"),
        Cause::Io(ErrorKind::ConnectionRefused) => Fault::new(
            FaultCode::NetworkUnreachable,
            format!("nothing takes connections at {}", place.place()),
        )
        .hint("start what should be there, or mend the address"),
        _ if error.is_connect() => {
            Fault::new(FaultCode::NetworkUnreachable, format!("{} cannot be reached", place.place()))
                .hint("look whether this machine is on the network, and whether it needs `HTTPS_PROXY`")
        }
        _ => broken(place, "before it answered"),
    };
    fault.inner(chain(error))
}

/// What broke an answer off.
pub(crate) fn of_reading(error: &reqwest::Error, place: &Where) -> Fault {
    let fault = match find(error) {
        Cause::Tls(error @ rustls::Error::AlertReceived(_)) => of_tls(&error, place),
        _ => broken(place, "in the middle of its answer"),
    };
    fault.inner(chain(error))
}

pub(crate) fn no_first_byte(place: &Where, limit: Duration) -> Fault {
    let seconds = limit.as_secs_f32();
    Fault::new(FaultCode::NetworkTimedOut, format!("{} did not answer in {seconds} seconds", place.place()))
        .hint("it took the request and stayed silent; try again, or allow it more time")
}

pub(crate) fn stalled(place: &Where, limit: Duration) -> Fault {
    let seconds = limit.as_secs_f32();
    Fault::new(
        FaultCode::NetworkTimedOut,
        format!("{} stopped in the middle of its answer for {seconds} seconds", place.place()),
    )
    .hint("try again, or allow it more time")
}

pub(crate) fn too_large(place: &Where, bytes_max: usize) -> Fault {
    Fault::new(FaultCode::NetworkTooLarge, format!("{} sent more than {bytes_max} bytes", place.place()))
        .hint("this is more than any answer needs; look whether the address is the right one")
}

pub(crate) fn redirected(place: &Where, response: &reqwest::Response) -> Fault {
    let to = response.headers().get("location").and_then(|value| value.to_str().ok());
    let to = to.and_then(|text| response.url().join(text).ok());
    // The path may hold a token; who it belongs to is enough.
    let to = to.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "another place".into());
    Fault::new(FaultCode::NetworkRedirected, format!("{} redirects to `{to}`", place.place()))
        .hint("no redirection is followed; configure the address where the service is")
}

fn broken(place: &Where, when: &str) -> Fault {
    Fault::new(FaultCode::NetworkBroken, format!("{} closed the connection {when}", place.place()))
        .hint("try again; if it stays so, look at the log of the other side")
}

fn name_unknown(place: &Where) -> Fault {
    let name = match &place.route {
        Route::Direct => place.address.host().to_owned(),
        Route::Via(proxy) => proxy.clone(),
    };
    Fault::new(FaultCode::NetworkNameUnknown, format!("the name of `{name}` is not known"))
        .hint("look whether it is spelt right, and whether this machine needs `HTTPS_PROXY` to reach it")
}

fn proxy_refused(place: &Where) -> Fault {
    let proxy = match &place.route {
        Route::Via(proxy) => proxy.clone(),
        Route::Direct => String::from("?"),
    };
    Fault::new(
        FaultCode::NetworkProxy,
        format!("the proxy `{proxy}` makes no connection to `{}`", place.address.place()),
    )
    .hint("look at its rules and its user name and password, or put the host into `NO_PROXY`")
}

fn of_tls(error: &rustls::Error, place: &Where) -> Fault {
    let certificate = |wrong: &str, hint: &str| {
        Fault::new(FaultCode::NetworkCertificate, format!("the certificate of {} {wrong}", place.place()))
            .hint(hint)
    };
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            // An authority of the same name with another key makes a bad signature.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => certificate(
                "is not signed by an authority that this machine trusts",
                "if a proxy of your organisation looks into connections, name the file of its authority",
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                certificate("has expired", "look at this machine's clock, and tell whoever runs the server")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                certificate("is not valid yet", "look at this machine's clock")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                certificate("is for another name", "mend the address, or tell whoever runs the server")
            }
            _ => certificate("is not one to trust", "tell whoever runs the server"),
        },
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::AccessDenied,
        ) => Fault::new(
            FaultCode::NetworkTls,
            format!("{} does not accept this machine's client certificate, or wants one", place.place()),
        )
        .hint("name the files of a client certificate that it knows, and of its key"),
        _ => {
            Fault::new(FaultCode::NetworkTls, format!("no secure connection to {} came about", place.place()))
                .hint("the other side must speak TLS 1.2 or newer on this port")
        }
    }
}

enum Cause {
    Tls(rustls::Error),
    Tunnel,
    Io(ErrorKind),
    Other,
}

/// The cause that says most.
fn find(error: &reqwest::Error) -> Cause {
    let mut cause = Cause::Other;
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Cause::Tls(tls.clone());
        }
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            if let Some(tls) = tls_within(io) {
                return Cause::Tls(tls.clone());
            }
            cause = Cause::Io(io.kind());
        }
        // The type is not exported where it is made; its words are all there is.
        let text = error.to_string();
        let is_tunnel = text.starts_with("tunnel error") && !text.contains("underlying connection");
        if is_tunnel {
            return Cause::Tunnel;
        }
        next = error.source();
    }
    cause
}

/// What TLS says inside an error of input or output; layers wrap each other's.
fn tls_within(error: &std::io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    let deeper = || inner.downcast_ref::<std::io::Error>().and_then(tls_within);
    inner.downcast_ref::<rustls::Error>().or_else(deeper)
}

/// The whole chain, for the operator. Without the address, whose path or query may hold a token.
fn chain(error: &reqwest::Error) -> String {
    let mut parts = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        parts.push(error.to_string());
        next = error.source();
    }
    parts.join(": ")
}
