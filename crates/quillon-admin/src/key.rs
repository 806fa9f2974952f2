//! The keys of providers that the vault keeps: which there are, and changing them.
//!
//! Invariant: a key comes in as the answer to a question and goes into the vault; it stands in no ask, no record and no
//! answer. What is shown is its name, a fingerprint and who uses it.

use quillon_base::Secret;
use quillon_contract::ask::{ModelKeyAct, ModelKeyWriteAsk};
use quillon_contract::event::Expected;
use quillon_contract::{Answer, Fault, FaultCode};
use quillon_model::{Catalogue, KEYS_GROUP, KEYS_MAX, KeptKey, KeyName, KeySource};
use quillon_road::{Finished, Kept, Passage};

use crate::{model, table};

/// Lists keys, or shows one.
pub(crate) async fn show(passage: &Passage, name: Option<String>) -> Result<Finished, Fault> {
    let name = name.map(KeyName::new).transpose()?;
    let mut kept = newest(all(passage).await?);
    if let Some(name) = &name {
        kept.retain(|kept| kept.value.name == *name);
        if kept.is_empty() {
            return Err(missing(name));
        }
    }
    if kept.is_empty() {
        passage
            .text("The vault keeps no key of a provider for you; `quillon model key set NAME` does.\n")
            .await?;
        return Ok(Finished::default());
    }
    // A catalogue that cannot be read keeps nobody from seeing what is kept.
    let catalogue = model::read(passage).await.unwrap_or_default();
    let mut rows = Vec::new();
    for kept in &kept {
        let name = &kept.value.name;
        let fingerprint = passage.fingerprint(&kept.value.secret())?;
        rows.push(vec![name.to_string(), fingerprint, kept.created.to_string(), users(&catalogue, name)]);
    }
    passage.say(table("Keys of providers", &["key", "fingerprint", "kept since", "used by"], rows)).await?;
    Ok(Finished::default())
}

/// Keeps a key in the place of another of its name, or removes it.
pub(crate) async fn change(passage: &Passage, ask: ModelKeyWriteAsk) -> Result<Finished, Fault> {
    let name = KeyName::new(ask.name)?;
    let before = all(passage).await?;
    let said = match ask.act {
        ModelKeyAct::Set => {
            let is_new = before.iter().all(|kept| kept.value.name != name);
            if is_new && newest(before.clone()).len() >= KEYS_MAX as usize {
                return Err(Fault::new(
                    FaultCode::InputInvalid,
                    format!("the vault keeps up to {KEYS_MAX} keys"),
                )
                .hint("remove one with `quillon model key remove NAME`"));
            }
            let key = KeptKey::new(name.clone(), &asked_for(passage, &name).await?)?;
            let fingerprint = passage.fingerprint(&key.secret())?;
            passage.keep(KEYS_GROUP, &key).await?;
            format!("Key `{name}` is kept; its fingerprint is {fingerprint}.")
        }
        ModelKeyAct::Remove if before.iter().all(|kept| kept.value.name != name) => {
            return Err(missing(&name));
        }
        ModelKeyAct::Remove => format!("Key `{name}` is removed."),
    };
    // Only then what it replaces: a crash in between leaves both, and the newest counts.
    for kept in before.iter().filter(|kept| kept.value.name == name) {
        passage.forget(kept.id).await?;
    }
    let catalogue = model::read(passage).await.unwrap_or_default();
    let users = users(&catalogue, &name);
    let users = match (users.is_empty(), ask.act) {
        (true, ModelKeyAct::Set) => {
            format!(" No model uses it yet: say `\"key\": \"vault:{name}\"` in `models.json`.")
        }
        (true, ModelKeyAct::Remove) => String::new(),
        (false, ModelKeyAct::Set) => format!(" It is used by {users}."),
        (false, ModelKeyAct::Remove) => format!(" It is missing to {users}."),
    };
    passage.text(format!("{said}{users}\n")).await?;
    Ok(Finished::default())
}

async fn asked_for(passage: &Passage, name: &KeyName) -> Result<Secret<String>, Fault> {
    let expected = Expected::Value { label: format!("key `{name}`"), secret: true };
    match passage.question(format!("The key of the provider, to be kept as `{name}`"), expected).await? {
        Answer::Value { text } => Ok(Secret::new(text)),
        _ => Err(Fault::new(FaultCode::InputInvalid, "no key was given").hint(format!(
            "pipe it in, such as `pass show {name} | quillon model key set {name}`, or run it in a terminal"
        ))),
    }
}

async fn all(passage: &Passage) -> Result<Vec<Kept<KeptKey>>, Fault> {
    // Room for what a crash left behind.
    passage.kept(Some(KEYS_GROUP), 2 * KEYS_MAX).await
}

/// Of records that come newest first, the newest of each name, by name.
fn newest(kept: Vec<Kept<KeptKey>>) -> Vec<Kept<KeptKey>> {
    let mut newest: Vec<Kept<KeptKey>> = Vec::new();
    for kept in kept {
        if !newest.iter().any(|known| known.value.name == kept.value.name) {
            newest.push(kept);
        }
    }
    newest.sort_by(|one, other| one.value.name.cmp(&other.value.name));
    newest
}

/// The models that a key is for, as people list them.
fn users(catalogue: &Catalogue, name: &KeyName) -> String {
    let source = KeySource::Vault(name.clone());
    let users = catalogue.endpoints().filter(|endpoint| endpoint.key.as_ref() == Some(&source));
    users.map(|endpoint| format!("`{}`", endpoint.card.id)).collect::<Vec<_>>().join(", ")
}

fn missing(name: &KeyName) -> Fault {
    Fault::new(FaultCode::StoreMissing, format!("the vault keeps no key `{name}` for you"))
        .hint("`quillon model key show` lists those that it keeps")
}
