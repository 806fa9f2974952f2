//! What the surroundings say about an account, in the names that the AWS CLI knows: variables first, then the profile in
//! the shared files.

#![expect(
    clippy::disallowed_methods,
    reason = "the shared files of AWS hold credentials; they are read where those are needed, and nothing else is"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use quillon_base::{Fault, FaultCode, Secret};

/// A shared file is never larger, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What a request is signed with.
#[derive(Clone)]
pub struct Credentials {
    /// The key's id, which is no secret.
    pub id: String,
    /// The key.
    pub secret: Secret<String>,
    /// The token of a session, for credentials that end.
    pub token: Option<Secret<String>>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "credentials {}", self.id)
    }
}

/// What the composition root found around the process.
#[derive(Clone, Default)]
pub struct Environment {
    /// The variables that begin with `AWS_`.
    pub variables: BTreeMap<String, String>,
    /// The person's home, where the shared files are when no variable says otherwise.
    pub home: Option<PathBuf>,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.variables.keys()).finish()
    }
}

type Profile = BTreeMap<String, String>;

impl Environment {
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The name of the profile.
    fn profile_name(&self) -> &str {
        self.variable("AWS_PROFILE").or_else(|| self.variable("AWS_DEFAULT_PROFILE")).unwrap_or("default")
    }

    /// The credentials.
    ///
    /// # Errors
    /// `credential.missing` with where they were looked for.
    pub fn credentials(&self) -> Result<Credentials, Fault> {
        if let (Some(id), Some(secret)) =
            (self.variable("AWS_ACCESS_KEY_ID"), self.variable("AWS_SECRET_ACCESS_KEY"))
        {
            return Ok(credentials(id, secret, self.variable("AWS_SESSION_TOKEN")));
        }
        let name = self.profile_name();
        let profile = self.profile()?;
        let value = |key: &str| profile.get(key).map(String::as_str);
        if let (Some(id), Some(secret)) = (value("aws_access_key_id"), value("aws_secret_access_key")) {
            return Ok(credentials(id, secret, value("aws_session_token")));
        }
        let other = ["role_arn", "sso_session", "sso_account_id", "credential_process", "source_profile"];
        let fault = match other.into_iter().find(|key| profile.contains_key(*key)) {
            Some(key) => Fault::new(
                FaultCode::CredentialMissing,
                format!("the AWS profile `{name}` has no key of its own; it has `{key}`"),
            ),
            None => Fault::new(
                FaultCode::CredentialMissing,
                format!("there are no AWS credentials in the environment or the profile `{name}`"),
            ),
        };
        Err(fault.hint(
            "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, for instance from \
             `aws configure export-credentials --format env`",
        ))
    }

    /// The region, where something says one.
    ///
    /// # Errors
    /// `file.unreadable` for a shared file that cannot be read.
    pub fn region(&self) -> Result<Option<String>, Fault> {
        if let Some(region) = self.variable("AWS_REGION").or_else(|| self.variable("AWS_DEFAULT_REGION")) {
            return Ok(Some(region.to_owned()));
        }
        Ok(self.profile()?.get("region").cloned())
    }

    /// The endpoint that was chosen for a service, by its id in capitals; `None` for the service's own.
    ///
    /// # Errors
    /// `file.unreadable` for a shared file that cannot be read.
    pub fn endpoint(&self, service: &str) -> Result<Option<String>, Fault> {
        let own = self.variable(&format!("AWS_ENDPOINT_URL_{service}"));
        if let Some(endpoint) = own.or_else(|| self.variable("AWS_ENDPOINT_URL")) {
            return Ok(Some(endpoint.to_owned()));
        }
        Ok(self.profile()?.get("endpoint_url").filter(|endpoint| !endpoint.is_empty()).cloned())
    }

    /// The profile, from both shared files; the one for credentials counts first.
    fn profile(&self) -> Result<Profile, Fault> {
        let name = self.profile_name();
        let config = self.shared("AWS_CONFIG_FILE", "config")?;
        let mut profile = section(&config, &format!("profile {name}"));
        // In the configuration only the default profile stands without the word before it.
        if name == "default" {
            profile.extend(section(&config, name));
        }
        profile.extend(section(&self.shared("AWS_SHARED_CREDENTIALS_FILE", "credentials")?, name));
        Ok(profile)
    }

    /// What a shared file says: the one that the variable names, else the one of this name in the person's home.
    fn shared(&self, variable: &str, name: &str) -> Result<String, Fault> {
        let named = self.variable(variable).map(PathBuf::from);
        let path = named.or_else(|| Some(self.home.as_ref()?.join(".aws").join(name)));
        path.map_or_else(|| Ok(String::new()), |path| read(&path))
    }
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    let token = token.map(|token| Secret::new(token.to_owned()));
    Credentials { id: id.to_owned(), secret: Secret::new(secret.to_owned()), token }
}

