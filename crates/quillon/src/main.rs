//! The binary: hands the command line its terminal, and joins the road when something is asked.
//!
//! `home.rs` says where things are kept, `road.rs` links the adapters and lists the capabilities, `desk.rs` is the
//! process's terminal. Nothing here decides or answers.

mod desk;
mod home;
mod models;
mod road;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use quillon_base::{Fault, FaultCode, Region};
use quillon_cli::{Connect, Exit, Global, Offer, OtherSurface, Start};
use quillon_contract::{Gateway, Verb};

use crate::home::Home;

/// How long the end of the program waits for threads that may block.
const THREADS_END_MAX: Duration = Duration::from_secs(1);

/// Joins the road of this machine.
struct Root {
    verbs: &'static [Verb],
}

#[async_trait]
impl Connect for Root {
    fn offer(&self) -> Offer {
        Offer { verbs: self.verbs, surfaces: &[OtherSurface::WITNESS] }
    }

    async fn connect(&self, global: &Global) -> Result<Arc<dyn Gateway>, Fault> {
        refuse_elsewhere(global)?;
        let road = road::join(&Home::of_environment()?, global.model.as_deref())?;
        Ok(Arc::new(road))
    }

    async fn serve(&self, surface: OtherSurface, global: &Global) -> Result<Exit, Fault> {
        let OtherSurface::Witness { listen, log_keys, state } = surface else {
            return Err(Fault::internal(format!("`quillon {}` was started", surface.command())));
        };
        let gateway = self.connect(global).await?;
        let options = quillon_witness::Options { listen, log_keys, state };
        let interrupted = async { drop(tokio::signal::ctrl_c().await) };
        quillon_witness::serve(
            gateway,
            options,
            |at| desk::say(&format!("listening on http://{at}")),
            interrupted,
        )
        .await?;
        Ok(Exit::DONE)
    }
}

/// Nothing is contacted that this build does not know how to hold to its region.
fn refuse_elsewhere(global: &Global) -> Result<(), Fault> {
    if let Some(endpoint) = &global.endpoint {
        return Err(Fault::new(
            FaultCode::CapabilityUnavailable,
            format!("this build cannot reach `{endpoint}`"),
        )
        .hint("configure a model at it in `models.json`, and leave out `--endpoint`"));
    }
    match &global.region {
        Some(region) if *region != Region::device() => {
            Err(Fault::new(FaultCode::RegionRefused, format!("region `{region}` is not the profile's"))
                .hint(format!("the data of this machine rests in `{}`", Region::device())))
        }
        _ => Ok(()),
    }
}

fn main() -> ExitCode {
    let mut terminal = desk::terminal();
    let verbs: Vec<Verb> =
        road::capabilities().iter().flat_map(|capability| capability.verbs()).copied().collect();
    let root = Root { verbs: verbs.leak() };
    match quillon_cli::start(std::env::args_os(), &mut terminal, &root.offer()) {
        Start::Finished(exit) => exit.into(),
        Start::Job(job) => match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                let exit = runtime.block_on(job.run(terminal, &root));
                // A thread that waits for a line which nobody types any more must not hold the program.
                runtime.shutdown_timeout(THREADS_END_MAX);
                exit.into()
            }
            // Without a runtime there is no surface to say why.
            Err(_) => ExitCode::from(3),
        },
    }
}
