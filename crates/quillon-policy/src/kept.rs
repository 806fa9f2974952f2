//! Policies as an organisation keeps them: a document under a name, and what it is attached to.
//!
//! [`assemble`] makes of them the set that governs one asker. Attached to a principal or a group a policy is one of the
//! asker's own; to a profile, a boundary of all who work under it; to a channel, a guardrail of what comes through it; to
//! the organisation, a control over everybody.

use quillon_base::{Fault, FaultCode};
use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::set::{Layer, PolicySet};

/// The version of [`KeptPolicy`] that this build writes.
const VERSION: u32 = 1;
/// The longest name of a policy, in bytes.
const NAME_BYTES_MAX: usize = 128;
/// The most things that one policy is attached to.
pub const ATTACHMENTS_MAX: usize = 100;

/// A policy, and what it governs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPolicy {
    version: u32,
    /// Its name.
    pub name: String,
    /// Its document, as it was handed over.
    pub document: String,
    /// What it is attached to: `principal/NAME`, `group/NAME`, `profile/NAME`, `channel/NAME` or `organisation`.
    pub attached: Vec<String>,
}

/// Whom a set is assembled for.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The principal.
    pub principal: &'a str,
    /// The groups that it belongs to.
    pub groups: &'a [String],
    /// The profile that it works under.
    pub profile: &'a str,
    /// The chat channel that it asks through, if it does; empty for one without a name, to which nothing is attached.
    pub channel: Option<&'a str>,
}

impl KeptPolicy {
    /// A policy that governs nothing yet.
    ///
    /// # Errors
    /// `input.invalid` for a name that cannot be one, `policy.invalid` with the place in the document.
    pub fn new(name: &str, document: &str) -> Result<Self, Fault> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(is_name) {
            return Err(Fault::new(FaultCode::InputInvalid, format!("`{name}` is not a policy name"))
                .hint("use letters, digits and `+=,.@_-`, at most 128 of them"));
        }
        Policy::parse(name, document)?;
        Ok(Self { version: VERSION, name: name.into(), document: document.into(), attached: Vec::new() })
    }

    /// Attaches it.
    ///
    /// # Errors
    /// `input.invalid` for what nothing can be attached to, and for one attachment too many.
    pub fn attach(&mut self, to: &str) -> Result<(), Fault> {
        let target = target(to)?;
        if !self.attached.contains(&target) {
            if self.attached.len() == ATTACHMENTS_MAX {
                let message = format!("`{}` is attached to {ATTACHMENTS_MAX} things already", self.name);
                return Err(Fault::new(FaultCode::InputInvalid, message).hint("attach it to a group instead"));
            }
            self.attached.push(target);
        }
        Ok(())
    }

    /// Takes an attachment away; says whether it was there.
    ///
    /// # Errors
    /// `input.invalid` for what nothing can be attached to.
    pub fn detach(&mut self, from: &str) -> Result<bool, Fault> {
        let target = target(from)?;
        let before = self.attached.len();
        self.attached.retain(|attached| *attached != target);
        Ok(self.attached.len() < before)
    }

    /// The policy, read.
    ///
    /// # Errors
    /// `policy.invalid`, also for one that a later version kept.
    pub fn policy(&self) -> Result<Policy, Fault> {
        if self.version != VERSION {
            let message = format!("policy `{}` was kept by a later version", self.name);
            return Err(
                Fault::new(FaultCode::PolicyInvalid, message).hint("update quillon; until then it denies")
            );
        }
        Policy::parse(&self.name, &self.document)
    }
}

/// What a policy is attached to, without the organisation's part of a resource name.
fn target(given: &str) -> Result<String, Fault> {
    let short = if given.starts_with("arn:") { given.rsplit(':').next().unwrap_or(given) } else { given };
    let is_organisation = short == "organisation" || short.starts_with("organisation/");
    let named = short.split_once('/').is_some_and(|(noun, name)| {
        matches!(noun, "principal" | "group" | "profile" | "channel")
            && !name.is_empty()
            && !name.contains(['/', '*'])
    });
    match (is_organisation, named) {
        (true, _) => Ok("organisation".to_owned()),
        (_, true) => Ok(short.to_owned()),
        _ => Err(Fault::new(FaultCode::InputInvalid, format!("nothing can be attached to `{given}`")).hint(
            "attach to `principal/NAME`, `group/NAME`, `profile/NAME`, `channel/NAME` or `organisation`",
        )),
    }
}

