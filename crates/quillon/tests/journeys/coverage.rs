//! Laws over every verb, so that a new one cannot be left out: what this build answers, and what it only knows of.

use quillon_admin::Admin;
use quillon_base::{FaultCode, Tier};
use quillon_chat::Chat;
use quillon_contract::{MANIFESTS, Manifest, Verb};
use quillon_export::Export;
use quillon_policy::EFFECT_ACTIONS;
use quillon_review::Review;
use quillon_testkit::{Kit, Trail, Travel, principal};

/// What this build answers.
fn answered() -> Vec<Verb> {
    [quillon_admin::VERBS, quillon_chat::VERBS, quillon_export::VERBS, quillon_review::VERBS].concat()
}

fn kit() -> Kit {
    Kit::new()
        .with(Admin)
        .with(Chat::default())
        .with(Export)
        .with(Review)
        .with_file("src/retry.rs", "pub const RETRY_LIMIT: u32 = 3;\n")
}

async fn travel(kit: Kit, manifest: &Manifest) -> (Trail, Travel) {
    let travel = kit.start().await;
    let trail = travel.ask(manifest.smallest_ask()).await;
    (trail, travel)
}

#[tokio::test]
async fn every_verb_leaves_an_opened_and_a_closed_record() {
    for manifest in MANIFESTS {
        let (trail, _travel) = travel(kit(), manifest).await;
        let shape = trail.shape();
        assert_eq!(shape[0], format!("opened {}", manifest.name));
        assert!(shape.last().unwrap().starts_with("closed "), "{}: {shape:?}", manifest.name);
        let opened = shape.iter().filter(|shape| shape.starts_with("effect quillon:")).count();
        let closed = shape.iter().filter(|shape| shape.starts_with("effect closed")).count();
        assert_eq!(opened, closed, "{}: {shape:?}", manifest.name);
        if trail.fault().is_none() {
            assert!(trail.end.answerer.is_some(), "{} does not say who answered", manifest.name);
        }
    }
}

#[tokio::test]
async fn no_verb_does_anything_for_someone_who_may_not() {
    for manifest in MANIFESTS {
        let travel = kit().without_permission().start().await;
        let (touched, stored) = (travel.host.touched(), travel.store.operations());
        let trail = travel.ask(manifest.smallest_ask()).await;
        let code = trail.fault().map(|fault| fault.code);
        assert_eq!(code, Some(FaultCode::PolicyRefused), "{}", manifest.name);
        assert_eq!(trail.shape(), [format!("refused {}", manifest.name)]);
        assert!(trail.events.is_empty(), "{}: {:?}", manifest.name, trail.events);
        assert_eq!(travel.host.touched(), touched, "{} touched the machine", manifest.name);
        assert_eq!(travel.store.operations(), stored, "{} touched the store", manifest.name);
    }
}

#[tokio::test]
async fn what_this_build_does_not_answer_says_so() {
    let answered = answered();
    for manifest in MANIFESTS {
        let (trail, _travel) = travel(kit(), manifest).await;
        let is_unavailable =
            trail.fault().is_some_and(|fault| fault.code == FaultCode::CapabilityUnavailable);
        assert_eq!(is_unavailable, !answered.contains(&manifest.verb), "{}: {:?}", manifest.name, trail.end);
        assert!(
            trail.fault().is_none_or(|fault| fault.code != FaultCode::Internal),
            "{}: {:?}",
            manifest.name,
            trail.end
        );
    }
}

#[tokio::test]
async fn a_limit_of_a_tier_is_kept_for_every_verb_that_has_one() {
    let limited = MANIFESTS.iter().filter(|manifest| manifest.allowance.of(Tier::Free).is_some());
    for manifest in limited {
        let limit = manifest.allowance.of(Tier::Free).unwrap();
        if limit > 200 {
            continue;
        }
        let mut free = principal("bob");
        free.tier = Tier::Free;
        let travel = kit().by(free).start().await;
        let mut refused = 0;
        for _ in 0..=limit {
            let trail = travel.ask(manifest.smallest_ask()).await;
            refused += u64::from(trail.fault().is_some_and(|fault| fault.code == FaultCode::QuotaExceeded));
        }
        assert_eq!(refused, u64::from(answered().contains(&manifest.verb)), "{}", manifest.name);
    }
}

#[test]
fn every_effect_has_an_action_that_policies_know() {
    for manifest in MANIFESTS {
        for effect in manifest.effects {
            assert!(EFFECT_ACTIONS.iter().any(|row| row.action == effect.action()), "{effect:?}");
        }
    }
}
