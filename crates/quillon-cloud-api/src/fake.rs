//! A cloud account that answers only what it was told to expect, in order.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use quillon_base::Fault;

use crate::{Cloud, CloudCall, CloudReply};

/// One call that must come next, and its answer.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The call, exactly.
    pub call: CloudCall,
    /// What to answer.
    pub reply: Result<CloudReply, Fault>,
}

/// Panics on a call that is not the expected one, and when dropped with expectations left.
#[derive(Debug)]
pub struct StrictCloud {
    account: String,
    expected: Mutex<VecDeque<Expectation>>,
}

impl StrictCloud {
    /// An account that expects `calls` in this order.
    pub fn new(account: impl Into<String>, calls: impl IntoIterator<Item = Expectation>) -> Self {
        Self { account: account.into(), expected: Mutex::new(calls.into_iter().collect()) }
    }
}

#[async_trait]
impl Cloud for StrictCloud {
    fn account(&self) -> &str {
        &self.account
    }

    async fn call(&self, call: CloudCall) -> Result<CloudReply, Fault> {
        let next = self.expected.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop_front();
        let next = next.unwrap_or_else(|| panic!("unexpected cloud call {call:?}"));
        assert_eq!(next.call, call, "another cloud call was expected");
        next.reply
    }
}

impl Drop for StrictCloud {
    fn drop(&mut self) {
        let left = self.expected.lock().unwrap_or_else(std::sync::PoisonError::into_inner).len();
        assert!(left == 0 || std::thread::panicking(), "{left} expected cloud calls never came");
    }
}

#[cfg(test)]
mod tests {
    use quillon_base::Region;

    use super::*;

    fn list_buckets(region: &str) -> CloudCall {
        CloudCall {
            service: "s3".into(),
            operation: "ListBuckets".into(),
            region: Region::new(region).unwrap(),
            parameters: serde_json::json!({}),
        }
    }

    fn expecting(region: &str) -> StrictCloud {
        let reply = CloudReply { output: serde_json::json!({"Buckets": []}), request_id: None };
        StrictCloud::new("111122223333", [Expectation { call: list_buckets(region), reply: Ok(reply) }])
    }

    #[test]
    #[should_panic(expected = "another cloud call was expected")]
    fn a_call_to_another_region_fails() {
        let _ = futures::executor::block_on(expecting("eu-west-2").call(list_buckets("us-east-1")));
    }

    #[test]
    #[should_panic(expected = "1 expected cloud calls never came")]
    fn a_call_that_never_comes_fails() {
        drop(expecting("eu-west-2"));
    }

    #[test]
    fn the_expected_call_is_answered() {
        let reply =
            futures::executor::block_on(expecting("eu-west-2").call(list_buckets("eu-west-2"))).unwrap();
        assert_eq!(reply.output, serde_json::json!({"Buckets": []}));
    }
}
