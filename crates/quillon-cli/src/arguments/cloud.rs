//! Cloud: operations in the AWS CLI's words, and questions about accounts.

use clap::{Args, Subcommand};
use quillon_base::{Fault, FaultCode, Region};
use quillon_contract::Verb;
use quillon_contract::ask::{
    AwsAsk, AwsParameter, CloudAskAsk, CloudCostAsk, CloudDiagnoseAsk, CloudReachAsk, CloudResourcesAsk,
};

use super::{OutputMode, Planned, Row};
use crate::inputs::Inputs;

pub(super) const ROWS: &[Row] = &[
    ("aws", &[Verb::Aws]),
    ("cloud ask", &[Verb::CloudAsk]),
    ("cloud cost", &[Verb::CloudCost]),
    ("cloud diagnose", &[Verb::CloudDiagnose]),
    ("cloud reach", &[Verb::CloudReach]),
    ("cloud resources", &[Verb::CloudResources]),
];

#[derive(Debug, Args)]
pub(crate) struct Aws {
    /// A service, an operation and its parameters, in the words of the AWS CLI; `--region`, `--query` and `--output`
    /// among them are its too
    #[arg(
        value_name = "SERVICE OPERATION [--PARAMETER VALUE]",
        required = true,
        num_args = 1..,
        allow_hyphen_values = true,
        trailing_var_arg = true
    )]
    words: Vec<String>,
}

/// Ask about cloud accounts: what is there, what it costs, what is wrong
#[derive(Debug, Args)]
pub(crate) struct Cloud {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    Ask {
        /// The question; `-` or nothing reads standard input
        question: Vec<String>,
    },
    Resources {
        /// The question; `-` or nothing reads standard input
        question: Vec<String>,
        /// Regions to look in; the profile's without it
        #[arg(long, value_delimiter = ',')]
        regions: Vec<Region>,
    },
    Cost {
        /// The question; `-` or nothing reads standard input
        question: Vec<String>,
    },
    Diagnose {
        /// The error as it was shown; `-` or nothing reads standard input
        error: Vec<String>,
        /// The service or console page where it was shown
        #[arg(long)]
        place: Option<String>,
    },
    Reach {
        /// From this resource or address
        from: String,
        /// To this resource or address
        to: String,
        /// The port at the other end
        #[arg(long)]
        port: Option<u16>,
    },
}

impl Aws {
    pub(super) fn plan(self, region: Option<&Region>) -> Result<Planned, Fault> {
        let mut words = self.words.into_iter();
        let (Some(service), Some(operation)) = (words.next(), words.next()) else {
            return Err(usage("`aws` needs a service and an operation".to_owned()));
        };
        if let Some(option) = [&service, &operation].into_iter().find(|word| word.starts_with('-')) {
            return Err(usage(format!("`{option}` stands where a service and an operation are expected")));
        }
        let mut ask =
            AwsAsk { service, operation, parameters: Vec::new(), region: region.cloned(), query: None };
        let mut output = None;
        for parameter in parameters(words)? {
            match parameter.name.as_str() {
                "region" => {
                    let name = only_value(parameter)?;
                    ask.region = Some(Region::new(name).map_err(|error| usage(error.to_string()))?);
                }
                "query" => ask.query = Some(only_value(parameter)?),
                "output" => output = Some(output_of(&only_value(parameter)?)?),
                _ => ask.parameters.push(parameter),
            }
        }
        Ok(Planned { output, ..ask.into() })
    }
}

/// `--name value…` and `--name=value`.
fn parameters(words: impl Iterator<Item = String>) -> Result<Vec<AwsParameter>, Fault> {
    let mut found: Vec<AwsParameter> = Vec::new();
    for word in words {
        match (word.strip_prefix("--"), found.last_mut()) {
            (Some(option), _) if !option.is_empty() => {
                let (name, value) =
                    option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
                let values = value.map(str::to_owned).into_iter().collect();
                found.push(AwsParameter { name: name.to_owned(), values });
            }
            (None, Some(last)) => last.values.push(word),
            _ => {
                return Err(usage(format!(
                    "`{word}` is not a parameter; parameters are given as `--name value`"
                )));
            }
        }
    }
    Ok(found)
}

fn only_value(parameter: AwsParameter) -> Result<String, Fault> {
    let AwsParameter { name, mut values } = parameter;
    match (values.pop(), values.is_empty()) {
        (Some(value), true) => Ok(value),
        _ => Err(usage(format!("`--{name}` takes one value"))),
    }
}

fn output_of(name: &str) -> Result<OutputMode, Fault> {
    match name {
        "text" => Ok(OutputMode::Text),
        "json" => Ok(OutputMode::Json),
        "jsonl" => Ok(OutputMode::Jsonl),
        _ => Err(usage(format!("output `{name}` is not known")).hint("use `text`, `json` or `jsonl`")),
    }
}

fn usage(message: String) -> Fault {
    Fault::new(FaultCode::InputInvalid, message).hint("see `quillon aws --help`")
}

impl Cloud {
    pub(super) fn plan(self, inputs: &mut Inputs) -> Result<Planned, Fault> {
        Ok(match self.act {
            Act::Ask { question } => CloudAskAsk { question: inputs.words(&question, "a question")? }.into(),
            Act::Resources { question, regions } => {
                CloudResourcesAsk { question: inputs.words(&question, "a question")?, regions }.into()
            }
            Act::Cost { question } => {
                CloudCostAsk { question: inputs.words(&question, "a question")? }.into()
            }
            Act::Diagnose { error, place } => {
                CloudDiagnoseAsk { error: inputs.words(&error, "an error")?, place }.into()
            }
            Act::Reach { from, to, port } => CloudReachAsk { from, to, port }.into(),
        })
    }
}