/// The set that governs an asker: `base`, and what is attached to it; in a channel also what no policy enables. It counts
/// as revision `revision`.
///
/// # Errors
/// `policy.invalid`: a policy that cannot be read denies everything, and says which.
pub fn assemble(
    base: &PolicySet,
    kept: &[KeptPolicy],
    asker: Asker<'_>,
    revision: u64,
) -> Result<PolicySet, Fault> {
    let mut set = PolicySet { revision, ..base.clone() };
    let mut identity = set.identity.to_vec();
    let (mut controls, mut guardrails) = (Vec::new(), Vec::new());
    for one in kept {
        for target in &one.attached {
            match target.split_once('/').unwrap_or((target, "")) {
                ("principal", name) if name == asker.principal => identity.push(one.policy()?),
                ("group", name) if asker.groups.iter().any(|group| group == name) => {
                    identity.push(one.policy()?);
                }
                ("profile", name) if name == asker.profile => set.boundaries.push(one.policy()?),
                ("channel", name) if asker.channel == Some(name) => guardrails.push(one.policy()?),
                ("organisation", _) => controls.push(one.policy()?),
                _ => {}
            }
        }
    }
    set.identity = identity.into();
    if !controls.is_empty() {
        set.controls.push(Layer::new("organisation", controls));
    }
    if let Some(channel) = asker.channel {
        set = set.in_channel(channel, guardrails);
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Context;
    use crate::decide::decide;
    use crate::set::Facts;

    const ALLOW_READ: &str = r#"{"Statement":[{"Effect":"Allow","Action":"quillon:Read*","Resource":"*"}]}"#;
    const DENY_RUN: &str =
        r#"{"Statement":[{"Effect":"Deny","Action":"quillon:RunCommand","Resource":"*"}]}"#;

    fn kept(name: &str, document: &str, to: &[&str]) -> KeptPolicy {
        let mut kept = KeptPolicy::new(name, document).unwrap();
        for to in to {
            kept.attach(to).unwrap();
        }
        kept
    }

    fn allows(kept: &[KeptPolicy], action: &str) -> bool {
        let groups = ["owner".to_owned()];
        let asker = Asker { principal: "ada", groups: &groups, profile: "local", channel: None };
        let set = assemble(&PolicySet::local_owner(), kept, asker, 7).unwrap();
        assert_eq!(set.revision, 7);
        let resource = "arn:quillon:q:device:local:workspace/x";
        decide(&set, &Facts { action, resource, context: &Context::new() }).allowed
    }

    #[test]
    fn an_attachment_governs_whom_it_names_and_only_takes_away_from_the_owner() {
        let run = "quillon:RunCommand";
        assert!(allows(&[], run));
        assert!(allows(&[kept("p", DENY_RUN, &[])], run), "what is attached to nothing governs nothing");
        for to in [
            "principal/ada",
            "group/owner",
            "profile/local",
            "organisation",
            "arn:quillon:q:device:local:principal/ada",
        ] {
            assert!(!allows(&[kept("p", DENY_RUN, &[to])], run), "{to}");
        }
        for to in ["principal/bob", "group/guests", "profile/other"] {
            assert!(allows(&[kept("p", DENY_RUN, &[to])], run), "{to}");
        }
        assert!(!allows(&[kept("p", ALLOW_READ, &["organisation"])], run), "a control has to allow");
        assert!(allows(&[kept("p", ALLOW_READ, &["principal/ada"])], run), "an own policy only adds");
        let both = [kept("p", ALLOW_READ, &["organisation"]), kept("q", DENY_RUN, &["organisation"])];
        assert!(allows(&both, "quillon:ReadStore"), "of one level, one has to allow");
    }

    #[test]
    fn a_guardrail_counts_in_its_channel_and_so_does_what_no_policy_enables() {
        let allow_all = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let kept = [
            kept("all", allow_all, &["principal/ada"]),
            kept("read", ALLOW_READ, &["channel/ops"]),
            kept("no-run", DENY_RUN, &["channel/dev", "arn:quillon:q:device:local:channel/build"]),
        ];
        let allows = |channel: Option<&str>, action: &str| {
            let asker = Asker { principal: "ada", groups: &[], profile: "local", channel };
            let set = assemble(&PolicySet::default(), &kept, asker, 1).unwrap();
            decide(&set, &Facts { action, resource: "*", context: &Context::new() }).allowed
        };
        let (read, run, keys) = ("quillon:ReadStore", "quillon:RunCommand", "kms:Decrypt");
        for (channel, expected) in [
            (None, [true, true, true]),
            (Some("ops"), [true, false, false]),
            // It only denies, so it leaves nothing in.
            (Some("dev"), [false, false, false]),
            (Some("build"), [false, false, false]),
            (Some("other"), [true, true, false]),
            (Some(""), [true, true, false]),
        ] {
            assert_eq!([read, run, keys].map(|action| allows(channel, action)), expected, "{channel:?}");
        }
    }

    #[test]
    fn what_cannot_be_kept_or_attached_is_refused() {
        let code = |made: Result<KeptPolicy, Fault>| made.unwrap_err().code;
        assert_eq!(code(KeptPolicy::new("", ALLOW_READ)), FaultCode::InputInvalid);
        assert_eq!(code(KeptPolicy::new("a/b", ALLOW_READ)), FaultCode::InputInvalid);
        assert_eq!(code(KeptPolicy::new("p", "{")), FaultCode::PolicyInvalid);
        let mut policy = kept("p", ALLOW_READ, &["principal/ada"]);
        for bad in [
            "",
            "everyone",
            "principal/",
            "principal/*",
            "channels/x",
            "channel/a/b",
            "arn:aws:iam::1:user/x/y",
        ] {
            assert!(policy.attach(bad).is_err(), "{bad}");
        }
        assert!(policy.detach("principal/ada").unwrap());
        assert!(!policy.detach("principal/ada").unwrap());
    }

    #[test]
    fn a_policy_of_a_later_version_denies_everything() {
        let later = KeptPolicy { version: 2, ..kept("p", ALLOW_READ, &["principal/ada"]) };
        let asker = Asker { principal: "ada", groups: &[], profile: "local", channel: None };
        assert!(assemble(&PolicySet::local_owner(), &[later], asker, 1).is_err());
    }
}
