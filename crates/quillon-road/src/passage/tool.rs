//! Tools that a model uses: decided by name and by what they do, approved by the person, recorded either way.
//!
//! The record of a tool's use stands around those of its effects and says on whose word it was: policy's, the person's,
//! or that of a standing trust. A refusal is recorded before it is said, whoever refused. Start at
//! [`Passage::begin_tool`].

use quillon_audit::{Decided, EffectClosed};
use quillon_base::{Fault, FaultCode};
use quillon_contract::event::Expected;
use quillon_contract::{Answer, EffectKind, ResourceForm};

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, OpenEffect, done};
use crate::passage::host::SHELL;
use crate::session::locked;

/// One use of a tool.
#[derive(Clone, Debug)]
pub struct ToolUse<'a> {
    /// The tool.
    pub tool: &'a str,
    /// What it is used for, in a line.
    pub summary: &'a str,
    /// The effects that it will have on the workspace; each is decided before the person is asked.
    pub effects: &'a [EffectKind],
    /// The file that it is about, where there is one.
    pub path: Option<&'a str>,
    /// The programs that it runs, as far as they are known.
    pub programs: &'a [String],
    /// The approval that it needs; none without it.
    pub approval: Option<Approval<'a>>,
}

/// An approval that a tool needs.
#[derive(Clone, Debug)]
pub struct Approval<'a> {
    /// What the person is asked.
    pub question: &'a str,
    /// To what it would be done, as the person reads it.
    pub resource: &'a str,
    /// What is trusted for the rest of the session when the person says so. Without it no trust counts, and the person
    /// is asked each time.
    pub trust: Option<&'a str>,
    /// Whether the asker said beforehand that this tool needs no approval.
    pub trusted: bool,
    /// Whether nobody is there to answer.
    pub unattended: bool,
}

/// A tool at work. Dropped unfinished, its record says that it was cancelled.
pub struct OpenTool(OpenEffect);

impl OpenTool {
    /// Closes the record: how much the tool gave back, or how it failed.
    ///
    /// # Errors
    /// `audit.unavailable`.
    pub fn finish(self, result: Result<usize, FaultCode>) -> Result<(), Fault> {
        self.0.close(result.map_or_else(EffectClosed::failed, |bytes| done(1, bytes as u64)))
    }
}

impl Passage {
    /// Whether policy lets a model use this tool at all, so that one that is denied need not be offered. It records
    /// nothing; using the tool is decided again.
    #[must_use]
    pub fn offers_tool(&self, tool: &str, effects: &[EffectKind]) -> bool {
        let wanted = ToolUse { tool, summary: "", effects, path: None, programs: &[], approval: None };
        self.judge_tool(&wanted).1.is_none()
    }

    /// Decides the use of a tool, asks the person where that is needed, and records it.
    ///
    /// # Errors
    /// `policy.refused` when policy, the person, or the absence of a person says no; `cancelled` when the ask ends before
    /// there is an answer.
    pub async fn begin_tool(&self, wanted: &ToolUse<'_>) -> Result<OpenTool, Fault> {
        let (decided, refused) = self.judge_tool(wanted);
        if let Some(fault) = refused {
            self.record_tool_refused(wanted, decided).await?;
            return Err(fault);
        }
        let by = match &wanted.approval {
            None => None,
            Some(approval) => match self.approve(wanted, approval).await? {
                Ok(by) => Some(by),
                Err(Denied { by, fault }) => {
                    let decided = Decided { allowed: false, by: by.into(), ..decided };
                    self.record_tool_refused(wanted, decided).await?;
                    return Err(fault);
                }
            },
        };
        let line = match by {
            Some(by) => format!("{}; {by}", wanted.summary),
            None => wanted.summary.to_owned(),
        };
        self.begin_decided(&self.about_tool(wanted, &line, &keys(wanted)), decided).map(OpenTool)
    }

