//! The sink port over AWS: objects in S3, events in CloudWatch Logs.
//!
//! Both go through the house's one client of AWS, which signs for one region and is sent nowhere else. In S3 the cursor is
//! an object beside the others; a log stream needs none, its last event says how far it is. A log group is made when it is
//! missing, and never expires: how long it keeps is its owner's to set.

mod answer;
mod cloudwatch;
mod s3;

pub use cloudwatch::CloudwatchSinks;
pub use s3::S3Sinks;

use std::sync::Arc;

use quillon_aws::{Account, Environment};
use quillon_base::{Clock, Fault};
use quillon_http::Client;

/// What of this machine is read to find an account.
const READS: &str = "the shared configuration and credentials of AWS";

/// What an account is opened with, once an address asks for one.
#[derive(Clone)]
pub struct Surroundings {
    /// What the process found around it.
    pub environment: Environment,
    /// What requests go through.
    pub client: Client,
    /// What requests are dated by.
    pub clock: Arc<dyn Clock>,
}

impl Surroundings {
    fn account(&self) -> Result<Account, Fault> {
        Account::open(self.environment.clone(), self.client.clone(), Arc::clone(&self.clock))
    }
}
