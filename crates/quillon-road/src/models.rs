//! The models that may answer, and which of them does.
//!
//! Invariant: a model is chosen only among those that the composition root was configured with; of several, the first
//! that region, policy and what is asked of it allow. One that failed a moment ago comes after the others. What was left
//! out is known, so that it can be said.

use std::sync::{Arc, Mutex};

use quillon_base::{Region, Timestamp};
use quillon_model::{KeyName, Model, ModelCard, ModelRequest, Part};

use crate::gate::ModelGate;
use crate::session::locked;

/// How long a model that failed comes after the others, in milliseconds.
const FAILED_MILLIS: i64 = 60_000;
/// About how many bytes a token has, to see whether a request fits a window at all.
const BYTES_PER_TOKEN: u64 = 4;

/// A model, and which kept key it is asked with.
pub struct Candidate {
    /// The model.
    pub model: Arc<dyn Model>,
    /// The key of the asker's that it is asked with, where the vault keeps it.
    pub key: Option<KeyName>,
}

/// The models that may answer.
#[derive(Default)]
pub struct Models {
    /// In the order in which they are preferred.
    pub candidates: Vec<Candidate>,
    /// Whether the road chooses among them; without it the first answers or nobody.
    pub is_automatic: bool,
    /// Where models may answer beside the region of the profile.
    pub regions: Vec<Region>,
}

impl Models {
    /// One model, which answers or nobody.
    #[must_use]
    pub fn one(model: Arc<dyn Model>) -> Self {
        Self { candidates: vec![Candidate { model, key: None }], ..Self::default() }
    }
}

/// A candidate behind its gate.
pub(crate) struct Known {
    pub(crate) gate: ModelGate,
    pub(crate) key: Option<KeyName>,
    failed_at: Mutex<Option<Timestamp>>,
}

impl Known {
    pub(crate) fn new(candidate: Candidate) -> Self {
        Self { gate: ModelGate::new(candidate.model), key: candidate.key, failed_at: Mutex::default() }
    }

    pub(crate) fn card(&self) -> &ModelCard {
        self.gate.card()
    }

    pub(crate) fn note_failed(&self, now: Timestamp) {
        *locked(&self.failed_at) = Some(now);
    }

    pub(crate) fn note_well(&self) {
        *locked(&self.failed_at) = None;
    }

    fn failed_lately(&self, now: Timestamp) -> bool {
        locked(&self.failed_at).is_some_and(|at| now < at.plus_millis(FAILED_MILLIS))
    }
}

/// What a request asks of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) tools: bool,
    pub(crate) images: bool,
    pub(crate) tokens: u64,
}

impl Needs {
    pub(crate) fn of(request: &ModelRequest) -> Self {
        let mut parts = request.messages.iter().flat_map(|message| &message.parts);
        Self {
            tools: !request.tools.is_empty(),
            images: parts.any(|part| matches!(part, Part::Image { .. })),
            tokens: request.text_bytes() as u64 / BYTES_PER_TOKEN,
        }
    }

    /// What a model lacks for it, as the end of a sentence.
    fn lacking(self, card: &ModelCard) -> Option<&'static str> {
        if self.tools && !card.features.tools {
            return Some("it calls no tools");
        }
        // A request without a picture may be as long as it is; how many tokens a picture is, nobody says alike.
        if self.images && !card.features.images {
            return Some("it reads no pictures");
        }
        (!self.images && self.tokens > card.window_tokens).then_some("its window is too small")
    }
}

/// Why a model was not chosen, as the end of a sentence.
pub(crate) type Reason = &'static str;

/// Chooses: the first that nothing hinders and that lacks nothing, those that failed lately last. Gives its place, and
/// which were left out before it.
pub(crate) fn choose(
    known: &[Known],
    needs: Needs,
    now: Timestamp,
    hindered: impl Fn(&ModelCard) -> Option<Reason>,
    tried: &[usize],
) -> (Option<usize>, Vec<(usize, Reason)>) {
    let mut left_out = Vec::new();
    let mut failed = None;
    for (place, candidate) in known.iter().enumerate().filter(|(place, _)| !tried.contains(place)) {
        let card = candidate.card();
        if let Some(reason) = hindered(card).or_else(|| needs.lacking(card)) {
            left_out.push((place, reason));
        } else if candidate.failed_lately(now) {
            failed = failed.or(Some(place));
            left_out.push((place, "it failed a moment ago"));
        } else {
            return (Some(place), left_out);
        }
    }
    left_out.retain(|(place, _)| Some(*place) != failed);
    (failed, left_out)
}

#[cfg(test)]
mod tests {
    use quillon_model::{Features, ModelId, StrictModel};

    use super::*;

    /// Models with a name, what they can do, and their window.
    fn known(models: &[(&str, bool, bool, u64)]) -> Vec<Known> {
        let known = |&(name, tools, images, window_tokens): &(&str, bool, bool, u64)| {
            let card = ModelCard {
                features: Features { tools, images },
                ..ModelCard::new(ModelId::new(name).unwrap(), "p", Region::device(), window_tokens)
            };
            Known::new(Candidate { model: Arc::new(StrictModel::with_card(card, [])), key: None })
        };
        models.iter().map(known).collect()
    }

    #[test]
    fn the_first_that_may_and_can_is_chosen() {
        let now = Timestamp::from_seconds(1_000);
        let models = known(&[("a", true, false, 100), ("b", false, true, 100), ("c", true, true, 9)]);
        let check = |needs: (bool, bool, u64), hindered: &str, tried: &[usize], place: Option<usize>| {
            let needs = Needs { tools: needs.0, images: needs.1, tokens: needs.2 };
            let hindered = |card: &ModelCard| hindered.contains(card.id.as_str()).then_some("no");
            let (found, left_out) = choose(&models, needs, now, hindered, tried);
            assert_eq!(found, place, "{needs:?} {left_out:?}");
            assert!(left_out.iter().all(|(left, _)| found.is_none_or(|found| *left < found)));
        };
        check((false, false, 1), "", &[], Some(0));
        check((false, false, 1), "a", &[], Some(1));
        check((false, true, 1), "", &[], Some(1));
        check((true, true, 1), "", &[], Some(2));
        check((true, false, 50), "", &[0], None);
        check((true, false, 5), "", &[0], Some(2));
        check((false, false, 101), "", &[], None);
        check((false, false, 1), "abc", &[], None);
    }

    #[test]
    fn one_that_failed_lately_comes_last_until_it_answers_or_time_passes() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let models = known(&[("a", true, true, 100), ("b", true, true, 100)]);
        let place = |now| choose(&models, Needs::default(), now, |_| None, &[]).0;
        models[0].note_failed(at(100));
        assert_eq!(place(at(101)), Some(1));
        models[1].note_failed(at(101));
        assert_eq!(place(at(102)), Some(0), "the first of those that failed, when all did");
        assert_eq!(place(at(160)), Some(0));
        models[0].note_well();
        assert_eq!(place(at(103)), Some(0));
    }
}
