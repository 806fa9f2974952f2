//! Model calls.

use futures::StreamExt;
use quillon_audit::{EffectClosed, Spent};
use quillon_base::{DataClass, Fault, FaultCode, Region, Secret};
use quillon_contract::event::{Answerer, Notice};
use quillon_contract::{EffectKind, ResourceForm};
use quillon_model::{
    KEYS_GROUP, KEYS_MAX, KeptKey, KeyName, ModelCard, ModelEvent, ModelRequest, ModelStream,
    REQUEST_BYTES_MAX, StopReason, TokenUsage,
};
use quillon_privacy::Restorer;

use crate::facts;
use crate::models::{self, Known, Needs, Reason};
use crate::passage::Passage;
use crate::passage::effect::{About, OpenEffect, done};
use crate::session::locked;

/// A model's answer as it comes, with what was redacted put back. Dropping it cancels the call and closes its record.
pub struct ModelAnswer<'a> {
    passage: &'a Passage,
    card: &'a ModelCard,
    effect: Option<OpenEffect>,
    stream: ModelStream,
    restorer: Restorer,
    usage: TokenUsage,
    bytes: u64,
    /// Whether anything of an answer came.
    has_spoken: bool,
    /// The request, for another model, if this one fails before its first word.
    again: Option<Box<ModelRequest>>,
    /// The models that were asked, by their places.
    tried: Vec<usize>,
}

/// Which model answers an ask.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// Its place among those that may answer.
    place: Option<usize>,
    /// The place of which the asker was told.
    told: Option<usize>,
}

impl Passage {
    /// The model that would answer, where one is configured. Where the road chooses, it is the first that may; one that
    /// calls tools, if there is one.
    #[must_use]
    pub fn model_card(&self) -> Option<&ModelCard> {
        self.model_place().map(|place| self.road.models[place].card())
    }

    /// Whether the road chooses among several models.
    #[must_use]
    pub fn chooses_model(&self) -> bool {
        self.road.chooses_model
    }

    /// Whether a model that answers in `region` may be asked: it is the profile's, or one that is allowed beside it.
    #[must_use]
    pub fn may_answer_in(&self, region: &Region) -> bool {
        region == self.region() || self.road.model_regions.contains(region)
    }

