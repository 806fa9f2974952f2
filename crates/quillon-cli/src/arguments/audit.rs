//! Audit: reading, checking and proving what was recorded.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use quillon_base::Fault;
use quillon_contract::Verb;
use quillon_contract::ask::{
    AuditExportAsk, AuditProveAsk, AuditSearchAsk, AuditTailAsk, AuditVerifyAsk, AuditWitnessAsk,
    EvidenceAsk, ExportFormat, LedgerSource, WitnessAct,
};

use super::{OtherSurface, Period, Planned, Row, values};
use crate::inputs::Inputs;

pub(super) const ROWS: &[Row] = &[
    ("audit export", &[Verb::AuditExport]),
    ("audit prove", &[Verb::AuditProve]),
    ("audit search", &[Verb::AuditSearch]),
    ("audit tail", &[Verb::AuditTail]),
    ("audit verify", &[Verb::AuditVerify]),
    ("audit witness", &[Verb::AuditWitness]),
    ("evidence", &[Verb::Evidence]),
];

const FORMATS: &[&str] = &["jsonl", "cloudtrail", "cloudwatch", "ocsf", "cef", "otlp", "prompt_log"];

/// Read, check and prove what was recorded
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Tail {
        /// How many records
        #[arg(short = 'n', long, default_value_t = 20)]
        count: u32,
        /// Go on with new ones until stopped
        #[arg(short, long)]
        follow: bool,
    },
    Search {
        /// By this principal
        #[arg(long)]
        principal: Option<String>,
        /// Of this action; `*` stands for any characters
        #[arg(long)]
        action: Option<String>,
        /// Only what was allowed
        #[arg(long, conflicts_with = "refused")]
        allowed: bool,
        /// Only what was refused
        #[arg(long)]
        refused: bool,
        #[command(flatten)]
        period: Period,
        /// The most to show
        #[arg(short = 'n', long, default_value_t = 20)]
        count: u32,
    },
    Export {
        /// In this form
        #[arg(long, value_parser = values::named::<ExportFormat>(FORMATS))]
        format: ExportFormat,
        /// To this folder or address; standard output without it
        #[arg(long, value_name = "FOLDER|ADDRESS")]
        to: Option<String>,
        #[command(flatten)]
        period: Period,
        /// The account number that the shapes of AWS carry: 12 digits
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
        /// Send everything again, from the first record
        #[arg(long)]
        from_start: bool,
        /// Go on behind records that were pruned before they were sent
        #[arg(long)]
        accept_gap: bool,
        /// A copy of a ledger in a folder, instead of the log of this machine
        #[arg(long)]
        folder: Option<PathBuf>,
        /// The public key of that copy's signer: `NAME+ID+KEY`, as its `key.pub` has it
        #[arg(long, requires = "folder")]
        key: Option<String>,
    },
    Verify {
        /// A copy of a ledger in a folder, instead of the log of this machine
        #[arg(long)]
        folder: Option<PathBuf>,
        /// The public key of its signer, `NAME+ID+KEY`; the one in the folder proves less
        #[arg(long, requires = "folder", conflicts_with = "key_file")]
        key: Option<String>,
        /// A file with that key
        #[arg(long, requires = "folder")]
        key_file: Option<PathBuf>,
        /// A file with an older checkpoint that the ledger must extend
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// The public key of a witness who must have cosigned that checkpoint; may be repeated
        #[arg(long = "witness", value_name = "KEY", requires = "checkpoint")]
        witnesses: Vec<String>,
    },
    Prove {
        /// The record's place in the ledger, from 0
        index: u64,
    },
    Witness {
        /// The request of a log, to cosign its checkpoint; `-` is standard input
        #[arg(requires = "log_keys", group = "cosigns")]
        file: Option<PathBuf>,
        /// Serve requests over HTTP at this address of this machine
        #[arg(long, value_name = "ADDRESS:PORT", requires = "log_keys", group = "cosigns")]
        listen: Option<SocketAddr>,
        /// The public key of a log to be a witness of; may be repeated
        #[arg(long = "log-key", value_name = "KEY", requires = "cosigns")]
        log_keys: Vec<String>,
        /// The folder with the witness's state; one beside the audit log without it
        #[arg(long, value_name = "DIR", requires = "cosigns")]
        state: Option<PathBuf>,
        /// Ask the witness at this address to cosign this machine's log
        #[arg(long, value_name = "URL", requires = "witness_keys", conflicts_with = "cosigns")]
        ask: Option<String>,
        /// The public key of that witness, which must have signed; may be repeated
        #[arg(long = "witness-key", value_name = "KEY", requires = "ask")]
        witness_keys: Vec<String>,
        /// Make the request of this machine's log, for a witness that saw it at this size last
        #[arg(long, value_name = "SIZE", conflicts_with = "cosigns")]
        since: Option<u64>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Evidence {
    /// Only for this control; may be repeated
    #[arg(long = "control")]
    controls: Vec<String>,
    #[command(flatten)]
    period: Period,
}

impl Audit {
    /// The surface that it starts, if that is what it is.
    pub(super) fn listen(&self, inputs: &Inputs<'_>) -> Option<OtherSurface> {
        let Act::Witness { listen, log_keys, state, .. } = &self.act else { return None };
        let state = state.as_ref().map(|state| inputs.absolute(state));
        listen.map(|listen| OtherSurface::Witness { listen, log_keys: log_keys.clone(), state })
    }

    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        Ok(match self.act {
            Act::Tail { count, follow } => AuditTailAsk { count, follow }.into(),
            Act::Search { principal, action, allowed, refused, period: Period { after, before }, count } => {
                let allowed = (allowed || refused).then_some(allowed);
                AuditSearchAsk { principal, action, allowed, after, before, count }.into()
            }
            Act::Export { format, to, period, account, from_start, accept_gap, folder, key } => {
                let Period { after, before } = period;
                let source = source_of(folder, key, inputs);
                let to = to.map(|to| destination(to, inputs));
                AuditExportAsk { format, source, to, after, before, account, from_start, accept_gap }.into()
            }
            Act::Verify { folder, key, key_file, checkpoint, witnesses } => {
                let key = match key_file {
                    Some(file) => Some(inputs.file(&file)?),
                    None => key,
                };
                let source = source_of(folder, key, inputs);
                let checkpoint = checkpoint.map(|file| inputs.file(&file)).transpose()?;
                AuditVerifyAsk { source, checkpoint, witnesses }.into()
            }
            Act::Prove { index } => AuditProveAsk { index }.into(),
            Act::Witness { file, log_keys, state, ask, witness_keys, since, listen: _ } => {
                let witness = match (file, ask, since) {
                    (Some(file), ..) => WitnessAct::Cosign {
                        request: inputs.file(&file)?,
                        log_keys,
                        state: state.map(|state| inputs.absolute(&state)),
                    },
                    (_, Some(address), since) => {
                        WitnessAct::Ask { address, keys: witness_keys, since: since.unwrap_or_default() }
                    }
                    (_, _, Some(since)) => WitnessAct::Request { since },
                    _ => WitnessAct::Keys,
                };
                AuditWitnessAsk { witness }.into()
            }
        })
    }
}

fn source_of(folder: Option<PathBuf>, key: Option<String>, inputs: &Inputs<'_>) -> LedgerSource {
    let copy = |folder: PathBuf| LedgerSource::Folder { folder: inputs.absolute(&folder), key };
    folder.map_or(LedgerSource::Own, copy)
}

/// An address has a scheme; anything else is a folder, whose name must not depend on where one stands.
fn destination(to: String, inputs: &Inputs<'_>) -> String {
    let scheme = to.split_once(':').map(|(scheme, _)| scheme);
    let is_address = scheme.is_some_and(|scheme| {
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    if is_address { to } else { inputs.absolute(&PathBuf::from(to)) }
}

impl Evidence {
    pub(super) fn plan(self) -> Planned {
        let Self { controls, period: Period { after, before } } = self;
        EvidenceAsk { controls, after, before }.into()
    }
}
