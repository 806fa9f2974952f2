//! Models over TLS, as organisations reach them: private authorities, client certificates, proxies that look in.

use std::process::Command;

use quillon_mock::{Authority, Door, Ending, MockServer, Reply, Script, Wire};
use quillon_model::ModelEvent;
use serde_json::{Value, json};

use crate::models::{answer, configure, row};
use crate::person::{Person, Said, binary};

const LINE: &[&str] = &["chat", "--no-interactive", "--model", "mine", "what is the retry limit?"];

fn script(replies: impl IntoIterator<Item = Reply>) -> Script {
    Script::new(Wire::Chat, replies)
}

/// A person whose model is at `endpoint`, and who trusts these authorities beside the system's.
fn person(endpoint: &str, trusted: Option<&Authority>, network: &Value) -> Person {
    let person = Person::with_parcels();
    let mut network = network.clone();
    if let Some(authority) = trusted {
        let file = person.home().join("ca.pem");
        std::fs::write(&file, authority.pem()).unwrap();
        network["ca_file"] = file.to_str().unwrap().into();
    }
    let models = json!({ "mine": row("openai-compatible", endpoint, "device") });
    configure(&person, &json!({ "version": 1, "network": network, "models": models }));
    person
}

fn ask(person: &Person, variables: &[(&str, &str)]) -> Said {
    let mut command = person.command(LINE);
    command.envs(variables.iter().copied());
    Said::of(command.output().unwrap())
}

fn tls(
    authority: &Authority,
    clients: Option<&Authority>,
    replies: impl IntoIterator<Item = Reply>,
) -> MockServer {
    let clients = clients.map(|authority| authority.pem().to_owned());
    MockServer::behind(Door::Tls(Box::new(authority.leaf("localhost")), clients), script(replies))
}

#[test]
fn a_private_authority_is_trusted_by_its_file_by_a_variable_or_by_the_system() {
    let ours = Authority::new();
    let mock = tls(&ours, None, [answer(), answer(), answer()]);
    let file = person(&mock.endpoint(), Some(&ours), &json!({}));
    ask(&file, &[]).well().says("Three tries.");
    let bare = person(&mock.endpoint(), None, &json!({}));
    let said = ask(&bare, &[]).with_fault(1, "network.certificate");
    assert!(said.err.contains("name the file of its authority"), "{said:?}");
    let bundle = file.home().join("ca.pem");
    ask(&bare, &[("SSL_CERT_FILE", bundle.to_str().unwrap())]).well().says("Three tries.");
    let missing = ask(&bare, &[("SSL_CERT_FILE", "/nowhere/ca.pem")]).with_fault(2, "setting.invalid");
    assert!(missing.err.contains("/nowhere/ca.pem"), "{missing:?}");
    // As if an administrator had added it to what the system trusts.
    let mut command = Command::new("unshare");
    let mount = "mount --bind \"$1\" /etc/ssl/certs/ca-certificates.crt && shift && exec \"$@\"";
    command.args(["--user", "--map-root-user", "--mount", "sh", "-euc", mount, "sh"]).arg(&bundle);
    command.arg(binary()).args(LINE);
    bare.settle(&mut command);
    Said::of(command.output().unwrap()).well().says("Three tries.");
}

#[test]
fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let ours = Authority::new();
    let mock = tls(&ours, Some(&ours), [answer()]);
    let without = person(&mock.endpoint(), Some(&ours), &json!({}));
    let said = ask(&without, &[]).with_fault(3, "network.tls");
    assert!(said.err.contains("client certificate"), "{said:?}");
    let leaf = ours.leaf("ada");
    let files = [("client.pem", &leaf.certificate), ("client.key", &leaf.key)].map(|(name, text)| {
        let path = without.home().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let network = json!({ "client_certificate": files[0], "client_key": files[1] });
    let with = person(&mock.endpoint(), Some(&ours), &network);
    ask(&with, &[]).well().says("Three tries.");
}

#[test]
fn a_proxy_that_looks_into_connections_is_gone_through_as_the_variables_say() {
    let authority = Authority::new();
    let pem = Authority::new();
    let user = Some(("ada".to_owned(), "hush-proxy".to_owned()));
    let ca = authority.pem().to_owned();
    let proxy = MockServer::behind(
        Door::Intercepting(Box::new(authority), user),
        script([answer(), answer(), answer()]),
    );
    let person = person("https://models.invalid/v1", Some(&pem), &json!({}));
    let through = format!("http://ada:hush-proxy@{}", proxy.address());
    // The authority of the proxy is not trusted yet.
    let said = ask(&person, &[("HTTPS_PROXY", &through)]).with_fault(1, "network.certificate");
    assert!(said.err.contains("if a proxy of your organisation looks into connections"), "{said:?}");
    std::fs::write(person.home().join("ca.pem"), ca).unwrap();
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        ask(&person, &[(variable, &through)]).well().says("Three tries.");
    }
    assert!(proxy.seen().iter().all(|seen| seen.through_proxy_to.as_deref() == Some("models.invalid:443")));
    assert!(
        proxy.seen().iter().all(|seen| seen.header("proxy-authorization").is_none()),
        "the model saw the password"
    );

    let nobody = format!("http://{}", proxy.address());
    let said = ask(&person, &[("HTTPS_PROXY", &nobody)]).with_fault(3, "network.proxy");
    assert!(said.err.contains("makes no connection to `models.invalid:443`"), "{said:?}");
    let excepted = [("HTTPS_PROXY", through.as_str()), ("NO_PROXY", ".invalid")];
    ask(&person, &excepted).with_fault(3, "network.name_unknown");
    // Another scheme's proxy does not count.
    ask(&person, &[("HTTP_PROXY", &through)]).with_fault(3, "network.name_unknown");
    let wrong =
        ask(&person, &[("HTTPS_PROXY", "socks5://ada:hush-proxy@proxy")]).with_fault(2, "setting.invalid");
    assert!(!format!("{wrong:?}{said:?}").contains("hush-proxy"));
    assert_eq!(proxy.seen().len(), 3);
}

#[test]
fn an_answer_that_is_cut_off_over_tls_and_through_a_proxy_is_said_and_kept() {
    let half = || Reply::of([ModelEvent::Text { text: "Half an answer".into() }]).ending(Ending::Cut);
    let check = |person: &Person, variables: &[(&str, &str)]| {
        let said = ask(person, variables).says("Half an answer").with_fault(3, "network.broken");
        assert!(said.err.contains("in the middle of its answer"), "{said:?}");
        person.run(&["conversation", "list"]).well().says("what is the retry limit?");
    };
    let ours = Authority::new();
    let mock = tls(&ours, None, [half()]);
    check(&person(&mock.endpoint(), Some(&ours), &json!({})), &[]);
    let authority = Authority::new();
    let person = person("https://models.invalid/v1", Some(&authority), &json!({}));
    let proxy = MockServer::behind(Door::Intercepting(Box::new(authority), None), script([half()]));
    check(&person, &[("HTTPS_PROXY", &format!("http://{}", proxy.address()))]);
    assert_eq!(proxy.seen().len(), 1, "an answer that had begun is not asked for again");
}