    /// What keeps a model from being asked, as the end of a sentence.
    #[must_use]
    pub fn model_hindrance(&self, card: &ModelCard) -> Option<&'static str> {
        if !self.may_answer_in(&card.region) {
            return Some("its region is not allowed");
        }
        let keys = keys_of(card);
        let resource = facts::resource(&self.session, ResourceForm::Model, Some(card.id.as_str()));
        let about = About { kind: EffectKind::InvokeModel, resource, arguments: "", keys: &keys };
        self.is_refused(&about).then_some("policy does not allow it")
    }

    /// The model that is called, as records name it.
    pub(crate) fn called_model(&self) -> Option<Answerer> {
        self.model_card().map(answerer)
    }

    fn model_place(&self) -> Option<usize> {
        if self.road.models.is_empty() || !self.road.chooses_model {
            return (!self.road.models.is_empty()).then_some(0);
        }
        let mut choice = locked(&self.choice);
        if choice.place.is_none() {
            let with_tools = Needs { tools: true, ..Needs::default() };
            let found = self.choose(with_tools, &[]).0.or_else(|| self.choose(Needs::default(), &[]).0);
            // When nobody may be asked, the first is, and refused: so the reason is said and recorded.
            choice.place = found.or(Some(0));
        }
        choice.place
    }

    fn choose(&self, needs: Needs, tried: &[usize]) -> (Option<usize>, Vec<(usize, Reason)>) {
        models::choose(&self.road.models, needs, self.now(), |card| self.model_hindrance(card), tried)
    }

    /// Puts back what was redacted in this ask, for what stays in the workspace or with the person. No command and no
    /// cloud call takes the result; see [`Passage::run_shell`].
    #[must_use]
    pub fn restored(&self, text: &str) -> String {
        locked(&self.redactor).restored(text)
    }

    /// As [`Passage::restored`], within the texts of a JSON document.
    #[must_use]
    pub fn restored_json(&self, json: &str) -> String {
        locked(&self.redactor).restored_json(json)
    }

    /// Whether a text holds what stands for something that was redacted, or what looks like it.
    #[must_use]
    pub fn holds_placeholder(&self, text: &str) -> bool {
        locked(&self.redactor).holds_placeholder(text)
    }

    /// Notes what is a secret in a text of which parts may be sent, so that a part is recognised without the rest.
    pub fn learn_secrets(&self, text: &str) {
        locked(&self.redactor).learn(text);
    }

    /// A text as it may be kept for a later ask, which has learnt nothing: parts of secrets are cut out for good.
    #[must_use]
    pub fn without_parts_of_secrets(&self, text: &str) -> String {
        locked(&self.redactor).without_parts(text)
    }

    /// Sends a request to the model, redacted. The record has begun; its flush overlaps with the model's thinking. Where
    /// the road chooses among several, one that fails before its first word is followed by the next.
    ///
    /// # Errors
    /// `model.unknown` when none is configured, `region.refused`, `policy.refused`, `input.invalid` when it is too large.
    pub async fn ask_model(&self, request: ModelRequest) -> Result<ModelAnswer<'_>, Fault> {
        let bytes = request.text_bytes();
        if bytes > REQUEST_BYTES_MAX {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("a model request of {bytes} bytes is too large"),
            )
            .hint(format!("it may hold up to {REQUEST_BYTES_MAX} bytes")));
        }
        let Some(place) = self.model_place() else {
            return Err(Fault::new(FaultCode::ModelUnknown, "no model is configured")
                .hint("see `quillon model list`"));
        };
        let place = if self.road.chooses_model { self.fitting(place, &request).await? } else { place };
        self.ask_at(place, request, Vec::new()).await
    }

    /// The model in its place, or the first that can do what the request asks for. Tells the asker which one it is.
    async fn fitting(&self, place: usize, request: &ModelRequest) -> Result<usize, Fault> {
        let needs = Needs::of(request);
        let (found, left_out) = self.choose(needs, &[]);
        let others: Vec<usize> = (0..self.road.models.len()).filter(|other| *other != place).collect();
        // Who began to answer goes on, as long as it can: an answer has one voice.
        let stays = locked(&self.choice).told == Some(place) && self.choose(needs, &others).0.is_some();
        let place = if stays { place } else { found.unwrap_or(place) };
        let is_new = {
            let mut choice = locked(&self.choice);
            choice.place = Some(place);
            choice.told.replace(place) != Some(place)
        };
        if is_new {
            self.say(Notice::info(self.said_choice(place, &left_out))).await?;
        }
        Ok(place)
    }

    fn said_choice(&self, place: usize, left_out: &[(usize, Reason)]) -> String {
        let card = self.road.models[place].card();
        let mut said = format!("model `{}` in `{}` is asked", card.id, card.region);
        for (place, reason) in left_out {
            said.push_str(&format!("; not `{}`: {reason}", self.road.models[*place].card().id));
        }
        said
    }

    async fn ask_at(
        &self,
        place: usize,
        mut request: ModelRequest,
        mut tried: Vec<usize>,
    ) -> Result<ModelAnswer<'_>, Fault> {
        let known = &self.road.models[place];
        let card = known.card();
        let keys = keys_of(card);
        let resource = facts::resource(&self.session, ResourceForm::Model, Some(card.id.as_str()));
        let about = |arguments| About { kind: EffectKind::InvokeModel, resource, arguments, keys: &keys };
        if !self.may_answer_in(&card.region) {
            let fault = self.answers_elsewhere(card);
            return Err(self.refused_by("region", &about("it answers in another region"), fault).await);
        }
        tried.push(place);
        let again = (self.road.chooses_model && self.road.models.len() > tried.len())
            .then(|| Box::new(request.clone()));
        request.model = card.id.clone();
        request.region = card.region.clone();
        let by = if self.road.chooses_model { ", chosen by `auto`" } else { "" };
        let arguments = format!("{} bytes{by}", request.text_bytes());
        let redacted = {
            let mut redactor = locked(&self.redactor);
            let request = redactor.request(request);
            (!redactor.is_full()).then(|| (request, redactor.restorer()))
        };
        let Some((request, restorer)) = redacted else {
            return Err(self.refused_by("redaction", &about("it holds too many secrets"), too_many()).await);
        };
        let effect = self.begin(about(&arguments)).await?;
        self.tally().answerer = self.called_model();
        let stream = match &known.key {
            None => known.gate.stream(effect.begun(), request),
            Some(name) => match self.kept_key(name).await {
                Ok(key) => known.gate.stream_with_key(effect.begun(), request, key),
                Err(fault) => Box::pin(futures::stream::iter([Err(fault)])),
            },
        };
        Ok(ModelAnswer {
            passage: self,
            card,
            effect: Some(effect),
            stream,
            restorer,
            usage: TokenUsage::default(),
            bytes: 0,
            has_spoken: false,
            again,
            tried,
        })
    }

    /// A key that the asker keeps in the vault. The model call that it is for is what is decided and recorded.
    async fn kept_key(&self, name: &KeyName) -> Result<Secret<String>, Fault> {
        // With room for what a crash left behind while one replaced another.
        let kept = self.read::<KeptKey>(DataClass::Credential, Some(KEYS_GROUP), 2 * KEYS_MAX).await?;
        let found = kept.iter().find(|kept| kept.value.name == *name).map(|kept| kept.value.secret());
        found.ok_or_else(|| {
            Fault::new(FaultCode::CredentialMissing, format!("the vault holds no key `{name}` of yours"))
                .hint(format!("keep it with `quillon model key set {name}`"))
        })
    }

    fn answers_elsewhere(&self, card: &ModelCard) -> Fault {
        let (model, region) = (&card.id, &card.region);
        let message = format!("model `{model}` answers in region `{region}`");
        Fault::new(FaultCode::RegionRefused, message).hint(format!(
            "your data rests in `{}`; choose a model there, or let models answer in `{region}`: `regions` in `models.json`",
            self.region()
        ))
    }
}

