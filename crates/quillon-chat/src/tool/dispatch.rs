//! The one way from a model's call to an effect.
//!
//! Every call gets exactly one result, whatever is wrong with it: what the model can mend is said in words that it can act
//! on, and only what stops the whole turn is a fault here. Calls that only read run side by side; whatever changes
//! something runs alone and in the model's order.

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use quillon_base::{Fault, FaultCode, FaultKind};
use quillon_contract::event::{ToolActivity, ToolState};
use quillon_contract::{EffectKind, Event};
use quillon_road::{Approval, OpenTool, ToolUse};
use quillon_text::{nearest, shorten};

use super::{Given, Hands, Image, Output, Prepared, Tool, find, names};
use crate::agent::{guidance, locked};
use crate::turn::stops;

/// The most calls of one answer that are carried out.
const CALLS_PER_STEP_MAX: usize = 32;
/// How many calls run side by side.
const PARALLEL_MAX: usize = 8;
/// How much of a result the person is shown, in bytes.
const SHOWN_BYTES_MAX: usize = 2_000;
/// How much of what a call is for goes into its line, in bytes.
const SUMMARY_BYTES_MAX: usize = 200;
/// No result is larger, whatever was chosen, in bytes.
const RESULT_BYTES_MAX: usize = 400 * 1024;

/// A call that the model wants carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The arguments with what was redacted put back: what is kept and told on.
    pub(crate) arguments: String,
    /// The arguments as they came: what is carried out.
    pub(crate) written: String,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) failed: bool,
    pub(crate) images: Vec<Image>,
    /// Whether something may have changed.
    pub(crate) changed: bool,
    /// Paths that were looked at or changed.
    pub(crate) paths: Vec<String>,
}

impl Done {
    fn failed(call: &Call, text: impl Into<String>) -> Self {
        let (images, paths) = (Vec::new(), Vec::new());
        Self { id: call.id.clone(), text: text.into(), failed: true, images, changed: false, paths }
    }
}

/// On which terms tools are used in this turn.
pub(crate) struct Terms {
    /// Tools that need no approval; `*` stands for all.
    pub(crate) trusted: Vec<String>,
    /// Whether nobody is there to approve.
    pub(crate) unattended: bool,
    /// How much of a result the model gets, in bytes.
    pub(crate) output_bytes_max: usize,
}

impl Terms {
    fn trusts(&self, tool: &str) -> bool {
        self.trusted.iter().any(|trusted| trusted == "*" || trusted == tool)
    }
}

/// Carries out the calls of one answer; the results are in their order.
///
/// # Errors
/// What stops the turn: it was cancelled, or nothing can be recorded any more.
pub(crate) async fn use_all(hands: &Hands<'_>, terms: &Terms, calls: &[Call]) -> Result<Vec<Done>, Fault> {
    let (now, beyond) = calls.split_at(calls.len().min(CALLS_PER_STEP_MAX));
    let mut results = Vec::with_capacity(calls.len());
    let groups = now.chunk_by(|one, next| only_reads(one) && only_reads(next));
    for calls in groups.flat_map(|group| group.chunks(PARALLEL_MAX)) {
        let running: Vec<BoxFuture<'_, _>> =
            calls.iter().map(|call| use_one(hands, terms, call).boxed()).collect();
        for done in join_all(running).await {
            results.push(done?);
        }
    }
    let too_many = format!(
        "an answer may hold up to {CALLS_PER_STEP_MAX} calls; this one of {} was not carried out. Call it again if it is \
         still needed",
        calls.len()
    );
    results.extend(beyond.iter().map(|call| Done::failed(call, too_many.clone())));
    Ok(results)
}

/// Whether a call can change nothing.
pub(crate) fn only_reads(call: &Call) -> bool {
    find(&call.name)
        .is_some_and(|tool| tool.effects().iter().all(|effect| *effect == EffectKind::ReadWorkspace))
}

async fn use_one(hands: &Hands<'_>, terms: &Terms, call: &Call) -> Result<Done, Fault> {
    let Some(tool) = find(&call.name) else {
        return Ok(Done::failed(call, unknown(&call.name)));
    };
    match attempt(hands, terms, call, tool).await {
        Ok(done) => Ok(done),
        Err(fault) if stops(&fault) => Err(fault),
        Err(fault) => {
            let state =
                if fault.kind() == FaultKind::Refused { ToolState::Refused } else { ToolState::Failed };
            show(hands, call, &fault.message, state, None).await?;
            Ok(Done::failed(call, told(&fault)))
        }
    }
}

