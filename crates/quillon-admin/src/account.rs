//! Who asks, on which terms, and what they used.

use quillon_contract::{Fault, Item, Listing, MANIFESTS, MeterUnit};
use quillon_road::{Finished, Passage};

use crate::table;

/// Says who asks and how that was proved.
pub(crate) async fn whoami(passage: &Passage) -> Result<Finished, Fault> {
    let principal = passage.principal();
    let proof = &principal.proof;
    let factor = if proof.mfa { ", with a second factor" } else { "" };
    let mut rows: Vec<Vec<String>> = [
        ("principal", principal.id.to_string()),
        ("organisation", principal.organisation.to_string()),
        ("tier", format!("{:?}", principal.tier).to_lowercase()),
        ("profile", principal.profile.to_string()),
        ("region", principal.region.to_string()),
        ("proved", format!("{:?}{factor}", proof.method).to_lowercase()),
        ("name in policies", principal.arn()),
    ]
    .into_iter()
    .map(|(what, value)| vec![what.to_owned(), value])
    .collect();
    if !principal.groups.is_empty() {
        rows.insert(2, vec!["groups".to_owned(), principal.groups.join(", ")]);
    }
    passage.say(table("Who you are", &["what", "value"], rows)).await?;
    Ok(Finished::default())
}

/// Says what was used of each unit that is counted.
pub(crate) async fn usage(passage: &Passage) -> Result<Finished, Fault> {
    let mut units: Vec<MeterUnit> = MANIFESTS.iter().map(|manifest| manifest.unit).collect();
    units.sort_unstable();
    units.dedup();
    let mut rows = Vec::new();
    for unit in units {
        let used = passage.used_this_month(unit).await?;
        rows.push(vec![unit.plural().to_owned(), used.to_string(), limits_of(passage, unit)]);
    }
    passage.say(table("Used this month", &["what", "used", "allowance"], rows)).await?;
    Ok(Finished::default())
}

/// The allowances that the asker's tier has for a unit; verbs that share a unit may have different ones.
fn limits_of(passage: &Passage, unit: MeterUnit) -> String {
    let with_unit = MANIFESTS.iter().filter(|manifest| manifest.unit == unit);
    let limits = with_unit.filter_map(|manifest| manifest.allowance.of(passage.tier()));
    match limits.min() {
        Some(least) => least.to_string(),
        None => "no limit".to_owned(),
    }
}

/// Says which profiles the asker may work under: on a machine of one's own there is one.
pub(crate) async fn profiles(passage: &Passage) -> Result<Finished, Fault> {
    let principal = passage.principal();
    let row = vec![principal.profile.to_string(), principal.region.to_string(), "in use".to_owned()];
    passage.say(table("Profiles", &["profile", "region", "state"], vec![row])).await?;
    Ok(Finished::default())
}

pub(crate) fn profile_listing(passage: &Passage) -> Listing {
    let profile = passage.principal().profile.to_string();
    Listing { items: vec![Item { id: profile.clone(), label: profile, detail: None }], more: false }
}

pub(crate) fn verb_listing(passage: &Passage) -> Listing {
    let items = passage.verbs().into_iter().map(|verb| {
        let manifest = verb.manifest();
        let (id, detail) = (manifest.name.to_owned(), Some(manifest.summary.to_owned()));
        Item { label: id.clone(), id, detail }
    });
    Listing { items: items.collect(), more: false }
}
