//! The client against servers on this machine: TLS, private authorities, client certificates, proxies that look in.

#![expect(clippy::disallowed_methods, reason = "these tests write the files that a person would configure")]

use std::path::PathBuf;
use std::sync::Arc;

use quillon_base::{Fault, FaultCode, SeededEntropy, StepClock};
use quillon_http::{Address, Client, ClientIdentity, Options, ProxyRules, ProxyVariables, Request, Trust};
use quillon_mock::{Authority, Door, MockServer, Reply, Script, Wire};
use tempfile::TempDir;

/// A request that the mock takes for one of Chat Completions.
const BODY: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":9}"#;

/// A machine with files, an authority and a client's options.
struct Machine {
    folder: TempDir,
    options: Options,
}

impl Machine {
    /// One that trusts nobody but `authority`.
    fn trusting(authority: &Authority) -> Self {
        let options = Options::new(Arc::new(StepClock::default()), Arc::new(SeededEntropy::new(0)));
        let mut machine = Self { folder: tempfile::tempdir().unwrap(), options };
        let file = machine.write("ca.pem", authority.pem());
        machine.options.trust = Trust { system: false, system_file: None, files: vec![file] };
        machine
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    async fn ask(&self, endpoint: &str) -> Result<u16, Fault> {
        let address = Address::parse(endpoint)?.join("chat/completions");
        let request = Request::post(address, BODY.into()).header("content-type", "application/json")?;
        let response = Client::new(self.options.clone()).send(request).await?;
        Ok(response.status())
    }
}

fn script(replies: usize) -> Script {
    Script::new(Wire::Chat, std::iter::repeat_n(Reply::chunks(["data: [DONE]\n\n"]), replies))
}

#[track_caller]
fn failed(found: Result<u16, Fault>, code: FaultCode, said: &str) {
    let fault = found.unwrap_err();
    assert_eq!(fault.code, code, "{fault:?}");
    assert!(fault.message.contains(said), "{fault:?}");
    assert!(fault.hint.is_some(), "{fault:?}");
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_its_file_is_named() {
    let (ours, other) = (Authority::new(), Authority::new());
    let mock = MockServer::behind(Door::Tls(Box::new(ours.leaf("localhost")), None), script(1));
    assert_eq!(Machine::trusting(&ours).ask(&mock.endpoint()).await, Ok(200));
    let found = Machine::trusting(&other).ask(&mock.endpoint()).await;
    failed(found, FaultCode::NetworkCertificate, "not signed by an authority that this machine trusts");
}

#[tokio::test]
async fn a_certificate_that_expired_or_is_for_another_name_is_refused() {
    let ours = Authority::new();
    for (leaf, said) in
        [(ours.expired_leaf("localhost"), "has expired"), (ours.leaf("other.example"), "another name")]
    {
        let mock = MockServer::behind(Door::Tls(Box::new(leaf), None), script(0));
        let found = Machine::trusting(&ours).ask(&mock.endpoint()).await;
        failed(found, FaultCode::NetworkCertificate, said);
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let ours = Authority::new();
    let door = Door::Tls(Box::new(ours.leaf("localhost")), Some(ours.pem().to_owned()));
    let mock = MockServer::behind(door, script(1));
    let mut machine = Machine::trusting(&ours);
    failed(machine.ask(&mock.endpoint()).await, FaultCode::NetworkTls, "client certificate");
    let leaf = ours.leaf("ada");
    let certificate = machine.write("client.pem", &leaf.certificate);
    let key = machine.write("client.key", &leaf.key);
    machine.options.identity = Some(ClientIdentity { certificate, key });
    assert_eq!(machine.ask(&mock.endpoint()).await, Ok(200));
}

#[tokio::test]
async fn files_that_are_no_certificates_are_said() {
    let ours = Authority::new();
    let mut machine = Machine::trusting(&ours);
    machine.options.trust.files = vec![machine.write("ca.pem", "nonsense")];
    failed(machine.ask("https://localhost:1/v1").await, FaultCode::SettingInvalid, "ca.pem");
    machine.options.trust.files = Vec::new();
    failed(
        machine.ask("https://localhost:1/v1").await,
        FaultCode::NetworkCertificate,
        "trusts no certificate",
    );
}

#[tokio::test]
async fn a_proxy_that_looks_into_connections_is_gone_through() {
    let authority = Authority::new();
    let pem = authority.pem().to_owned();
    let user = Some(("ada".to_owned(), "hush".to_owned()));
    let proxy = MockServer::behind(Door::Intercepting(Box::new(authority), user), script(1));
    let mut machine = Machine::trusting(&Authority::new());
    machine.options.trust.files = vec![machine.write("proxy-ca.pem", &pem)];
    let rules = |user: &str, no_proxy: Option<&str>| {
        let https = format!("http://{user}{}", proxy.address());
        ProxyRules::new(ProxyVariables { https: Some(&https), none: no_proxy, ..ProxyVariables::default() })
    };
    machine.options.proxies = rules("ada:hush@", None);
    assert_eq!(machine.ask("https://models.invalid/v1").await, Ok(200));
    assert_eq!(proxy.seen()[0].through_proxy_to.as_deref(), Some("models.invalid:443"));

    machine.options.proxies = rules("", None);
    failed(machine.ask("https://models.invalid/v1").await, FaultCode::NetworkProxy, "makes no connection");
    // What is excepted is asked for directly, and its name is not known here.
    machine.options.proxies = rules("ada:hush@", Some("models.invalid"));
    failed(machine.ask("https://models.invalid/v1").await, FaultCode::NetworkNameUnknown, "models.invalid");
    assert_eq!(proxy.seen().len(), 1);
    assert!(!format!("{:?}", machine.options).contains("hush"));
}
