//! Where Quillon keeps things: the folders of the XDG base directory specification, or everything below
//! `QUILLON_HOME`. The environment is read here, once.

#![expect(
    clippy::disallowed_methods,
    reason = "the composition root reads the environment once and hands it on as values"
)]

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use quillon_base::{Fault, FaultCode, OrganisationId, Region};
use quillon_http::{ProxyRules, ProxyVariables};

/// Quillon's folders. Nothing is made before something is written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    /// Settings and agents.
    pub(crate) config: PathBuf,
    /// What can be made again.
    pub(crate) cache: PathBuf,
    data: PathBuf,
    /// The person's own home, where the original product left its files.
    pub(crate) person: Option<PathBuf>,
}

impl Home {
    /// The folders that this process's environment names.
    pub(crate) fn of_environment() -> Result<Self, Fault> {
        Self::new(|name| env::var_os(name))
    }

    fn new(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Fault> {
        // A relative path would be another place in each folder; the specification says to ignore it.
        let folder = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let person = folder("HOME");
        if let Some(all) = variable("QUILLON_HOME").filter(|path| !path.is_empty()) {
            let all = PathBuf::from(all);
            if !all.is_absolute() {
                let given = all.display();
                return Err(unusable(format!("`QUILLON_HOME` is `{given}`, which is not an absolute path")));
            }
            return Ok(Self { config: all.clone(), cache: all.join("cache"), data: all, person });
        }
        let below = |name, rest: &str| folder(name).or_else(|| Some(person.as_ref()?.join(rest)));
        let no_home = || unusable("there is no home folder to keep anything in".to_owned());
        let config = below("XDG_CONFIG_HOME", ".config").ok_or_else(no_home)?;
        let data = below("XDG_DATA_HOME", ".local/share").ok_or_else(no_home)?;
        let cache = below("XDG_CACHE_HOME", ".cache").ok_or_else(no_home)?;
        let ours = |folder: PathBuf| folder.join("quillon");
        Ok(Self { config: ours(config), cache: ours(cache), data: ours(data), person })
    }

    /// The keys.
    pub(crate) fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }

    /// The store of a region.
    pub(crate) fn store(&self, region: &Region) -> PathBuf {
        self.data.join("store").join(format!("{region}.db"))
    }

    /// The ledger of an organisation in a region.
    pub(crate) fn ledger(&self, organisation: &OrganisationId, region: &Region) -> PathBuf {
        self.data.join("ledger").join(organisation.as_str()).join(region.as_str())
    }

    /// What was typed, for the line editor.
    pub(crate) fn history(&self) -> PathBuf {
        self.data.join("history")
    }
}

fn unusable(message: String) -> Fault {
    Fault::new(FaultCode::HomeUnusable, message).hint("set `QUILLON_HOME` to a folder of your own")
}

/// How the person at this machine is called, where the environment says it.
pub(crate) fn user_name() -> Option<String> {
    ["LOGNAME", "USER"].into_iter().find_map(|name| env::var(name).ok()).filter(|name| !name.is_empty())
}

/// The variables by which AWS's own tools are configured.
pub(crate) fn aws_variables() -> BTreeMap<String, String> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with("AWS_")).collect()
}

/// What goes through a proxy, by the variables that say so everywhere.
pub(crate) fn proxies() -> ProxyRules {
    let variable = |name: &str| env::var(name).or_else(|_| env::var(name.to_uppercase())).ok();
    let [https, http, all, none] = ["https_proxy", "http_proxy", "all_proxy", "no_proxy"].map(variable);
    ProxyRules::new(ProxyVariables {
        https: https.as_deref(),
        http: http.as_deref(),
        all: all.as_deref(),
        none: none.as_deref(),
    })
}

/// A variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The folder that the process runs in.
pub(crate) fn current_folder() -> Option<PathBuf> {
    env::current_dir().ok().filter(|folder| folder.is_absolute() && folder != Path::new("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: Result<(&str, &str), FaultCode>) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let found = Home::new(variable);
        let found = found.as_ref().map(|home| (home.config.to_str().unwrap(), home.data.to_str().unwrap()));
        assert_eq!(found.map_err(|fault| fault.code), expected, "{variables:?}");
    }

    #[test]
    fn folders_follow_the_environment() {
        let home = ("HOME", "/srv/example/ada");
        check(&[home], Ok(("/srv/example/ada/.config/quillon", "/srv/example/ada/.local/share/quillon")));
        check(
            &[home, ("XDG_DATA_HOME", "/data"), ("XDG_CONFIG_HOME", "relative")],
            Ok(("/srv/example/ada/.config/quillon", "/data/quillon")),
        );
        check(&[home, ("QUILLON_HOME", "/q")], Ok(("/q", "/q")));
        check(&[("QUILLON_HOME", "/q")], Ok(("/q", "/q")));
        check(&[home, ("QUILLON_HOME", "q")], Err(FaultCode::HomeUnusable));
        check(&[], Err(FaultCode::HomeUnusable));
    }
}
