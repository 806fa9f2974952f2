//! Sending exported records to a destination: one recorded effect for the whole export, with a digest over what was
//! sent. What is signed for it is signed here, so that the key never leaves the road.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256, digest};
use quillon_audit::{AuditDurable, EffectClosed};
use quillon_base::{Fault, FaultCode, Region, hex};
use quillon_contract::{EffectKind, ResourceForm};
use quillon_sink::{CURSOR_BYTES_MAX, Destination, ObjectName, Parcel, Shape, Sink, SinkKind};
use quillon_vault::ExportKey;

use crate::facts;
use crate::gate::SinkGate;
use crate::passage::Passage;
use crate::passage::effect::{About, OpenEffect, done};

/// How long one call of a sink may take.
const SINK_CALL_MAX: Duration = Duration::from_secs(120);

/// A destination that may be sent to. Dropped unclosed, the effect is recorded as cancelled, with what was sent till then.
pub struct OpenSink<'p> {
    passage: &'p Passage,
    gate: SinkGate,
    effect: Option<OpenEffect>,
    parcels: u64,
    bytes: u64,
    sent: Context,
    key: Option<ExportKey>,
}

impl Passage {
    /// Opens a destination by its address. A region other than the profile's is refused; a laptop's profile has no region
    /// to hold to, so there the region is recorded and policies decide.
    ///
    /// # Errors
    /// `sink.unknown`, `region.refused`, `policy.refused`, `audit.unavailable`, and those of the destination's kind.
    pub async fn open_sink(&self, address: &str) -> Result<OpenSink<'_>, Fault> {
        let kind = self.road.sinks.iter().find(|kind| kind.takes(address));
        let unknown = || {
            let forms: Vec<_> = self.road.sinks.iter().map(|kind| format!("`{}`", kind.form())).collect();
            Fault::new(FaultCode::SinkUnknown, format!("nothing can be sent to `{address}`"))
                .hint(format!("destinations are of the form {}", forms.join(", ")))
        };
        let kind = Arc::clone(kind.ok_or_else(unknown)?);
        let gate = SinkGate::new(self.configured(&*kind, address).await?);
        let destination = gate.destination().clone();
        let region = destination.region.clone().unwrap_or_else(|| self.region().clone());
        let keys = [("aws:RequestedRegion", region.as_str()), ("quillon:Sink", destination.address.as_str())];
        let resource = facts::resource(&self.session, ResourceForm::Ledger, None);
        let stand_in = destination.host.as_ref().map(|host| format!(" at {host}")).unwrap_or_default();
        let arguments = format!("{} in {region}{stand_in}", destination.address);
        let about = About { kind: EffectKind::SendToSink, resource, arguments: &arguments, keys: &keys };
        if let Some(fault) = self.elsewhere(&destination, &region) {
            return Err(self.refused_by("region", &about, fault).await);
        }
        let effect = self.begin(about).await?;
        effect.durable().await?;
        let sent = Context::new(&SHA256);
        let effect = Some(effect);
        Ok(OpenSink { passage: self, gate, effect, parcels: 0, bytes: 0, sent, key: None })
    }

    /// The sink at an address. What has to be read of this machine for that is an effect of its own, recorded before.
    async fn configured(&self, kind: &dyn SinkKind, address: &str) -> Result<Arc<dyn Sink>, Fault> {
        let Some(what) = kind.reads() else {
            return kind.open(address);
        };
        let arguments = format!("{what}, for {address}");
        let resource = facts::resource(&self.session, ResourceForm::Settings, None);
        let about = About { kind: EffectKind::ReadSettings, resource, arguments: &arguments, keys: &[] };
        let effect = self.begin(about).await?;
        effect.durable().await?;
        effect.finish(kind.open(address), |_| done(1, 0))
    }

    /// Records rest in the profile's region, and nowhere else.
    fn elsewhere(&self, destination: &Destination, region: &Region) -> Option<Fault> {
        let own = self.region();
        if *own == Region::device() || region == own {
            return None;
        }
        let address = &destination.address;
        let fault = Fault::new(FaultCode::RegionRefused, format!("`{address}` lies in `{region}`"));
        Some(fault.hint(format!("records of this profile rest in `{own}`; choose a destination there")))
    }
}

