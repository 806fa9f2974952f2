//! The Secret Service (<https://specifications.freedesktop.org/secret-service-spec/latest/>) over the session bus: the
//! few calls that a root key needs.
//!
//! Invariant: nothing here prompts. The service answers a call that needs the user with the path of a prompt, which
//! shows nothing until somebody calls `Prompt` on it; we call `Dismiss`.
//!
//! The secret crosses the bus as it is (session algorithm `plain`). The bus is a socket that only this user's processes
//! may open, and each of them could ask the keyring itself; so only a socket will do, and an address that leads over the
//! network is refused.

use std::collections::HashMap;
use std::time::Duration;

use quillon_base::Secret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zbus::address::Transport;
use zbus::{
    Address, Connection, DynamicType, ObjectPath, OwnedObjectPath, OwnedVariant, Type, Variant, connection,
};

use crate::trouble::Trouble;

const SERVICE: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const SERVICE_INTERFACE: &str = "org.freedesktop.Secret.Service";

/// The path that stands for none.
const NOWHERE: &str = "/";

/// What is looked for. Never changed: an item with other attributes is another item.
const ATTRIBUTES: [(&str, &str); 2] = [("application", "quillon"), ("key", "root-1")];
/// What people see in the keyring's own windows.
const LABEL: &str = "Quillon root key";

/// Held on the bus by the process that makes the root key, so that of two that begin at once one waits.
const MAKER_NAME: &str = "org.quillon.RootKeyMaker";
const MAKER_PAUSE: Duration = Duration::from_millis(20);

/// A secret as it travels: session, parameters, value, type of the content.
type Travelling = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// The service, and a session with it.
pub(crate) struct Service {
    connection: Connection,
    session: OwnedObjectPath,
}

impl Service {
    /// Connects to the keyring of this session.
    pub(crate) async fn connect() -> Result<Self, Trouble> {
        let no_bus = |error: zbus::Error| Trouble::NoBus(error.to_string());
        let address = Address::session().map_err(no_bus)?;
        if !matches!(address.transport(), Transport::Unix(_)) {
            return Err(Trouble::NoBus("the address of the session bus is not a local socket".to_owned()));
        }
        let connection = connection::Builder::address(address).build().await.map_err(no_bus)?;
        let asked = ("plain", Variant::from(""));
        let opened = call(&connection, SERVICE_PATH, SERVICE_INTERFACE, "OpenSession", &asked).await?;
        let (_, session): (OwnedVariant, OwnedObjectPath) = opened;
        Ok(Self { connection, session })
    }

    /// The one item that is the root key, open to be read.
    pub(crate) async fn find(&self) -> Result<Option<OwnedObjectPath>, Trouble> {
        let attributes = HashMap::from(ATTRIBUTES);
        let found = self.call(SERVICE_PATH, SERVICE_INTERFACE, "SearchItems", &(attributes,)).await?;
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = found;
        match (open.as_slice(), locked.as_slice()) {
            ([], []) => Ok(None),
            ([item], []) => Ok(Some(item.clone())),
            ([], [item]) => self.unlock(item).await.map(|()| Some(item.clone())),
            _ => Err(Trouble::Several(open.len() + locked.len())),
        }
    }

    /// Where new secrets go, open to be written.
    pub(crate) async fn collection(&self) -> Result<OwnedObjectPath, Trouble> {
        let (collection,): (OwnedObjectPath,) =
            self.call(SERVICE_PATH, SERVICE_INTERFACE, "ReadAlias", &("default",)).await?;
        if collection.as_str() == NOWHERE {
            return Err(Trouble::NoCollection);
        }
        self.unlock(&collection).await?;
        Ok(collection)
    }

    /// Reads an item.
    pub(crate) async fn read(&self, item: &OwnedObjectPath) -> Result<Secret<Vec<u8>>, Trouble> {
        let interface = "org.freedesktop.Secret.Item";
        let (secret,): (Travelling,) = self.call(item, interface, "GetSecret", &(&self.session,)).await?;
        Ok(Secret::new(secret.2))
    }

