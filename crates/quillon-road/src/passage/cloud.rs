//! Cloud calls.

use std::borrow::Cow;

use quillon_base::{Fault, FaultCode};
use quillon_cloud_api::{CloudCall, CloudReply};
use quillon_contract::{EffectKind, ResourceForm};
use serde_json::Value;

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, CLOUD_OPERATION, done};

impl Passage {
    /// Makes one cloud call.
    ///
    /// # Errors
    /// `cloud.unconfigured`, `policy.refused` also for a call that holds what was redacted in this ask, `cloud.failed`.
    pub async fn call_cloud(&self, call: CloudCall) -> Result<CloudReply, Fault> {
        let Some(cloud) = &self.road.cloud else {
            return Err(Fault::new(FaultCode::CloudUnconfigured, "no cloud account is configured")
                .hint("this build has no cloud adapter yet"));
        };
        let line = format!("{}:{} in {}", call.service, call.operation, call.region);
        let operation = format!("{}:{}", call.service, call.operation);
        let keys = [(CLOUD_OPERATION, operation.as_str()), ("aws:RequestedRegion", call.region.as_str())];
        let resource = facts::resource(&self.session, ResourceForm::CloudAccount, Some(cloud.account()));
        let about = About { kind: EffectKind::CallCloud, resource, arguments: &line, keys: &keys };
        let mut texts = vec![Cow::Owned(call.parameters.to_string())];
        texts_in(&call.parameters, &mut texts);
        let effect = self.begin_without_redacted(about, &texts).await?;
        let reply = cloud.call(effect.durable().await?, call.clone()).await;
        effect.finish(reply, |reply| done(1, reply.output.to_string().len() as u64))
    }
}

/// The texts of a document as they are meant, without what JSON escapes in them.
fn texts_in<'v>(value: &'v Value, texts: &mut Vec<Cow<'v, str>>) {
    match value {
        Value::String(text) => texts.push(Cow::Borrowed(text)),
        Value::Array(values) => values.iter().for_each(|value| texts_in(value, texts)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            texts.push(Cow::Borrowed(name));
            texts_in(value, texts);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
