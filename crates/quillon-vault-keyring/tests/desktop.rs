//! A desktop for a test: a session bus, perhaps a keyring, and folders that are not the user's.
//!
//! A test runs its other half, an ignored test of this same program, below `dbus-run-session`; there it starts the
//! keyring, talks to it as somebody at the desktop would, and asks for the root key.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quillon_base::{Entropy, Fault};
use quillon_vault_keyring::{IfMissing, KeyringRootKey};
use zbus::{Connection, OwnedObjectPath, OwnedVariant, Variant};

/// Says that a test is running as the other half.
const INSIDE_VARIABLE: &str = "QUILLON_KEYRING_DESKTOP";

/// A session bus that starts no program by itself, so that only the test's own keyring ever answers.
const BUS: &str = r#"<busconfig>
    <type>session</type>
    <listen>unix:dir=FOLDER</listen>
    <auth>EXTERNAL</auth>
    <policy context="default">
        <allow send_destination="*" eavesdrop="true"/>
        <allow eavesdrop="true"/>
        <allow own="*"/>
    </policy>
</busconfig>
"#;

pub struct Random;

impl Entropy for Random {
    fn fill(&self, buffer: &mut [u8]) {
        std::fs::File::open("/dev/urandom").unwrap().read_exact(buffer).unwrap();
    }
}

pub fn open(if_missing: IfMissing) -> Result<KeyringRootKey, Fault> {
    KeyringRootKey::open_or_create(Arc::new(Random), if_missing)
}

/// This program, about to run one of its ignored tests with `home` as the user's folder.
pub fn itself(test: &str, home: &Path, wrapper: &[&str]) -> Command {
    let exe = std::env::current_exe().unwrap();
    let mut words: Vec<_> = wrapper.iter().map(std::ffi::OsString::from).collect();
    words.push(exe.into());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        command.env(variable, home);
    }
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("DBUS_SESSION_BUS_ADDRESS");
    command.env_remove("GNOME_KEYRING_CONTROL").env(INSIDE_VARIABLE, home);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the other half of a test at a desktop of its own.
pub fn at_a_desktop(test: &str) {
    let home = tempfile::tempdir().unwrap();
    let bus = home.path().join("bus.conf");
    std::fs::write(&bus, BUS.replace("FOLDER", home.path().to_str().unwrap())).unwrap();
    let config = format!("--config-file={}", bus.display());
    finish(itself(test, home.path(), &["dbus-run-session", &config, "--"]));
}

pub fn finish(mut command: Command) -> String {
    let output = command.output().expect("`dbus-run-session`, which `cargo xtask test` installs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{}: {out}{err}", output.status);
    out.into_owned()
}

/// Whether this is the other half, and not somebody who runs every ignored test by hand.
pub fn is_inside() -> bool {
    std::env::var_os(INSIDE_VARIABLE).is_some()
}

/// A keyring that runs until it is dropped.
pub struct Keyring(Child);

impl Keyring {
    /// A keyring that was unlocked with a password, as signing in does.
    pub fn unlocked() -> Self {
        let keyring = Self::start(&["--unlock"], "a password");
        wait_until(|| has_owner() && default_collection().as_str() != "/");
        keyring
    }

    /// A keyring as it is before anybody signed in.
    pub fn locked() -> Self {
        let keyring = Self::start(&[], "");
        wait_until(has_owner);
        keyring
    }

    fn start(options: &[&str], password: &str) -> Self {
        let mut child = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`gnome-keyring-daemon`, which `cargo xtask test` installs");
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        Self(child)
    }

    /// Lets it hang, as a program does that waits for something that never comes.
    pub fn hang(&self) {
        let stopped = Command::new("kill").args(["-STOP", &self.0.id().to_string()]).status().unwrap();
        assert!(stopped.success());
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        wait_until(|| !has_owner());
    }
}

fn wait_until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "the keyring does not come up");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Talks to the bus as another program at the desktop would.
pub fn talk<T>(work: impl AsyncFnOnce(Connection) -> zbus::Result<T>) -> zbus::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { work(Connection::session().await?).await })
}

