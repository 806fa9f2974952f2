//! What is kept: the table of data classes, as the store obeys it.

use quillon_base::{DATA_CLASSES, DataClassRow, Improvement, KeyKind, RegionRule, Retention};
use quillon_contract::Fault;
use quillon_road::{Finished, Passage};

use crate::table;

/// Prints the table.
pub(crate) async fn classes(passage: &Passage) -> Result<Finished, Fault> {
    let columns = ["class", "what it is", "kept", "sealed with", "rests", "used for improvement"];
    let rows = DATA_CLASSES.iter().map(row).collect();
    passage.say(table("What Quillon keeps", &columns, rows)).await?;
    Ok(Finished::default())
}

fn row(class: &DataClassRow) -> Vec<String> {
    let kept = match class.retention {
        Retention::Days(days) => format!("{days} days"),
        Retention::UntilDeleted => "until it is deleted".into(),
        Retention::Cache => "as a cache".into(),
    };
    let key = match class.key {
        KeyKind::Subject => "a key of its owner",
        KeyKind::Organisation => "a key of the organisation",
        KeyKind::None => "not sealed",
    };
    let rests = match class.region {
        RegionRule::ProfileRegion => "in the profile's region",
        RegionRule::Device => "on the device",
        RegionRule::Anywhere => "anywhere",
    };
    let improvement = match class.improvement {
        Improvement::Never => "never",
        Improvement::OptedIn => "of those who opted in",
    };
    vec![class.name.into(), class.what.into(), kept, key.into(), rests.into(), improvement.into()]
}
