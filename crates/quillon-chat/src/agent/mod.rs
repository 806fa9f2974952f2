//! The loop that every agentic turn takes: plan, act, observe, until the model has nothing more to call.
//!
//! ```text
//! question ─► [budget, room] ─► model ─► calls? ─no─► answer
//!                  ▲                       │ yes
//!                  └── kept ◄── results ◄── dispatcher (decided, approved, recorded)
//! ```
//!
//! Invariants: every model call and every effect is decided again by the road; what is kept is a valid transcript at every
//! moment; no loop is without a limit. Start at [`answer`].

mod compaction;
pub(crate) mod guidance;
mod prompt;
mod repeats;
mod spend;
pub(crate) mod steps;
pub(crate) mod transcript;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use quillon_base::Fault;
use quillon_contract::ask::ChatAsk;
use quillon_contract::event::Notice;
use quillon_model::{
    Message, ModelCard, ModelEvent, ModelRequest, Part, RequestOptions, Role, StopReason, ToolSpec,
};
use quillon_road::Passage;

use crate::answer::{Answer, reference};
use crate::context::{Context, Given};
use crate::explain::BYTES_PER_TOKEN;
use crate::kept::Turn;
use crate::selection::{self, Selection};
use crate::tool::{Call, Done, Hands, Outputs, Terms, Todo, only_reads, specs, use_all};
use crate::workspace::Workspace;
use crate::{asked, knowledge};

use compaction::{Cut, FILL_PERCENT, Pinned};
pub(crate) use guidance::Guidance;
use prompt::Room;
use repeats::Repeats;
use spend::{Budget, Gauge, request_bytes};
use steps::Steps;

/// The most tokens of one answer; of a small window a quarter.
const OUTPUT_TOKENS_MAX: u32 = 8_192;
/// The most tokens of a summary.
const SUMMARY_TOKENS_MAX: u32 = 1_500;
/// The most calls of one answer that are listened to. Beyond it the model has lost its way.
const CALLS_HEARD_MAX: usize = 1_000;
/// Earlier turns take at most so much, in bytes.
const EARLIER_BYTES_MAX: u64 = 256 * 1024;

/// Standing instructions.
pub(crate) const SYSTEM: &str = include_str!("system.md");
/// Instructions for a summary.
const SUMMARY: &str = include_str!("summary.md");

/// The most tokens that this model writes at once.
fn output_tokens_max(card: &ModelCard) -> u32 {
    u32::try_from(card.window_tokens / 4).unwrap_or(u32::MAX).clamp(1, OUTPUT_TOKENS_MAX)
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a turn is taken with.
pub(crate) struct Asked<'a> {
    pub(crate) ask: &'a ChatAsk,
    pub(crate) context: &'a Context,
    pub(crate) before: &'a [Turn],
}

