//! The witness of this installation, and what this installation's own log asks of witnesses elsewhere.
//!
//! What passes between the two is the body of C2SP tlog-witness `add-checkpoint` and its answer, as files or over HTTP: any
//! other witness of that protocol takes the one and gives the other.

use quillon_contract::ask::{WITNESS_SIZE_MEDIA_TYPE, WitnessAct};
use quillon_contract::event::{Artifact, Notice};
use quillon_contract::{Event, Fault};
use quillon_road::{Finished, Passage, WitnessRefusal};

pub(crate) async fn act(passage: &Passage, act: WitnessAct) -> Result<Finished, Fault> {
    match act {
        WitnessAct::Cosign { request, log_keys, state } => {
            match passage.cosign(&request, &log_keys, state.as_deref()).await {
                Ok(cosigned) => {
                    hand_over(passage, "cosignatures", cosigned.lines).await?;
                    hand_over(passage, "cosigned-checkpoint", cosigned.checkpoint).await?;
                }
                Err(refusal) => {
                    if let WitnessRefusal::Stale(size) = refusal {
                        let (name, media_type) = ("size".to_owned(), WITNESS_SIZE_MEDIA_TYPE.to_owned());
                        let text = format!("{size}\n");
                        passage.say(Event::Artifact(Artifact { name, media_type, text })).await?;
                    }
                    return Err(refusal.fault());
                }
            }
        }
        WitnessAct::Ask { address, keys, since } => {
            let cosigned = passage.ask_witness(&address, &keys, since).await?;
            hand_over(passage, "cosigned-checkpoint", cosigned.checkpoint).await?;
        }
        WitnessAct::Request { since } => {
            let request = passage.read_ledger().await?.witness_request(since).await?;
            hand_over(passage, "add-checkpoint", request).await?;
        }
        WitnessAct::Keys => {
            let keys = passage.witness_keys()?;
            // Reading one's own keys is no effect; what is said still waits for the ask's own record.
            for (name, key) in ["witness.pub", "witness-ml-dsa-44.pub"].into_iter().zip(keys) {
                hand_over(passage, name, format!("{key}\n")).await?;
            }
            let text = "give one of these with `quillon audit verify --witness KEY`; a witness is worth something \
                        only on a machine that the log's owner does not rule";
            passage.say(Notice::info(text)).await?;
        }
    }
    Ok(Finished::default())
}

async fn hand_over(passage: &Passage, name: &str, text: String) -> Result<(), Fault> {
    let media_type = "text/plain".to_owned();
    passage.say(Event::Artifact(Artifact { name: name.to_owned(), media_type, text })).await
}
