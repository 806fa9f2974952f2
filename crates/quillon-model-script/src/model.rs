//! The model that a script makes.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use quillon_base::{Fault, FaultCode, Region};
use quillon_model::{Model, ModelCard, ModelEvent, ModelId, ModelRequest, ModelStream};

use crate::script::{Reply, Script};

/// The window that a script claims, in tokens.
const WINDOW_TOKENS: u64 = 200_000;

/// A model that answers from a script.
#[derive(Debug)]
pub struct ScriptedModel {
    card: ModelCard,
    script: Script,
    next: Mutex<usize>,
}

impl ScriptedModel {
    /// Opens a script that stands for a model in `region`.
    ///
    /// # Errors
    /// `model.script_invalid`.
    pub fn open(path: &Path, region: Region) -> Result<Self, Fault> {
        Self::new(Script::open(path)?, region)
    }

    fn new(script: Script, region: Region) -> Result<Self, Fault> {
        let id = match &script.name {
            Some(name) => ModelId::new(format!("script:{name}")),
            None => ModelId::new("script"),
        };
        let id = id.map_err(|fault| Fault::new(FaultCode::ModelScriptInvalid, fault.message))?;
        let card = ModelCard::new(id, "script", region, WINDOW_TOKENS);
        Ok(Self { card, script, next: Mutex::new(0) })
    }

    fn reply(&self, request: &ModelRequest) -> Result<Reply, Fault> {
        if request.region != self.card.region {
            let (asked, here) = (&request.region, &self.card.region);
            return Err(Fault::new(
                FaultCode::RegionRefused,
                format!("the script answers in `{here}`, not in `{asked}`"),
            ));
        }
        if request.model != self.card.id {
            return Err(failed(format!("the script does not speak for `{}`", request.model)));
        }
        let reply = self.take().ok_or_else(|| failed("the script has no reply for this request"))?;
        let text = serde_json::to_string(request)
            .map_err(|error| Fault::internal("a model request is not JSON").inner(error))?;
        // As it stands in JSON, so that quotes and line ends are compared alike.
        let as_json = |expected: &str| serde_json::Value::from(expected).to_string();
        let is_missing = |expected: &&String| {
            !text.contains(as_json(expected).trim_start_matches('"').trim_end_matches('"'))
        };
        match reply.expects.iter().find(is_missing) {
            Some(missing) => Err(failed(format!("the script expected a request that holds `{missing}`"))),
            None => Ok(reply),
        }
    }

    fn take(&self) -> Option<Reply> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if self.script.repeat && *next == self.script.replies.len() {
            *next = 0;
        }
        let reply = self.script.replies.get(*next).cloned();
        *next += usize::from(reply.is_some());
        reply
    }
}

fn failed(message: impl Into<String>) -> Fault {
    Fault::new(FaultCode::ModelFailed, message).hint("a script answers only what it expects, in order")
}

impl Model for ScriptedModel {
    fn card(&self) -> &ModelCard {
        &self.card
    }

    fn stream(&self, request: ModelRequest) -> ModelStream {
        let reply = match self.reply(&request) {
            Ok(reply) => reply,
            Err(fault) => return Box::pin(futures::stream::iter([Err(fault)])),
        };
        let delay = Duration::from_millis(reply.delay_ms);
        let events = reply.events.into_iter().map(Ok::<ModelEvent, Fault>).chain(reply.fault.map(Err));
        Box::pin(futures::stream::iter(events).then(move |event| async move {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            event
        }))
    }
}

#[cfg(test)]
mod tests {
    use quillon_model::conformance;

    use super::*;

    const GREETING: &str = r#"{"version":1,"name":"greeting","repeat":true,"replies":[
        {"expects":["hello"],"delay_ms":1,"events":[
            {"type":"text","text":"hi"},{"type":"usage","input":1,"output":1},{"type":"stop","reason":"finished"}]},
        {"fault":{"code":"model.failed","message":"overloaded"}}]}"#;

    fn model(script: &str) -> ScriptedModel {
        ScriptedModel::new(Script::parse(script).unwrap(), Region::device()).unwrap()
    }

    async fn answer(model: &ScriptedModel, text: &str) -> Vec<Result<ModelEvent, Fault>> {
        model.stream(conformance::request(model, text)).collect().await
    }

    #[tokio::test]
    async fn conforms() {
        conformance::check(&model(GREETING)).await;
    }

    #[tokio::test]
    async fn answers_in_order_and_only_what_it_expects() {
        let model = model(GREETING);
        assert_eq!(model.card().id.as_str(), "script:greeting");
        assert_eq!(answer(&model, "say \"hello\"").await.len(), 3);
        assert_eq!(answer(&model, "x").await[0].as_ref().unwrap_err().message, "overloaded");
        let unexpected = answer(&model, "goodbye").await;
        assert!(unexpected[0].as_ref().unwrap_err().message.contains("holds `hello`"), "{unexpected:?}");
    }

    #[tokio::test]
    async fn a_script_that_is_over_fails() {
        let model = model(r#"{"version":1,"replies":[]}"#);
        assert_eq!(answer(&model, "x").await[0].as_ref().unwrap_err().code, FaultCode::ModelFailed);
    }
}