/// The condition keys of a model call.
fn keys_of(card: &ModelCard) -> [(&'static str, &str); 2] {
    [("quillon:Model", card.id.as_str()), ("aws:RequestedRegion", card.region.as_str())]
}

/// Whether another model may do better: this one is not there, or does not let the asker in.
const fn is_of_the_endpoint(code: FaultCode) -> bool {
    matches!(
        code,
        FaultCode::CredentialMissing
            | FaultCode::ModelBusy
            | FaultCode::ModelFailed
            | FaultCode::ModelKeyRefused
            | FaultCode::ModelUnknown
            | FaultCode::NetworkBroken
            | FaultCode::NetworkCertificate
            | FaultCode::NetworkNameUnknown
            | FaultCode::NetworkProxy
            | FaultCode::NetworkRedirected
            | FaultCode::NetworkTimedOut
            | FaultCode::NetworkTls
            | FaultCode::NetworkUnreachable
    )
}

/// More secrets than a redactor remembers: a part of one that is not remembered could leave.
fn too_many() -> Fault {
    let message =
        format!("there are more than {} secrets in what this would send", quillon_privacy::KNOWN_MAX);
    Fault::new(FaultCode::PolicyRefused, message)
        .hint("name fewer files, or keep the files that hold them out with `.amazonqignore`")
}

const fn stop_name(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Finished => "it had said all",
        StopReason::ToolUse => "it wants tools",
        StopReason::LengthLimit => "it reached its limit",
        StopReason::Filtered => "its provider filtered it",
    }
}