/// Answers through the model, with tools. What was said and done is in `answer`, also when this fails.
pub(crate) async fn answer(
    passage: &Passage,
    answer: &mut Answer<'_>,
    steps: &mut Steps,
    asked: &Asked<'_>,
    workspace: &Workspace,
) -> Result<(), Fault> {
    let Some(card) = passage.model_card() else {
        return Err(Fault::internal("a model was to answer and there is none"));
    };
    let (question, context) = (&asked.ask.prompt, asked.context);
    let room = Room::of(card, question, context)?;
    let query = asked::query(question, context, asked.before);
    let known = knowledge::beside(passage, answer, asked.ask.agent.as_deref(), &query).await?;
    let known_text = prompt::known(&known);
    let left = room.passages_tokens().saturating_sub(known_text.len() / BYTES_PER_TOKEN as usize);
    let Selection { hits, chosen } = selection::select(workspace, &query, context, left);
    // All of each file, of which only a passage goes along: the middle of a key does not look like one.
    let files: BTreeSet<&str> = hits.iter().map(|hit| hit.path).collect();
    files
        .into_iter()
        .filter_map(|path| workspace.index.text(path))
        .for_each(|text| passage.learn_secrets(text));
    answer.is_about(&hits);
    let guidance = Guidance::read(passage, room.bytes() / 4).await?;
    let pinned = prompt::pinned(question, context);
    let told = prompt::told(question, context, &hits, &known_text);
    let head = prompt::environment(passage) + guidance.root();
    let mut history = transcript::earlier(asked.before, EARLIER_BYTES_MAX.min(room.bytes() as u64 / 2));
    let read = selection::of_context(context).into_iter().chain(chosen).chain(selection::of_turns(&history));
    let read = read.chain(selection::of_guidance(guidance.root()));
    read.for_each(|chosen| answer.chose(chosen));
    history.push(transcript::says(Role::User, told));
    prompt::put_first(&mut history, &head);
    answer.transcript = vec![transcript::says(Role::User, question.clone())];
    let last = asked.before.last();
    let plan = last.and_then(|turn| turn.plan.clone()).unwrap_or_default();
    // Of a turn that was cut off the work goes on, with the files that it had open.
    let cut_off = last.filter(|turn| turn.fault.is_some());
    let changed = cut_off.map(|turn| transcript::changed_files(&turn.transcript)).unwrap_or_default();
    let settings = passage.settings();
    let terms = Terms {
        trusted: asked.ask.trusted_tools.clone(),
        unattended: asked.ask.unattended,
        output_bytes_max: settings.number("quillon.chat.toolOutput").unsigned_abs() as usize,
    };
    let mut run = Run {
        passage,
        card,
        tools: if card.features.tools { specs(passage) } else { Vec::new() },
        call_ids: transcript::call_ids(&history),
        history,
        head,
        pinned,
        changed,
        gauge: Gauge::default(),
        budget: Budget::of(settings, card, output_tokens_max(card), last),
        repeats: Repeats::default(),
        plan: Mutex::new(plan),
        outputs: Mutex::new(Outputs::of_turn(last.map_or(0, |last| last.number + 1))),
        guidance: Mutex::new(guidance),
    };
    let ended = run.go_to_the_end(answer, steps, &terms, workspace).await;
    let plan = locked(&run.plan).clone();
    answer.plan = transcript::plan_for_later(passage, &plan);
    ended?;
    for reference in context.files.iter().filter_map(Given::reference) {
        answer.reference(reference).await?;
    }
    for reference in hits.iter().map(reference).chain(known) {
        answer.reference(reference).await?;
    }
    Ok(())
}

/// A turn under way.
struct Run<'a> {
    passage: &'a Passage,
    card: &'a ModelCard,
    tools: Vec<ToolSpec>,
    /// What the model is sent.
    history: Vec<Message>,
    /// What stands before everything else.
    head: String,
    /// The question with what was handed over, as far as there is room, for when the beginning is summed up.
    pinned: String,
    /// The ids of all calls of the conversation.
    call_ids: BTreeSet<String>,
    /// Files that were changed.
    changed: Vec<String>,
    gauge: Gauge,
    budget: Budget,
    repeats: Repeats,
    plan: Mutex<Todo>,
    outputs: Mutex<Outputs>,
    guidance: Mutex<Guidance>,
}

/// What the model said in one step.
#[derive(Default)]
struct Heard {
    text: String,
    /// Blocks of reasoning that the provider wants to see again.
    thought: Vec<Part>,
    /// The block under way.
    thinking: String,
    calls: Vec<Call>,
    unheard: usize,
    stop: Option<StopReason>,
}

