//! Being a witness of other logs, and asking witnesses elsewhere about this one.

use std::time::Duration;

use quillon_audit::{
    AddCheckpoint, AuditDurable, Cosigned, Cosigner, EffectClosed, Heard, NoteKey, VerifierKey,
    WitnessAnswer, WitnessRefusal,
};
use quillon_base::{Fault, FaultCode};
use quillon_contract::{EffectKind, ResourceForm};

use crate::facts;
use crate::passage::Passage;
use crate::passage::effect::{About, OpenEffect, done};

/// How long a witness may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// A witness that saw another state says which, and is asked once more.
const REQUESTS_MAX: usize = 2;

impl Passage {
    /// Cosigns the checkpoint of another log as a witness, whose state is in `state`, beside the ledger without it.
    ///
    /// # Errors
    /// Why a witness does not cosign; `policy.refused` and `key.unusable` as its unavailability.
    pub async fn cosign(
        &self,
        request: &str,
        log_keys: &[String],
        state: Option<&str>,
    ) -> Result<Cosigned, WitnessRefusal> {
        let logs: Vec<VerifierKey> =
            log_keys.iter().map(|key| VerifierKey::parse(key)).collect::<Result<_, _>>()?;
        let request = AddCheckpoint::parse(request);
        let log = request.as_ref().map_or(logs.first(), |request| request.log_among(&logs)).cloned();
        let log =
            log.ok_or_else(|| Fault::new(FaultCode::KeyUnusable, "no log is given to be a witness of"))?;
        let origin = log.origin();
        let arguments = match state {
            Some(state) => format!("cosign {origin}, seen in {state}"),
            None => format!("cosign {origin}"),
        };
        let effect = self.change_ledger(&arguments).await?;
        let witness = self.road.log.witness(self.cosigner()?, state.map(Into::into));
        let now = self.now();
        // A refusal is an answer; only what the witness itself cannot do is a failure.
        let cosign = move |_: &AuditDurable| match request
            .and_then(|request| witness.add_checkpoint(&request, &log, now))
        {
            Err(WitnessRefusal::Unavailable(fault)) => Err(fault),
            judged => Ok(judged),
        };
        let closing = |judged: &Result<Cosigned, WitnessRefusal>| match judged {
            Ok(cosigned) => done(cosigned.size, 0),
            Err(refusal) => EffectClosed::failed(refusal.clone().fault().code),
        };
        effect.off_thread(cosign, closing).await?
    }

    /// The public keys of this road's witness, one for each algorithm.
    ///
    /// # Errors
    /// `key.unusable`.
    pub fn witness_keys(&self) -> Result<Vec<String>, Fault> {
        Ok(self.cosigner()?.keys().iter().map(ToString::to_string).collect())
    }

    /// Asks a witness elsewhere to cosign this road's own ledger; it is known by `keys`, all of which must have signed.
    /// What it says is judged as [`WitnessAnswer::judge`] does.
    ///
    /// # Errors
    /// `policy.refused`, `key.unusable`, `capability.unavailable`, `timed_out`, `input.invalid`, `network.*`, `witness.*`.
    pub async fn ask_witness(&self, address: &str, keys: &[String], since: u64) -> Result<Cosigned, Fault> {
        let keys: Vec<NoteKey> = keys.iter().map(|key| NoteKey::parse(key)).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(Fault::new(
                FaultCode::KeyUnusable,
                "a witness is known by its key, and none was given",
            )
            .hint("give what `quillon audit witness` prints on its machine"));
        }
        let resource = facts::resource(&self.session, ResourceForm::Ledger, None);
        // Without the query, which may hold a token.
        let shown = address.split('?').next().unwrap_or_default();
        let arguments = format!("a checkpoint to the witness at {shown}");
        let sent_to = [("quillon:Sink", shown)];
        let about = About { kind: EffectKind::SendToSink, resource, arguments: &arguments, keys: &sent_to };
        let effect = self.begin(about).await?;
        let heard = self.hear_witness(&effect, address, &keys, since).await;
        effect.finish(heard, |cosigned| done(cosigned.size, 0))
    }

    async fn hear_witness(
        &self,
        effect: &OpenEffect,
        address: &str,
        keys: &[NoteKey],
        since: u64,
    ) -> Result<Cosigned, Fault> {
        let mut view = self.read_ledger().await?;
        let mut old = since;
        for _ in 0..REQUESTS_MAX {
            let body = view.witness_request(old).await?;
            let checkpoint = AddCheckpoint::parse(&body).map_err(WitnessRefusal::fault)?.checkpoint;
            let answer = self.post_to_witness(effect, address, body).await?;
            match answer.judge(&checkpoint, keys)? {
                Heard::Cosigned(cosigned) => return Ok(cosigned),
                Heard::Saw(seen) => old = seen,
            }
        }
        Err(Fault::new(
            FaultCode::WitnessStale,
            "the witness says each time that it saw another state of this log",
        )
        .hint("another machine may be asking it about the same log; ask again"))
    }

    async fn post_to_witness(
        &self,
        effect: &OpenEffect,
        address: &str,
        body: String,
    ) -> Result<WitnessAnswer, Fault> {
        let unlinked =
            || Fault::new(FaultCode::CapabilityUnavailable, "this build reaches no witness elsewhere");
        let gate = self.road.witnesses.as_ref().ok_or_else(unlinked)?;
        let late = |_| {
            let seconds = ANSWER_MAX.as_secs();
            Fault::new(FaultCode::TimedOut, format!("the witness did not answer within {seconds} seconds"))
                .hint("ask again: what it cosigned it cosigns again")
        };
        let proof = effect.durable().await?;
        tokio::time::timeout(ANSWER_MAX, gate.add_checkpoint(proof, address, body)).await.map_err(late)?
    }

    fn cosigner(&self) -> Result<Cosigner, Fault> {
        let principal = &self.session.principal;
        Cosigner::new(&self.road.vault.ledger_seed(&principal.organisation, &principal.region)?)
    }
}