fn answerer(card: &ModelCard) -> Answerer {
    if card.provider == "script" {
        return Answerer::Script { name: card.id.to_string() };
    }
    Answerer::Model {
        model: card.id.to_string(),
        provider: card.provider.clone(),
        region: card.region.clone(),
    }
}

impl ModelAnswer<'_> {
    /// What the provider counted so far.
    #[must_use]
    pub const fn usage(&self) -> TokenUsage {
        self.usage
    }

    /// The model that answers.
    #[must_use]
    pub const fn card(&self) -> &ModelCard {
        self.card
    }

    /// The next piece; `None` after the end.
    ///
    /// # Errors
    /// What the adapter reports; the call is over then.
    pub async fn next(&mut self) -> Result<Option<ModelEvent>, Fault> {
        loop {
            if self.effect.is_none() {
                return Ok(None);
            }
            let ended = || Fault::new(FaultCode::ModelFailed, "the model's answer ended before its end");
            let piece = self.stream.next().await.unwrap_or_else(|| Err(ended()));
            if piece.is_ok() && !matches!(piece, Ok(ModelEvent::Usage(_))) {
                self.has_spoken = true;
                self.known().note_well();
            }
            match piece {
                Err(fault) => {
                    self.close(EffectClosed::failed(fault.code))?;
                    self.go_elsewhere(fault).await?;
                }
                Ok(ModelEvent::Text { text }) => {
                    self.bytes += text.len() as u64;
                    let text = self.restorer.feed(&text);
                    if !text.is_empty() {
                        return Ok(Some(ModelEvent::Text { text }));
                    }
                }
                Ok(ModelEvent::Usage(usage)) => {
                    self.usage = usage;
                }
                Ok(ModelEvent::Stop { reason }) => {
                    let rest = self.restorer.finish();
                    if !rest.is_empty() {
                        // The end comes again, after what the restorer held back.
                        self.stream = Box::pin(futures::stream::iter([Ok(ModelEvent::Stop { reason })]));
                        return Ok(Some(ModelEvent::Text { text: rest }));
                    }
                    let result = Some(format!("stopped: {}", stop_name(reason)));
                    self.close(EffectClosed { result, ..done(1, self.bytes) })?;
                    return Ok(Some(ModelEvent::Stop { reason }));
                }
                Ok(event) => return Ok(Some(event)),
            }
        }
    }

    fn known(&self) -> &Known {
        &self.passage.road.models[self.tried.last().copied().unwrap_or_default()]
    }

    /// Asks the next model, if this one failed before its first word and the road chooses; the fault otherwise.
    async fn go_elsewhere(&mut self, fault: Fault) -> Result<(), Fault> {
        if !is_of_the_endpoint(fault.code) {
            return Err(fault);
        }
        self.known().note_failed(self.passage.now());
        let Some(request) = self.again.take().filter(|_| !self.has_spoken) else {
            return Err(fault);
        };
        let (Some(place), _) = self.passage.choose(Needs::of(&request), &self.tried) else {
            return Err(fault);
        };
        let (failed, next) = (&self.card.id, self.passage.road.models[place].card());
        let said =
            format!("model `{failed}` does not answer: {fault}; `{}` in `{}` is asked", next.id, next.region);
        *locked(&self.passage.choice) = Choice { place: Some(place), told: Some(place) };
        self.passage.say(Notice::warning(said)).await?;
        *self = self.passage.ask_at(place, *request, std::mem::take(&mut self.tried)).await?;
        Ok(())
    }

    fn close(&mut self, closing: EffectClosed) -> Result<(), Fault> {
        let cost_microdollars = self.card.price.map(|price| price.microdollars(self.usage));
        let (input_tokens, output_tokens) = (self.usage.input, self.usage.output);
        let spent = Spent { unit: None, amount: 1, input_tokens, output_tokens, cost_microdollars };
        self.passage.tally().spend(&spent);
        match self.effect.take() {
            Some(effect) => effect.close(EffectClosed { spent: Some(spent), ..closing }),
            None => Ok(()),
        }
    }
}
