//! One account in one region: requests to its services.

use std::fmt;
use std::sync::Arc;

use quillon_base::{Clock, Fault, FaultCode, Region, Secret};
use quillon_http::{Address, Client, Request, Response, Retries};

use crate::signing::{Unsigned, encode_path, sign};
use crate::{Credentials, Environment};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Simple Storage Service.
    S3,
    /// CloudWatch Logs.
    Logs,
}

impl Service {
    /// The name in addresses and signatures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Logs => "logs",
        }
    }

    /// The name in the variables that choose endpoints.
    const fn variable(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::Logs => "CLOUDWATCH_LOGS",
        }
    }
}

/// What a request does with its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the head.
    Head,
    /// Sends.
    Post,
    /// Puts.
    Put,
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// One request to a service.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// What it does.
    pub method: Method,
    /// The path below the endpoint, not encoded.
    pub path: &'a str,
    /// Headers, with names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: Vec<u8>,
}

/// One account in one region.
#[derive(Clone)]
pub struct Account {
    environment: Environment,
    region: Region,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an account in {}", self.region)
    }
}

impl Account {
    /// The account that the surroundings name. Its credentials are looked up at each request, not here.
    ///
    /// # Errors
    /// `cloud.unconfigured` when nothing says a region, `input.invalid` when that is none.
    pub fn open(environment: Environment, client: Client, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let nowhere = || {
            Fault::new(FaultCode::CloudUnconfigured, "no AWS region is configured")
                .hint("set `AWS_REGION`, or `region` in the profile")
        };
        let name = environment.region()?.ok_or_else(nowhere)?;
        let region = Region::new(name).map_err(|error| {
            Fault::new(FaultCode::InputInvalid, error.to_string()).hint("give one such as `eu-west-2`")
        })?;
        Ok(Self { environment, region, client, clock })
    }

    /// Where its services are.
    #[must_use]
    pub const fn region(&self) -> &Region {
        &self.region
    }

    /// The host that is configured to stand in for the service's own, if one is.
    ///
    /// # Errors
    /// `file.unreadable` for a shared file that cannot be read, `input.invalid` for an endpoint that is none.
    pub fn stand_in(&self, service: Service) -> Result<Option<String>, Fault> {
        let endpoint = self.environment.endpoint(service.variable())?;
        endpoint.map(|endpoint| Address::parse(&endpoint).map(|address| host_of(&address))).transpose()
    }

    /// Sends a request, again when the service is busy. The answer is given back whatever its status.
    ///
    /// # Errors
    /// `credential.missing`, `input.invalid` for an endpoint on another machine without encryption, `network.*`.
    pub async fn send(&self, service: Service, call: Call<'_>) -> Result<Response, Fault> {
        let credentials = self.environment.credentials()?;
        let request = self.request(service, call, &credentials)?;
        self.client.send_patiently(request, Retries::default()).await
    }

    fn request(&self, service: Service, call: Call<'_>, credentials: &Credentials) -> Result<Request, Fault> {
        let Call { method, path, headers, body } = call;
        let (name, region) = (service.name(), self.region.as_str());
        let own = format!("https://{name}.{region}.amazonaws.com");
        let endpoint = self.environment.endpoint(service.variable())?.unwrap_or(own);
        let path = encode_path(path);
        let address = Address::parse(&format!("{}{path}", endpoint.trim_end_matches('/')))?;
        if !address.is_secure() && !address.is_loopback() {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                "the AWS endpoint that is configured is on another machine and not encrypted",
            )
            .hint(
                "set `AWS_ENDPOINT_URL`, or `endpoint_url` in the profile, to an address with `https://`",
            ));
        }
        let host = host_of(&address);
        let unsigned = Unsigned {
            method: method.name(),
            host: &host,
            path: &path,
            headers,
            body: &body,
            service: name,
            region,
        };
        let signed = sign(unsigned, credentials, self.clock.now());
        let mut request = match method {
            Method::Get => Request::get(address),
            Method::Head => Request::head(address),
            Method::Post => Request::post(address, body),
            Method::Put => Request::put(address, body),
        };
        for (name, value) in headers {
            request = request.header(name, value)?;
        }
        for (name, value) in &signed {
            request = request.secret_header(name, "", &Secret::new(value.clone()))?;
        }
        Ok(request)
    }
}

/// The host as it stands in the request's own header: without the port that the scheme stands for.
fn host_of(address: &Address) -> String {
    let usual = if address.is_secure() { 443 } else { 80 };
    if address.port() == usual { address.host().to_owned() } else { address.place() }
}

#[cfg(test)]
mod tests {
    use quillon_base::{Entropy, Timestamp};
    use quillon_http::Options;

    use super::*;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::default()
        }
    }

    impl Entropy for Still {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    #[test]
    fn a_host_that_stands_in_is_told() {
        let check = |variables: &[(&str, &str)], expected: Option<&str>| {
            let region = ("AWS_REGION".to_owned(), "eu-west-2".to_owned());
            let more = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let environment = Environment { variables: more.chain([region]).collect(), home: None };
            let client = Client::new(Options::new(Arc::new(Still), Arc::new(Still)));
            let account = Account::open(environment, client, Arc::new(Still)).unwrap();
            assert_eq!(account.stand_in(Service::S3).unwrap().as_deref(), expected, "{variables:?}");
        };
        check(&[], None);
        check(&[("AWS_ENDPOINT_URL", "")], None);
        check(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9000/")], Some("127.0.0.1:9000"));
        check(&[("AWS_ENDPOINT_URL_S3", "https://s3.example")], Some("s3.example"));
        check(&[("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "https://logs.example")], None);
    }

    #[test]
    fn nothing_is_signed_for_another_machine_without_encryption() {
        let check = |endpoint: &str| {
            let variables = [("AWS_REGION", "eu-west-2"), ("AWS_ENDPOINT_URL", endpoint)];
            let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            let environment = Environment { variables, home: None };
            let client = Client::new(Options::new(Arc::new(Still), Arc::new(Still)));
            let account = Account::open(environment, client, Arc::new(Still)).unwrap();
            let (id, secret) = ("ID".to_owned(), Secret::new("hush".to_owned()));
            let call = Call { method: Method::Put, path: "/bucket/key", headers: &[], body: Vec::new() };
            let request = account.request(Service::S3, call, &Credentials { id, secret, token: None });
            request.map(|_| ()).map_err(|fault| fault.code)
        };
        for good in ["", "https://s3.example", "http://127.0.0.1:9000", "http://localhost:9000/"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["http://s3.example", "http://10.0.0.1:9000", "ftp://s3.example"] {
            assert_eq!(check(bad), Err(FaultCode::InputInvalid), "{bad}");
        }
    }
}
