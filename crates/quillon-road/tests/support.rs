//! A capability that does as it is told, for looking at the road around it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use quillon_base::Fault;
use quillon_contract::{Ask, Verb};
use quillon_road::{Capability, Finished, Passage};

type Doing<'a> = Pin<Box<dyn Future<Output = Result<Finished, Fault>> + Send + 'a>>;
type Does = dyn for<'a> Fn(&'a Passage, Ask) -> Doing<'a> + Send + Sync;

/// Answers the verbs given with what a closure does.
#[derive(Clone)]
pub(crate) struct Told {
    verbs: &'static [Verb],
    does: Arc<Does>,
}

impl Told {
    pub(crate) fn new(
        verbs: &'static [Verb],
        does: impl for<'a> Fn(&'a Passage, Ask) -> Doing<'a> + Send + Sync + 'static,
    ) -> Self {
        Self { verbs, does: Arc::new(does) }
    }
}

#[async_trait]
impl Capability for Told {
    fn verbs(&self) -> &'static [Verb] {
        self.verbs
    }

    async fn run(&self, passage: &Passage, ask: Ask) -> Result<Finished, Fault> {
        (self.does)(passage, ask).await
    }
}

/// A capability that answers `chat` as the closure's body says.
#[macro_export]
macro_rules! chat {
    (|$passage:ident| $body:expr) => {
        $crate::support::Told::new(&[quillon_contract::Verb::Chat], |$passage, _ask| {
            Box::pin(async move {
                #[allow(unused_variables, reason = "some bodies need no passage")]
                let $passage = $passage;
                $body
            })
        })
    };
}

/// A chat that says `text`.
pub(crate) fn question(text: &str) -> quillon_contract::ask::ChatAsk {
    let ask = format!(r#"{{"verb":"chat","prompt":"{text}"}}"#);
    match serde_json::from_str(&ask).unwrap() {
        Ask::Chat(chat) => chat,
        _ => unreachable!(),
    }
}

/// The end of work that went well.
pub(crate) const DONE: Result<Finished, Fault> = Ok(Finished { findings: false, conversation: None });