impl OpenSink<'_> {
    /// Where it is.
    #[must_use]
    pub fn destination(&self) -> &Destination {
        self.gate.destination()
    }

    /// What it takes.
    #[must_use]
    pub fn takes(&self) -> Shape {
        self.gate.takes()
    }

    /// The cursor that was kept last. That of a sink which can keep none is a small file of Quillon's own.
    ///
    /// # Errors
    /// As [`Sink::cursor`](quillon_sink::Sink::cursor), `home.unusable`.
    pub async fn cursor(&self) -> Result<Option<Vec<u8>>, Fault> {
        let proof = self.proof().await?;
        if self.takes() == Shape::Requests {
            return self.passage.road.host.read_private(proof, &self.own_cursor());
        }
        self.in_time(self.gate.cursor(proof)).await
    }

    /// Keeps the cursor.
    ///
    /// # Errors
    /// As [`Sink::keep_cursor`](quillon_sink::Sink::keep_cursor), `home.unusable`.
    pub async fn keep_cursor(&self, cursor: &[u8]) -> Result<(), Fault> {
        if cursor.len() > CURSOR_BYTES_MAX {
            let bytes = cursor.len();
            return Err(Fault::internal("the cursor of an export is too large").inner(bytes));
        }
        let proof = self.proof().await?;
        if self.takes() == Shape::Requests {
            return self.passage.road.host.write_private(proof, &self.own_cursor(), cursor);
        }
        self.in_time(self.gate.keep_cursor(proof, cursor)).await
    }

    /// Delivers a parcel, and looks whether an object that was acknowledged is there.
    ///
    /// # Errors
    /// As [`Sink::deliver`](quillon_sink::Sink::deliver), `sink.lost`, `cancelled`.
    pub async fn deliver(&mut self, parcel: &Parcel) -> Result<(), Fault> {
        if self.passage.is_cancelled() {
            return Err(Fault::new(FaultCode::Cancelled, "the export was stopped"));
        }
        let proof = self.proof().await?;
        self.in_time(self.gate.deliver(proof, parcel)).await?;
        // It left, whatever the destination made of it.
        self.parcels += 1;
        match parcel {
            Parcel::Object(object) => self.note(&object.content),
            Parcel::Events(events) => events.iter().for_each(|event| self.note(event.message.as_bytes())),
            Parcel::Request(_, body) => self.note(body),
        }
        if let Parcel::Object(object) = parcel {
            let kept = self.in_time(self.gate.size_of(self.proof().await?, &object.name)).await?;
            let hint = "find out why it loses what it acknowledges, then run the export again";
            self.must_have(&object.name, object.content.len() as u64, kept, hint)?;
        }
        Ok(())
    }

    /// Sees that an object which was delivered earlier is still there.
    ///
    /// # Errors
    /// `sink.lost`, and those of the sink.
    pub async fn check(&self, name: &ObjectName, bytes: u64) -> Result<(), Fault> {
        let proof = self.proof().await?;
        let kept = self.in_time(self.gate.size_of(proof, name)).await?;
        let hint =
            "find out why it loses what it acknowledged, then send everything again with `--from-start`";
        self.must_have(name, bytes, kept, hint)
    }

    /// Signs a message with the key of this organisation's exports.
    ///
    /// # Errors
    /// `key.unusable`, `home.unusable`, `disk.full`.
    pub fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.key()?.sign(message)
    }

    /// What others check those signatures with, as the DER of PKCS#1.
    ///
    /// # Errors
    /// `key.unusable`, `home.unusable`, `disk.full`.
    pub fn public_key(&mut self) -> Result<Vec<u8>, Fault> {
        Ok(self.key()?.public_key())
    }

    /// Ends the effect: how many parcels and bytes were sent is recorded with a digest over all of them, also of an
    /// export that failed.
    ///
    /// # Errors
    /// `audit.unavailable`, and that of `result`.
    pub fn close(mut self, result: Result<(), Fault>) -> Result<u64, Fault> {
        let code = result.as_ref().err().map(|fault| fault.code);
        let closed = self.record_end(code);
        result.and(closed)?;
        Ok(self.bytes)
    }

    fn record_end(&mut self, failed: Option<FaultCode>) -> Result<(), Fault> {
        let Some(effect) = self.effect.take() else {
            return Ok(());
        };
        let digest = Some(hex(self.sent.clone().finish().as_ref()));
        let ended = failed.map_or_else(|| done(0, 0), EffectClosed::failed);
        effect.close(EffectClosed { count: self.parcels, bytes: self.bytes, digest, ..ended })
    }

    async fn proof(&self) -> Result<&AuditDurable, Fault> {
        let effect = self.effect.as_ref().ok_or_else(|| Fault::internal("the export has ended"))?;
        effect.durable().await
    }

    fn key(&mut self) -> Result<&ExportKey, Fault> {
        if self.key.is_none() {
            let principal = self.passage.principal();
            let key = self.passage.road.vault.export_key(&principal.organisation, &principal.region)?;
            self.key = Some(key);
        }
        self.key.as_ref().ok_or_else(|| Fault::internal("a key vanished"))
    }

    fn note(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.sent.update(bytes);
    }

    fn must_have(&self, name: &ObjectName, bytes: u64, kept: Option<u64>, hint: &str) -> Result<(), Fault> {
        if kept == Some(bytes) {
            return Ok(());
        }
        let address = &self.destination().address;
        let found = kept.map_or("nothing".to_owned(), |kept| format!("{kept} bytes"));
        Err(Fault::new(
            FaultCode::SinkLost,
            format!("`{address}` acknowledged `{name}` of {bytes} bytes and holds {found} of it"),
        )
        .hint(hint))
    }

    fn own_cursor(&self) -> String {
        let address = digest(&SHA256, self.destination().address.as_bytes());
        format!("export-{}.cursor", hex(&address.as_ref()[..8]))
    }

    async fn in_time<T>(&self, call: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let late = |_| {
            let (address, seconds) = (&self.destination().address, SINK_CALL_MAX.as_secs());
            Fault::new(FaultCode::TimedOut, format!("`{address}` did not answer within {seconds} seconds"))
                .hint("run the export again: it goes on where the destination's cursor stands")
        };
        tokio::time::timeout(SINK_CALL_MAX, call).await.map_err(late)?
    }
}

impl Drop for OpenSink<'_> {
    fn drop(&mut self) {
        // When the log has stopped there is nowhere to write it; the ask's own end says why.
        let _ = self.record_end(Some(FaultCode::Cancelled));
    }
}
