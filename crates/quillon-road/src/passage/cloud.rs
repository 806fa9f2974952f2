//! Cloud calls.

use quillon_base::{Fault, FaultCode};
use quillon_cloud_api::{CloudCall, CloudReply};
use quillon_contract::{EffectKind, ResourceForm};

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, CLOUD_OPERATION, done};

impl Passage {
    /// Makes one cloud call.
    ///
    /// # Errors
    /// `cloud.unconfigured`, `policy.refused`, `cloud.failed`.
    pub async fn call_cloud(&self, call: CloudCall) -> Result<CloudReply, Fault> {
        let Some(cloud) = &self.road.cloud else {
            return Err(Fault::new(FaultCode::CloudUnconfigured, "no cloud account is configured")
                .hint("this build has no cloud adapter yet"));
        };
        self.refuse_redacted(&call.parameters.to_string())?;
        let line = format!("{}:{} in {}", call.service, call.operation, call.region);
        let operation = format!("{}:{}", call.service, call.operation);
        let keys = [(CLOUD_OPERATION, operation.as_str()), ("aws:RequestedRegion", call.region.as_str())];
        let resource = facts::resource(&self.session, ResourceForm::CloudAccount, Some(cloud.account()));
        let effect = self
            .begin(About { kind: EffectKind::CallCloud, resource, arguments: &line, keys: &keys })
            .await?;
        let reply = cloud.call(effect.durable().await?, call.clone()).await;
        effect.finish(reply, |reply| done(1, reply.output.to_string().len() as u64))
    }
}
