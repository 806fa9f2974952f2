//! Checks of the installation.

use quillon_admin::Admin;
use quillon_base::{Fault, FaultCode};
use quillon_contract::ask::DoctorAsk;
use quillon_contract::event::Outcome;
use quillon_testkit::Kit;

#[tokio::test]
async fn a_healthy_installation_is_found_well() {
    let trail = Kit::new().with(Admin).with_workspace().start().await.ask(DoctorAsk {}).await;
    assert_eq!(trail.end.outcome, Outcome::Done, "{:?}", trail.rows());
    assert!(trail.text().contains("Everything works"));
    assert_eq!(trail.rows().len(), 6);
}

#[tokio::test]
async fn what_is_wrong_comes_with_what_to_do_and_the_rest_is_still_checked() {
    let travel = Kit::new().with(Admin).start().await;
    travel
        .store
        .fail_next(Fault::new(FaultCode::StoreCorrupt, "the store is damaged").hint("restore a backup"));
    let trail = travel.ask(DoctorAsk {}).await;
    assert_eq!(trail.end.outcome, Outcome::Findings);
    let rows = trail.rows();
    assert_eq!(rows.len(), 6);
    assert!(
        rows.contains(&"store | WRONG | the store is damaged [store.corrupt] | restore a backup".to_owned()),
        "{rows:?}"
    );
}
