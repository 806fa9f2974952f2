//! Streams as real servers sent them, or might: nothing of what is broken is given on as whole.

use quillon_mock::{Wire, fixtures, summary};

use crate::support::{ask, mock, model};

#[tokio::test]
async fn every_recorded_stream_comes_to_what_it_says() {
    for fixture in fixtures().into_iter().filter(|fixture| fixture.wire == Wire::Messages) {
        // What says that another try may do is tried three times.
        let tries = if matches!(fixture.reply.status, 429 | 500 | 529) { 3 } else { 1 };
        let mock = mock(std::iter::repeat_n(fixture.reply.clone(), tries));
        let came = ask(&model(&mock, "anthropic")).await;
        assert_eq!(summary(&came), fixture.expects, "{}", fixture.name);
    }
}
