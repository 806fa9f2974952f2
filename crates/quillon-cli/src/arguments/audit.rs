//! Audit: reading, checking and proving what was recorded.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use quillon_base::Fault;
use quillon_contract::Verb;
use quillon_contract::ask::{
    AuditExportAsk, AuditProveAsk, AuditSearchAsk, AuditTailAsk, AuditVerifyAsk, AuditWitnessAsk,
    EvidenceAsk, ExportFormat, LedgerSource,
};

use super::{Period, Planned, Row, values};
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

const FORMATS: &[&str] = &["jsonl", "cloudtrail", "cloudwatch", "ocsf", "cef", "otlp"];

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
        /// To this file or address; standard output without it
        #[arg(long)]
        to: Option<String>,
        #[command(flatten)]
        period: Period,
    },
    Verify {
        /// A copy of a ledger in a folder, instead of the log of this machine
        #[arg(long)]
        folder: Option<PathBuf>,
        /// The public key of its signer, in PEM or hex; the one in the folder proves less
        #[arg(long, requires = "folder", conflicts_with = "key_file")]
        key: Option<String>,
        /// A file with that key
        #[arg(long, requires = "folder")]
        key_file: Option<PathBuf>,
        /// A file with an older checkpoint that the ledger must extend
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    Prove {
        /// The record's place in the ledger, from 0
        index: u64,
    },
    Witness {
        /// The checkpoint; `-` is standard input
        file: PathBuf,
        /// A part of the consistency proof, as base 64; may be repeated
        #[arg(long)]
        consistency: Vec<String>,
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
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        Ok(match self.act {
            Act::Tail { count, follow } => AuditTailAsk { count, follow }.into(),
            Act::Search { principal, action, allowed, refused, period: Period { after, before }, count } => {
                let allowed = (allowed || refused).then_some(allowed);
                AuditSearchAsk { principal, action, allowed, after, before, count }.into()
            }
            Act::Export { format, to, period: Period { after, before } } => {
                AuditExportAsk { format, to, after, before }.into()
            }
            Act::Verify { folder, key, key_file, checkpoint } => {
                let key = match key_file {
                    Some(file) => Some(inputs.file(&file)?),
                    None => key,
                };
                let source = folder.map_or(LedgerSource::Own, |folder| LedgerSource::Folder {
                    folder: inputs.absolute(&folder),
                    key,
                });
                let checkpoint = checkpoint.map(|file| inputs.file(&file)).transpose()?;
                AuditVerifyAsk { source, checkpoint }.into()
            }
            Act::Prove { index } => AuditProveAsk { index }.into(),
            Act::Witness { file, consistency } => {
                AuditWitnessAsk { checkpoint: inputs.file(&file)?, consistency }.into()
            }
        })
    }
}

impl Evidence {
    pub(super) fn plan(self) -> Planned {
        let Self { controls, period: Period { after, before } } = self;
        EvidenceAsk { controls, after, before }.into()
    }
}
