//! Decides about each file of a bulk read, where the reading is done: on a thread that has no passage.
//!
//! Invariant: a bulk read hands over no file that reading it alone would refuse.

use std::sync::Arc;

use quillon_audit::{AuditDurable, Decided};
use quillon_base::Fault;
use quillon_contract::EffectKind;
use quillon_host::WorkspacePath;
use quillon_policy::{Context, Facts, PolicySet, Request, evaluate};

use crate::gate::FilesGate;
use crate::passage::Passage;

/// Decides about files by their paths.
pub(super) struct Each {
    policy: Arc<PolicySet>,
    resource: String,
    context: Context,
    refused: Refused,
}

/// What may not be read.
#[derive(Default)]
pub(super) struct Refused {
    count: usize,
    first: Option<WorkspacePath>,
}

impl Each {
    /// Whether a file may be read whose path has no link in it.
    pub(super) fn may_read(&mut self, path: &WorkspacePath) -> bool {
        let may = self.is_allowed(path);
        if !may {
            self.refused.count += 1;
            self.refused.first.get_or_insert_with(|| path.clone());
        }
        may
    }

    /// Whether a file may be read by its path and by where that leads.
    pub(super) fn may_follow(
        &mut self,
        files: &FilesGate,
        proof: &AuditDurable,
        path: &WorkspacePath,
    ) -> bool {
        // What leads nowhere is not read either, and the reading says why.
        let real = files.real_path(proof, path).ok().filter(|real| real != path);
        self.may_read(path) && real.is_none_or(|real| self.may_read(&real))
    }

    pub(super) fn into_refused(self) -> Refused {
        self.refused
    }

    fn is_allowed(&mut self, path: &WorkspacePath) -> bool {
        self.context.set("quillon:Path", path.as_str());
        let (action, resource) = (EffectKind::ReadWorkspace.action(), self.resource.as_str());
        let facts = Facts { action, resource, context: &self.context };
        evaluate(&self.policy, &Request::local(facts)).allowed
    }
}

impl Passage {
    /// What decides about each file that is read in bulk from now on.
    pub(super) fn each_file(&self) -> Each {
        let about = self.about_file(EffectKind::ReadWorkspace, "", &[]);
        let (policy, context) = (Arc::clone(&self.session.policy), self.context(&about));
        Each { policy, resource: about.resource, context, refused: Refused::default() }
    }

    /// Records, durably and once for all of them, which files a bulk read left out because they may not be read.
    pub(super) async fn record_left_out(&self, refused: Refused) -> Result<(), Fault> {
        let Some(first) = refused.first else { return Ok(()) };
        let keys = [("quillon:Path", first.as_str())];
        let arguments = format!("{} files of a bulk read, {first} among them", refused.count);
        let about = self.about_file(EffectKind::ReadWorkspace, &arguments, &keys);
        let (decided, _) = self.permitted(&about);
        self.record_refused(&about, Decided { allowed: false, ..decided }).await
    }
}
