//! The suite that every adapter passes, over every kind of server.

use quillon_mock::Reply;
use quillon_model::conformance;
use quillon_model_anthropic::SERVERS;

use crate::support::{mock, model};

#[tokio::test]
async fn every_kind_of_server_conforms() {
    for server in SERVERS {
        let whole = conformance::cases().remove(0).answer;
        let mock = mock([Reply::of(whole)]);
        conformance::check(&model(&mock, server.kind)).await;
        // The request for another region never came.
        assert_eq!(mock.seen().len(), 1, "{}", server.kind);
    }
}

#[tokio::test]
async fn every_case_is_understood_by_every_kind_of_server() {
    for server in SERVERS {
        for case in conformance::cases() {
            let mock = mock([Reply::of(case.answer.clone())]);
            conformance::check_case(&model(&mock, server.kind), &case).await;
        }
    }
}
