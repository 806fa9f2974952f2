//! Model calls.

use futures::StreamExt;
use quillon_audit::{EffectClosed, Spent};
use quillon_base::{Fault, FaultCode, Region};
use quillon_contract::event::Answerer;
use quillon_contract::{EffectKind, ResourceForm};
use quillon_model::{
    ModelCard, ModelEvent, ModelRequest, ModelStream, REQUEST_BYTES_MAX, StopReason, TokenUsage,
};
use quillon_privacy::Restorer;

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, OpenEffect, done};
use crate::session::locked;

/// A model's answer as it comes, with what was redacted put back. Dropping it cancels the call and closes its record.
pub struct ModelAnswer<'a> {
    passage: &'a Passage,
    effect: Option<OpenEffect>,
    stream: ModelStream,
    restorer: Restorer,
    usage: TokenUsage,
    bytes: u64,
}

impl Passage {
    /// The model that would answer, where one is configured.
    #[must_use]
    pub fn model_card(&self) -> Option<&ModelCard> {
        self.road.model.as_ref().map(crate::gate::ModelGate::card)
    }

    /// Whether a model that answers in `region` may be asked: it is the profile's, or one that is allowed beside it.
    #[must_use]
    pub fn may_answer_in(&self, region: &Region) -> bool {
        region == self.region() || self.road.model_regions.contains(region)
    }

    /// The model that is called, as records name it.
    pub(crate) fn called_model(&self) -> Option<Answerer> {
        self.road.model.as_ref().map(|model| answerer(model.card()))
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

    /// Notes what is a secret in a text of which parts may be sent, so that a part is recognised without the rest.
    pub fn learn_secrets(&self, text: &str) {
        locked(&self.redactor).learn(text);
    }

    /// A text as it may be kept for a later ask, which has learnt nothing: parts of secrets are cut out for good.
    #[must_use]
    pub fn without_parts_of_secrets(&self, text: &str) -> String {
        locked(&self.redactor).without_parts(text)
    }

    /// Sends a request to the model, redacted. The record has begun; its flush overlaps with the model's thinking.
    ///
    /// # Errors
    /// `model.unknown` when none is configured, `region.refused`, `policy.refused`, `input.invalid` when it is too large.
    pub async fn ask_model(&self, mut request: ModelRequest) -> Result<ModelAnswer<'_>, Fault> {
        let Some(model) = &self.road.model else {
            return Err(Fault::new(FaultCode::ModelUnknown, "no model is configured")
                .hint("see `quillon model list`"));
        };
        let card = model.card();
        let keys = [("quillon:Model", card.id.as_str()), ("aws:RequestedRegion", card.region.as_str())];
        let resource = facts::resource(&self.session, ResourceForm::Model, Some(card.id.as_str()));
        let about = |arguments| About { kind: EffectKind::InvokeModel, resource, arguments, keys: &keys };
        if !self.may_answer_in(&card.region) {
            let fault = self.answers_elsewhere(card);
            return Err(self.refused_by("region", &about("it answers in another region"), fault).await);
        }
        request.model = card.id.clone();
        request.region = card.region.clone();
        let bytes = request.text_bytes();
        if bytes > REQUEST_BYTES_MAX {
            return Err(Fault::new(
                FaultCode::InputInvalid,
                format!("a model request of {bytes} bytes is too large"),
            )
            .hint(format!("it may hold up to {REQUEST_BYTES_MAX} bytes")));
        }
        let (request, restorer) = {
            let mut redactor = locked(&self.redactor);
            let request = redactor.request(request);
            (request, redactor.restorer())
        };
        let arguments = format!("{bytes} bytes");
        let effect = self.begin(about(&arguments)).await?;
        self.tally().answerer = self.called_model();
        let stream = model.stream(effect.begun(), request);
        Ok(ModelAnswer {
            passage: self,
            effect: Some(effect),
            stream,
            restorer,
            usage: TokenUsage::default(),
            bytes: 0,
        })
    }
}

impl Passage {
    fn answers_elsewhere(&self, card: &ModelCard) -> Fault {
        let (model, region) = (&card.id, &card.region);
        let message = format!("model `{model}` answers in region `{region}`");
        Fault::new(FaultCode::RegionRefused, message).hint(format!(
            "your data rests in `{}`; choose a model there, or let models answer in `{region}`: `regions` in `models.json`",
            self.region()
        ))
    }
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
            match self.stream.next().await.unwrap_or_else(|| Err(ended())) {
                Err(fault) => {
                    self.close(EffectClosed::failed(fault.code))?;
                    return Err(fault);
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

    fn close(&mut self, closing: EffectClosed) -> Result<(), Fault> {
        let price = self.passage.model_card().and_then(|card| card.price);
        let cost_microdollars = price.map(|price| price.microdollars(self.usage));
        let (input_tokens, output_tokens) = (self.usage.input, self.usage.output);
        let spent = Spent { unit: None, amount: 1, input_tokens, output_tokens, cost_microdollars };
        self.passage.tally().spend(&spent);
        match self.effect.take() {
            Some(effect) => effect.close(EffectClosed { spent: Some(spent), ..closing }),
            None => Ok(()),
        }
    }
}