async fn attempt(hands: &Hands<'_>, terms: &Terms, call: &Call, tool: &dyn Tool) -> Result<Done, Fault> {
    let name = tool.name();
    if !hands.passage.offers_tool(name, tool.effects()) {
        let wanted = ToolUse {
            tool: name,
            summary: name,
            effects: tool.effects(),
            path: None,
            programs: &[],
            approval: None,
        };
        // The refusal is recorded there. Should policy have changed its mind, the call is still not prepared.
        hands.passage.begin_tool(&wanted).await?.finish(Err(FaultCode::PolicyRefused))?;
        return Err(Fault::new(FaultCode::PolicyRefused, format!("policy does not allow `{name}` here")));
    }
    let given = Given::read(hands.passage, name, &call.written)?;
    let prepared = tool.prepare(hands, &given).await?;
    if let Some(patch) = &prepared.patch {
        hands.passage.say(Event::Patch(patch.clone())).await?;
    }
    let open = begin(hands, terms, tool, &prepared).await?;
    show(hands, call, &prepared.summary, ToolState::Started, None).await?;
    let acted = prepared.act.act(hands).await;
    let ended = acted.as_ref().map(|output| output.text.len()).map_err(|fault| fault.code);
    open.finish(ended)?;
    finish(hands, terms, call, tool, &prepared.summary, acted?).await
}

async fn begin(
    hands: &Hands<'_>,
    terms: &Terms,
    tool: &dyn Tool,
    prepared: &Prepared,
) -> Result<OpenTool, Fault> {
    let name = tool.name();
    let approval = prepared.approval.as_ref().map(|wanted| Approval {
        question: &wanted.question,
        resource: &wanted.resource,
        trust: wanted.trust.as_deref(),
        trusted: terms.trusts(name),
        unattended: terms.unattended,
    });
    let line = format!("{name}: {}", shorten(&prepared.summary, SUMMARY_BYTES_MAX));
    let wanted = ToolUse {
        tool: name,
        summary: &line,
        effects: tool.effects(),
        path: prepared.path.as_deref(),
        programs: &prepared.programs,
        approval,
    };
    hands.passage.begin_tool(&wanted).await
}

async fn finish(
    hands: &Hands<'_>,
    terms: &Terms,
    call: &Call,
    tool: &dyn Tool,
    summary: &str,
    mut output: Output,
) -> Result<Done, Fault> {
    // Before it is cut: a part of a key does not look like one.
    hands.passage.learn_secrets(&output.text);
    for event in std::mem::take(&mut output.events) {
        hands.passage.say(event).await?;
    }
    let state = if output.failed { ToolState::Failed } else { ToolState::Finished };
    show(hands, call, summary, state, Some(&output.text)).await?;
    let bytes_max = terms.output_bytes_max.min(RESULT_BYTES_MAX);
    let mut text = locked(hands.outputs).bounded(std::mem::take(&mut output.text), bytes_max);
    text.push_str(&guidance::nearest(hands, &output.paths).await?);
    let changed = tool.effects().contains(&EffectKind::WriteWorkspace);
    let Output { failed, images, paths, .. } = output;
    Ok(Done { id: call.id.clone(), text, failed, images, changed, paths })
}

async fn show(
    hands: &Hands<'_>,
    call: &Call,
    summary: &str,
    state: ToolState,
    output: Option<&str>,
) -> Result<(), Fault> {
    let activity = ToolActivity {
        id: call.id.clone(),
        tool: call.name.clone(),
        summary: shorten(summary, SUMMARY_BYTES_MAX).into_owned(),
        state,
        output: output
            .filter(|text| !text.is_empty())
            .map(|text| shorten(text, SHOWN_BYTES_MAX).into_owned()),
    };
    hands.passage.say(Event::Tool(activity)).await
}

fn unknown(name: &str) -> String {
    let all = names().collect::<Vec<_>>().join(", ");
    let shown = shorten(name, SUMMARY_BYTES_MAX);
    match nearest(name, names()) {
        Some(near) => format!("there is no tool `{shown}`; did you mean `{near}`? The tools are {all}"),
        None => format!("there is no tool `{shown}`. The tools are {all}"),
    }
}

/// A fault as a model reads it.
fn told(fault: &Fault) -> String {
    match &fault.hint {
        Some(hint) => format!("{} [{}]\nhint: {hint}", fault.message, fault.code),
        None => format!("{} [{}]", fault.message, fault.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_tool_is_answered_with_the_nearest() {
        assert!(unknown("fs_reed").contains("did you mean `fs_read`?"));
        assert!(
            unknown("launch_rocket")
                .starts_with("there is no tool `launch_rocket`. The tools are execute_bash")
        );
    }

    #[test]
    fn trust_is_by_name_or_for_all() {
        let trusts = |trusted: &[&str], tool| {
            let trusted = trusted.iter().map(|tool| (*tool).to_owned()).collect();
            Terms { trusted, unattended: false, output_bytes_max: 1 }.trusts(tool)
        };
        assert!(trusts(&["fs_write"], "fs_write") && trusts(&["*"], "execute_bash"));
        assert!(!trusts(&["fs_write"], "execute_bash") && !trusts(&["fs_*", ""], "fs_write"));
    }
}
