//! Who asks, what they used, what is kept.

use quillon_admin::{Admin, VERBS};
use quillon_base::{DATA_CLASSES, Tier};
use quillon_contract::ask::{AdminDataClassesAsk, ProfileListAsk, UsageAsk, WhoamiAsk};
use quillon_contract::{Gateway, Query};
use quillon_testkit::{Kit, principal};

#[tokio::test]
async fn whoami_says_who_and_how_that_was_proved() {
    let trail = Kit::new().with(Admin).start().await.ask(WhoamiAsk {}).await;
    let rows = trail.rows();
    for row in ["principal | ada", "organisation | local", "groups | owner", "tier | pro", "proved | local"] {
        assert!(rows.contains(&row.to_owned()), "{row} is not in {rows:?}");
    }
}

#[tokio::test]
async fn usage_counts_what_was_asked_in_every_process() {
    let travel = Kit::new().with(Admin).start().await;
    travel.ask(WhoamiAsk {}).await;
    let remains = travel.remains();
    drop(travel);
    let travel = Kit::new().with(Admin).on(remains).start().await;
    travel.ask(WhoamiAsk {}).await;
    let rows = travel.ask(UsageAsk {}).await.rows();
    assert!(rows.contains(&"requests | 2 | no limit".to_owned()), "{rows:?}");
    let mut free = principal("bob");
    free.tier = Tier::Free;
    let rows = Kit::new().by(free).with(Admin).start().await.ask(UsageAsk {}).await.rows();
    assert!(
        rows.iter().any(|row| row.starts_with("agent requests | 0 | ") && !row.ends_with("limit")),
        "{rows:?}"
    );
}

#[tokio::test]
async fn every_class_of_data_stands_in_the_printed_table() {
    let rows = Kit::new().with(Admin).start().await.ask(AdminDataClassesAsk {}).await.rows();
    assert_eq!(rows.len(), DATA_CLASSES.len());
    assert!(rows.iter().any(|row| row.starts_with("conversation | ") && row.contains("30 days")), "{rows:?}");
}

#[tokio::test]
async fn pickers_list_what_can_be_picked() {
    let travel = Kit::new().with(Admin).start().await;
    let ids = async |query| {
        let listing = travel.road.query(travel.session, query).await.unwrap();
        listing.items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(Query::Models).await, ["embedded", "auto"]);
    assert_eq!(ids(Query::Profiles).await, ["local"]);
    assert_eq!(ids(Query::Settings { prefix: "quillon.chat.pas".into() }).await, ["quillon.chat.passages"]);
    assert_eq!(ids(Query::Verbs).await.len(), VERBS.len());
    let trail = travel.ask(ProfileListAsk {}).await;
    assert_eq!(trail.rows(), ["local | device | in use"]);
}