const SECRETS: Option<&str> = Some("org.freedesktop.secrets");
const PATH: &str = "/org/freedesktop/secrets";
const SERVICE: Option<&str> = Some("org.freedesktop.Secret.Service");

fn has_owner() -> bool {
    talk(async |bus| {
        let dbus = Some("org.freedesktop.DBus");
        let asked = "org.freedesktop.secrets";
        bus.call_method(dbus, "/org/freedesktop/DBus", dbus, "NameHasOwner", &asked)
            .await?
            .body()
            .deserialize()
    })
    .unwrap()
}

pub fn default_collection() -> OwnedObjectPath {
    talk(async |bus| {
        bus.call_method(SECRETS, PATH, SERVICE, "ReadAlias", &"default").await?.body().deserialize()
    })
    .unwrap()
}

/// Makes a default collection with an empty password, as desktops with automatic sign-in do.
pub fn make_collection_without_password() {
    talk(async |bus| {
        let properties = std::collections::HashMap::from([(
            "org.freedesktop.Secret.Collection.Label",
            Variant::from("blank"),
        )]);
        let password = (session(&bus).await?, &b""[..], &b""[..], "text/plain");
        let interface = Some("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface");
        let asked = (properties, password);
        let made = bus.call_method(SECRETS, PATH, interface, "CreateWithMasterPassword", &asked).await?;
        let collection: OwnedObjectPath = made.body().deserialize()?;
        bus.call_method(SECRETS, PATH, SERVICE, "SetAlias", &("default", collection)).await.map(|_| ())
    })
    .unwrap();
}

/// Locks the keyring, as somebody who leaves the desktop does.
pub fn lock() {
    talk(async |bus| {
        let collection = default_collection_on(&bus).await?;
        let asked = [collection];
        bus.call_method(SECRETS, PATH, SERVICE, "Lock", &(&asked[..],)).await.map(|_| ())
    })
    .unwrap();
}

async fn default_collection_on(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
    bus.call_method(SECRETS, PATH, SERVICE, "ReadAlias", &"default").await?.body().deserialize()
}

/// How many root keys there are, and what the first one says.
pub fn root_keys() -> (usize, Option<Vec<u8>>) {
    talk(async |bus| {
        let session = session(&bus).await?;
        let attributes = std::collections::HashMap::from([("application", "quillon"), ("key", "root-1")]);
        let found = bus.call_method(SECRETS, PATH, SERVICE, "SearchItems", &(attributes,)).await?;
        let (open, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) = found.body().deserialize()?;
        let mut says = None;
        if let Some(item) = open.first() {
            let item_interface = Some("org.freedesktop.Secret.Item");
            let secret = bus.call_method(SECRETS, item, item_interface, "GetSecret", &(&session,)).await?;
            let ((_, _, value, _),): ((OwnedObjectPath, Vec<u8>, Vec<u8>, String),) =
                secret.body().deserialize()?;
            says = Some(value);
        }
        Ok((open.len() + locked.len(), says))
    })
    .unwrap()
}

/// Keeps something else as the root key, in place of what is there or beside it.
pub fn plant(value: &str, replace: bool) {
    talk(async |bus| {
        let session = session(&bus).await?;
        let collection = default_collection_on(&bus).await?;
        let attributes = std::collections::HashMap::from([("application", "quillon"), ("key", "root-1")]);
        let properties = std::collections::HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Variant::from("planted")),
            ("org.freedesktop.Secret.Item.Attributes", Variant::from(attributes)),
        ]);
        let secret = (session, &b""[..], value.as_bytes(), "text/plain");
        let interface = Some("org.freedesktop.Secret.Collection");
        bus.call_method(SECRETS, &collection, interface, "CreateItem", &(properties, secret, replace))
            .await
            .map(|_| ())
    })
    .unwrap();
}

async fn session(bus: &Connection) -> zbus::Result<OwnedObjectPath> {
    let asked = ("plain", Variant::from(""));
    let opened = bus.call_method(SECRETS, PATH, SERVICE, "OpenSession", &asked).await?;
    let (_, session): (OwnedVariant, OwnedObjectPath) = opened.body().deserialize()?;
    Ok(session)
}