impl Run<'_> {
    async fn go_to_the_end(
        &mut self,
        answer: &mut Answer<'_>,
        steps: &mut Steps,
        terms: &Terms,
        workspace: &Workspace,
    ) -> Result<(), Fault> {
        loop {
            self.make_room().await?;
            let heard = self.ask(answer).await;
            answer.spent = self.budget.spent();
            let heard = heard?;
            if heard.calls.is_empty() {
                return self.finish(answer, &heard).await;
            }
            let may_change = heard.calls.iter().any(|call| !only_reads(call));
            if may_change {
                let plan = locked(&self.plan).clone();
                steps.keep(self.passage, &answer.transcript, &plan, self.budget.spent()).await?;
            }
            let mut results = {
                let hands = Hands {
                    passage: self.passage,
                    workspace,
                    outputs: &self.outputs,
                    plan: &self.plan,
                    guidance: &self.guidance,
                };
                use_all(&hands, terms, &heard.calls).await?
            };
            let going_on = self.repeats.note(&heard.calls, &mut results);
            self.note_changes(&results);
            self.say_what_was_unheard(&heard, &mut results);
            let gave = transcript::gave(&results);
            // A picture is looked at once; it would fill every request after it.
            transcript::forget_pictures(&mut self.history);
            self.history.push(gave.clone());
            answer.transcript.push(gave);
            let plan = locked(&self.plan).clone();
            steps.keep(self.passage, &answer.transcript, &plan, self.budget.spent()).await?;
            going_on?;
        }
    }

    /// Sends what there is and hears the answer. What was said is in the transcript, also when it broke off.
    async fn ask(&mut self, answer: &mut Answer<'_>) -> Result<Heard, Fault> {
        let request = self.next_request();
        let mut heard = Heard::default();
        let ended = self.hear(request, Some(answer), &mut heard).await;
        if ended.is_err() {
            // Calls of an answer that broke off may be half of what was meant.
            heard.calls.clear();
        }
        let said = transcript::called(&heard.thought, &heard.text, &heard.calls);
        if !said.parts.is_empty() {
            self.history.push(said.clone());
            answer.transcribe(said);
        }
        ended.map(|()| heard)
    }

    fn request(&self, system: &str, messages: Vec<Message>, output_tokens_max: u32) -> ModelRequest {
        // Every request of a turn begins like the one before it.
        let cache_key = Some(self.passage.ask_id().to_string());
        let options = RequestOptions { cache_key, ..RequestOptions::default() };
        ModelRequest { options, ..ModelRequest::new(self.card, system, messages, output_tokens_max) }
    }

    /// The next request of the turn.
    fn next_request(&self) -> ModelRequest {
        let request = self.request(SYSTEM, self.history.clone(), output_tokens_max(self.card));
        ModelRequest { tools: self.tools.clone(), ..request }
    }

    /// One model call within the budget, said as it comes where it is an answer.
    async fn hear(
        &mut self,
        request: ModelRequest,
        mut answer: Option<&mut Answer<'_>>,
        heard: &mut Heard,
    ) -> Result<(), Fault> {
        let bytes = request_bytes(&request);
        let estimated = self.gauge.tokens(bytes);
        self.budget.check(estimated)?;
        let step = self.budget.begin();
        if let Some(answer) = answer.as_deref_mut() {
            // Should it be stopped, what it was to cost is spent.
            answer.spent = self.budget.spent_with(estimated);
        }
        let mut stream = self.passage.ask_model(request).await?;
        let mut is_first = true;
        let ended = loop {
            let event = match stream.next().await {
                Ok(Some(event)) => event,
                Ok(None) => break Ok(()),
                Err(fault) => break Err(fault),
            };
            match event {
                ModelEvent::Text { text } => {
                    heard.text.push_str(&text);
                    if let Some(answer) = answer.as_deref_mut() {
                        if std::mem::take(&mut is_first) && !answer.text.is_empty() {
                            answer.text("\n\n").await?;
                        }
                        answer.text(text).await?;
                    }
                }
                ModelEvent::ToolCall { id, name, arguments } => {
                    heard.take(self.passage, &mut self.call_ids, ModelCall { id, name, arguments, step })
                }
                ModelEvent::Stop { reason } => heard.stop = Some(reason),
                ModelEvent::Reasoning { text, seal } => heard.think(&text, seal),
                // It is asked for at the end.
                ModelEvent::Usage(_) => {}
            }
        };
        let usage = stream.usage();
        // Another model may have taken over: what the next request may be and cost is by what that one is.
        if let Some(card) = self.passage.model_card() {
            self.card = card;
            self.budget.price = card.price;
        }
        let said = heard.text.len() + heard.calls.iter().map(|call| call.arguments.len()).sum::<usize>();
        self.gauge.learn(bytes, usage.input);
        self.budget.count(usage, estimated, said as u64, self.gauge);
        ended
    }

    /// Sums up the beginning when the next request would not fit.
    async fn make_room(&mut self) -> Result<(), Fault> {
        let window = self.card.window_tokens.saturating_sub(u64::from(output_tokens_max(self.card)))
            * FILL_PERCENT
            / 100;
        let request = self.next_request();
        if self.gauge.tokens(request_bytes(&request)) <= window {
            return Ok(());
        }
        let window_bytes = self.gauge.bytes(window) as u64;
        let Some(Cut { head, tail }) = compaction::cut(std::mem::take(&mut self.history), window_bytes)
        else {
            // There is nothing before the last step that could be summed up, so the step itself is what is too long.
            let beside = request_bytes(&ModelRequest { messages: Vec::new(), ..request.clone() });
            self.history = request.messages;
            transcript::fit(&mut self.history, window_bytes.saturating_sub(beside));
            return Ok(());
        };
        let summary = self.summary(&head, window_bytes / 2).await?;
        let plan = locked(&self.plan).clone();
        let pinned =
            Pinned { guidance: &self.head, question: &self.pinned, plan: &plan, changed: &self.changed };
        self.history = vec![pinned.with(&summary)];
        self.history.extend(tail);
        locked(&self.guidance).forgotten();
        let what = format!("the conversation grew beyond {window} tokens; its beginning was summed up");
        self.passage.say(Notice::info(what)).await
    }

    /// The model's summary, or an extract when it cannot give one.
    async fn summary(&mut self, head: &[Message], bytes_max: u64) -> Result<String, Fault> {
        let text = compaction::transcript_of(head, usize::try_from(bytes_max).unwrap_or(usize::MAX));
        let request = self.request(SUMMARY, vec![transcript::says(Role::User, text)], SUMMARY_TOKENS_MAX);
        let mut heard = Heard::default();
        match self.hear(request, None, &mut heard).await {
            Ok(()) if !heard.text.trim().is_empty() => Ok(compaction::bounded(&heard.text)),
            Ok(()) => Ok(compaction::extract(head)),
            Err(fault) if compaction::is_dispensable(&fault) => Ok(compaction::extract(head)),
            Err(fault) => Err(fault),
        }
    }

    fn note_changes(&mut self, results: &[Done]) {
        for path in results.iter().filter(|done| done.changed && !done.failed).flat_map(|done| &done.paths) {
            if !self.changed.contains(path) {
                self.changed.push(path.clone());
            }
        }
    }

    /// An answer that was cut off or ran away says so where the model sees it.
    fn say_what_was_unheard(&self, heard: &Heard, results: &mut [Done]) {
        let Some(last) = results.last_mut() else {
            return;
        };
        if heard.unheard > 0 {
            let calls = heard.unheard;
            last.text.push_str(&format!(
                "\n[{calls} more calls of this answer were not heard; call what is still needed]"
            ));
        }
        if heard.stop == Some(StopReason::LengthLimit) {
            last.text.push_str("\n[your answer reached its limit and was cut off; say less at once]");
        }
    }

    async fn finish(&self, answer: &mut Answer<'_>, heard: &Heard) -> Result<(), Fault> {
        let why = match heard.stop {
            Some(StopReason::LengthLimit) => Some("the model reached its limit and stopped in the middle"),
            Some(StopReason::Filtered) => Some("the provider filtered the answer"),
            Some(StopReason::ToolUse) => Some("the model asked for a tool and did not name one"),
            _ => None,
        };
        if let Some(why) = why {
            answer.aside(Notice::warning(why)).await?;
        }
        if heard.text.is_empty() {
            return answer.aside(Notice::warning("the model ended without saying anything")).await;
        }
        answer.text("\n").await
    }
}