    async fn record_tool_refused(&self, wanted: &ToolUse<'_>, decided: Decided) -> Result<(), Fault> {
        self.record_refused(&self.about_tool(wanted, wanted.summary, &keys(wanted)), decided).await
    }

    /// The tool by its name, then everything that it would do; the first no counts.
    fn judge_tool(&self, wanted: &ToolUse<'_>) -> (Decided, Option<Fault>) {
        let keys = keys(wanted);
        let (decided, refused) = self.permitted(&self.about_tool(wanted, wanted.summary, &keys));
        if refused.is_some() {
            return (decided, refused);
        }
        let workspace = facts::resource(&self.session, ResourceForm::Workspace, None);
        let about = |kind, keys: &[(&str, &str)]| {
            self.permitted(&About { kind, resource: workspace.clone(), arguments: "", keys })
        };
        for &kind in wanted.effects {
            let found = match kind {
                EffectKind::RunCommand => {
                    let no = |program: &str| {
                        let found = about(kind, &[("quillon:CommandProgram", program)]);
                        found.1.is_some().then_some(found)
                    };
                    // Whatever a line names, it is the shell that runs it.
                    [SHELL].into_iter().chain(wanted.programs.iter().map(String::as_str)).find_map(no)
                }
                _ => Some(about(kind, wanted.path.map(|path| ("quillon:Path", path)).as_slice())),
            };
            if let Some((decided, Some(fault))) = found {
                return (decided, Some(fault));
            }
        }
        (decided, None)
    }

    fn about_tool<'a>(
        &self,
        wanted: &ToolUse<'_>,
        arguments: &'a str,
        keys: &'a [(&'a str, &'a str)],
    ) -> About<'a> {
        let resource = facts::resource(&self.session, ResourceForm::Tool, Some(wanted.tool));
        About { kind: EffectKind::CallTool, resource, arguments, keys }
    }

    /// On whose word a tool may be used; or who said no.
    async fn approve(
        &self,
        wanted: &ToolUse<'_>,
        approval: &Approval<'_>,
    ) -> Result<Result<&'static str, Denied>, Fault> {
        if let Some(trust) = approval.trust {
            if approval.trusted {
                return Ok(Ok("trusted by the asker for this ask"));
            }
            if locked(&self.session.trusted).contains(trust) {
                return Ok(Ok("trusted by the person for this session"));
            }
        }
        let tool = wanted.tool;
        if approval.unattended {
            let message = format!("`{tool}` needs an approval, and nobody is there to give it");
            let hint = match approval.trust {
                Some(_) => {
                    format!("run it in a terminal, or say with `--trust-tools {tool}` that it needs none")
                }
                None => "run it in a terminal; this is asked about whatever is trusted".to_owned(),
            };
            let fault = Fault::new(FaultCode::PolicyRefused, message).hint(hint);
            return Ok(Err(Denied { by: "nobody to approve", fault }));
        }
        let expected = Expected::Approval {
            action: tool.to_owned(),
            resource: approval.resource.to_owned(),
            may_trust: approval.trust.is_some(),
        };
        match self.question(approval.question, expected).await? {
            Answer::Approve => Ok(Ok("approved by the person")),
            Answer::Trust => {
                locked(&self.session.trusted).extend(approval.trust.map(str::to_owned));
                Ok(Ok("approved by the person, for this session"))
            }
            _ => {
                let message = format!("the person did not allow this use of `{tool}`");
                let fault = Fault::new(FaultCode::PolicyRefused, message)
                    .hint("do not repeat it; ask what to do instead, or go another way");
                Ok(Err(Denied { by: "person", fault }))
            }
        }
    }
}

/// Who said no, and how.
struct Denied {
    by: &'static str,
    fault: Fault,
}

fn keys<'a>(wanted: &ToolUse<'a>) -> Vec<(&'static str, &'a str)> {
    let path = wanted.path.map(|path| ("quillon:Path", path));
    path.into_iter().chain([("quillon:Tool", wanted.tool)]).collect()
}