    /// Keeps `text` as the root key.
    pub(crate) async fn keep(
        &self,
        collection: &OwnedObjectPath,
        text: &Secret<String>,
    ) -> Result<OwnedObjectPath, Trouble> {
        let attributes = HashMap::from(ATTRIBUTES);
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Variant::from(LABEL)),
            ("org.freedesktop.Secret.Item.Attributes", Variant::from(attributes)),
        ]);
        let no_parameters: &[u8] = &[];
        let secret = (&self.session, no_parameters, text.expose().as_bytes(), "text/plain");
        let interface = "org.freedesktop.Secret.Collection";
        let kept = self.call(collection, interface, "CreateItem", &(properties, secret, false)).await;
        let (item, prompt): (OwnedObjectPath, OwnedObjectPath) = kept.map_err(|trouble| match trouble {
            Trouble::NoService(detail) => Trouble::NotKept(detail),
            other => other,
        })?;
        self.refuse_prompt(&prompt).await?;
        Ok(item)
    }

    /// Waits until no other process makes a root key. It is this process's turn until the connection closes.
    pub(crate) async fn become_maker(&self) -> Result<(), Trouble> {
        const DO_NOT_QUEUE: u32 = 4;
        const ANOTHER_HAS_IT: u32 = 3;
        loop {
            let bus = Some("org.freedesktop.DBus");
            let asked = (MAKER_NAME, DO_NOT_QUEUE);
            let reply = self
                .connection
                .call_method(bus, "/org/freedesktop/DBus", bus, "RequestName", &asked)
                .await
                .map_err(|error| Trouble::NoBus(error.to_string()))?;
            let outcome: u32 =
                reply.body().deserialize().map_err(|error| Trouble::NoBus(error.to_string()))?;
            if outcome != ANOTHER_HAS_IT {
                return Ok(());
            }
            tokio::time::sleep(MAKER_PAUSE).await;
        }
    }

    /// Unlocks what opens by itself, such as a keyring whose password is empty.
    async fn unlock(&self, object: &OwnedObjectPath) -> Result<(), Trouble> {
        let asked = [object];
        let told = self.call(SERVICE_PATH, SERVICE_INTERFACE, "Unlock", &(&asked[..],)).await?;
        let (unlocked, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) = told;
        self.refuse_prompt(&prompt).await?;
        if unlocked.contains(object) { Ok(()) } else { Err(Trouble::Locked) }
    }

    async fn refuse_prompt(&self, prompt: &OwnedObjectPath) -> Result<(), Trouble> {
        if prompt.as_str() == NOWHERE {
            return Ok(());
        }
        // It is the service's to forget even if it does not hear this.
        let _: Result<(), _> = self.call(prompt, "org.freedesktop.Secret.Prompt", "Dismiss", &()).await;
        Err(Trouble::Locked)
    }

    async fn call<'p, R: DeserializeOwned + Type>(
        &self,
        path: impl TryInto<ObjectPath<'p>, Error: Into<zbus::Error>>,
        interface: &str,
        method: &str,
        body: &(impl Serialize + DynamicType),
    ) -> Result<R, Trouble> {
        call(&self.connection, path, interface, method, body).await
    }
}

async fn call<'p, R: DeserializeOwned + Type>(
    connection: &Connection,
    path: impl TryInto<ObjectPath<'p>, Error: Into<zbus::Error>>,
    interface: &str,
    method: &str,
    body: &(impl Serialize + DynamicType),
) -> Result<R, Trouble> {
    let failed = |error: zbus::Error| match &error {
        zbus::Error::MethodError(name, ..) if name.as_str() == "org.freedesktop.Secret.Error.IsLocked" => {
            Trouble::Locked
        }
        // The message of a failed call may quote what was sent; its name says enough.
        zbus::Error::MethodError(name, ..) => Trouble::NoService(format!("{method}: {name}")),
        error => Trouble::NoService(format!("{method}: {error}")),
    };
    let reply =
        connection.call_method(Some(SERVICE), path, Some(interface), method, body).await.map_err(failed)?;
    reply.body().deserialize().map_err(failed)
}