impl Heard {
    /// Notes reasoning; a block without a seal is shown to nobody again.
    fn think(&mut self, text: &str, seal: Option<String>) {
        self.thinking.push_str(text);
        if seal.is_some() {
            let text = std::mem::take(&mut self.thinking);
            self.thought.push(Part::Reasoning { text, seal });
        }
    }

    /// Notes a call. What the model wrote is kept with what was redacted put back, so that it means the same to the next
    /// request, whose marks are others; what is carried out is what it wrote. A call without an id of its own gets one: some
    /// providers refuse a conversation in which two calls have the same, also in different turns.
    fn take(&mut self, passage: &Passage, taken: &mut BTreeSet<String>, call: ModelCall) {
        if self.calls.len() >= CALLS_HEARD_MAX {
            self.unheard += 1;
            return;
        }
        let ModelCall { id, name, arguments, step } = call;
        let mut id = id;
        let mut tries = self.calls.len();
        while id.is_empty() || taken.contains(&id) {
            tries += 1;
            id = format!("call_{step}_{tries}");
        }
        taken.insert(id.clone());
        let kept = passage.restored_json(&arguments);
        self.calls.push(Call { id, name, arguments: kept, written: arguments });
    }
}

/// A call as the model makes it, in which step.
struct ModelCall {
    id: String,
    name: String,
    arguments: String,
    step: u64,
}