/// A file that is not there says nothing.
fn read(path: &Path) -> Result<String, Fault> {
    let unreadable = |error: std::io::Error| {
        Fault::new(FaultCode::FileUnreadable, format!("`{}` cannot be read", path.display()))
            .hint("make it readable for you, or set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`")
            .inner(error)
    };
    let file = match File::open(path) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(String::new());
        }
        opened => opened.map_err(unreadable)?,
    };
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        // Its end would not count: another profile could, or half of a key.
        return Err(unreadable(ErrorKind::FileTooLarge.into()));
    }
    Ok(text)
}

/// One section of a shared file. Lines that are none of `key = value`, and nested ones, are passed over.
fn section(text: &str, title: &str) -> Profile {
    let mut found = Profile::new();
    let mut is_inside = false;
    for line in text.lines() {
        let bare = line.trim();
        if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let words: Vec<_> = name.split_whitespace().collect();
            is_inside = words.join(" ") == title;
        } else if is_inside
            && !line.starts_with([' ', '\t', '#', ';'])
            && let Some((key, value)) = bare.split_once('=')
        {
            found.insert(key.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(
        variables: &[(&str, &str)],
        credentials: &str,
        config: &str,
    ) -> (tempfile::TempDir, Environment) {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        std::fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
        std::fs::write(home.path().join(".aws/config"), config).unwrap();
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let environment = Environment { variables, home: Some(home.path().to_owned()) };
        (home, environment)
    }

    const CREDENTIALS: &str = "# mine\n[default]\naws_access_key_id = FILE\naws_secret_access_key=s3=\n\
                               [work]\naws_access_key_id=WORK\naws_secret_access_key=w\naws_session_token=t\n";
    const CONFIG: &str = "[default]\nregion = eu-west-2\ns3 =\n  endpoint_url = http://nested\n\
                          [profile work]\nregion=eu-central-1\nendpoint_url=https://own.example\n\
                          [profile role]\nrole_arn = arn:aws:iam::1:role/x\n[work]\nregion=wrong\n";

    #[test]
    fn variables_count_before_the_profile_and_profiles_before_nothing() {
        let (_home, none) = environment(&[], CREDENTIALS, CONFIG);
        let found = none.credentials().unwrap();
        assert_eq!((found.id.as_str(), found.secret.expose().as_str()), ("FILE", "s3="));
        assert_eq!(none.region().unwrap().as_deref(), Some("eu-west-2"));
        assert_eq!(none.endpoint("S3").unwrap(), None);
        let (_home, empty) = environment(&[], CREDENTIALS, "[default]\nendpoint_url =\n");
        assert_eq!(empty.endpoint("S3").unwrap(), None, "an empty one is none");

        let (_home, work) = environment(&[("AWS_PROFILE", "work")], CREDENTIALS, CONFIG);
        assert_eq!(work.credentials().unwrap().token.unwrap().expose(), "t");
        assert_eq!(work.region().unwrap().as_deref(), Some("eu-central-1"));
        assert_eq!(work.endpoint("S3").unwrap().as_deref(), Some("https://own.example"));

        let variables = [
            ("AWS_ACCESS_KEY_ID", "VAR"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_REGION", "eu-west-3"),
            ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ];
        let (_home, variables) = environment(&variables, CREDENTIALS, CONFIG);
        assert_eq!(variables.credentials().unwrap().id, "VAR");
        assert_eq!(variables.region().unwrap().as_deref(), Some("eu-west-3"));
        assert_eq!(variables.endpoint("S3").unwrap().as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(variables.endpoint("LOGS").unwrap(), None);
    }

    #[test]
    fn what_would_need_another_service_is_refused_with_what_to_do() {
        let (_home, role) = environment(&[("AWS_PROFILE", "role")], CREDENTIALS, CONFIG);
        let fault = role.credentials().unwrap_err();
        assert_eq!(fault.code, FaultCode::CredentialMissing);
        assert!(fault.message.contains("`role_arn`") && fault.hint.is_some(), "{fault}");
        let (_home, nobody) = environment(&[("AWS_PROFILE", "nobody")], CREDENTIALS, CONFIG);
        assert_eq!(nobody.credentials().unwrap_err().code, FaultCode::CredentialMissing);
        assert_eq!(Environment::default().credentials().unwrap_err().code, FaultCode::CredentialMissing);
        assert!(!format!("{:?}", nobody.credentials()).contains("s3="));
    }

    #[test]
    fn one_file_may_be_both_and_a_larger_one_than_is_read_is_refused() {
        let (home, mut work) = environment(&[("AWS_PROFILE", "work")], CREDENTIALS, "");
        let path = home.path().join(".aws/credentials");
        for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            work.variables.insert(variable.to_owned(), path.to_str().unwrap().to_owned());
        }
        assert_eq!(work.credentials().unwrap().id, "WORK");
        let bytes = usize::try_from(FILE_BYTES_MAX).unwrap();
        std::fs::write(&path, format!("{CREDENTIALS}{}", "#\n".repeat(bytes / 2))).unwrap();
        assert_eq!(work.credentials().unwrap_err().code, FaultCode::FileUnreadable);
    }

    #[test]
    fn a_secret_is_in_no_debug() {
        let text = format!("{:?}", credentials("ID", "hush", Some("hush")));
        assert_eq!(text, "credentials ID");
    }
}
