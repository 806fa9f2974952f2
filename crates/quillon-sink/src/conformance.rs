//! The suite that every sink of objects passes. A check that fails panics, as a test does.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use quillon_base::FaultCode;

use crate::{Object, ObjectName, Parcel, Shape, Sink};

/// Makes an empty sink.
pub type MakeSink<'a> = &'a dyn Fn() -> Arc<dyn Sink>;

/// What holds for a sink of objects whose calls do not wait for a runtime; see [`objects_of`] for the others.
///
/// # Panics
/// When it does not.
pub fn objects(make: MakeSink<'_>) {
    let mut checks = pin!(objects_of(make));
    match checks.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(()) => {}
        Poll::Pending => panic!("this sink waits; run `objects_of` on a runtime"),
    }
}

/// What holds for a sink of objects.
///
/// # Panics
/// When it does not.
pub async fn objects_of(make: MakeSink<'_>) {
    assert_eq!(make().takes(), Shape::Objects);
    starts_empty(&*make()).await;
    keeps_and_replaces(&*make()).await;
    keeps_its_cursor_apart(&*make()).await;
    refuses_another_shape(&*make()).await;
}

fn name(text: &str) -> ObjectName {
    ObjectName::new(text).expect("a name that the suite chose")
}

fn parcel(text: &str, content: &[u8]) -> Parcel {
    let metadata = vec![("signature", "00ff".to_owned())];
    Parcel::Object(Object {
        name: name(text),
        media_type: "application/json",
        content: content.to_vec(),
        metadata,
    })
}

async fn starts_empty(sink: &dyn Sink) {
    assert_eq!(sink.cursor().await.expect("a look at the cursor"), None);
    assert_eq!(sink.size_of(&name("a/b.json")).await.expect("a look at an object"), None);
}

async fn keeps_and_replaces(sink: &dyn Sink) {
    for (place, content) in [("a/b.json", "one"), ("a/c.json", "three"), ("a/b.json", "four")] {
        sink.deliver(&parcel(place, content.as_bytes())).await.expect("a delivery");
        let size = sink.size_of(&name(place)).await.expect("a look at an object");
        assert_eq!(size, Some(content.len() as u64), "{place}");
    }
}

async fn keeps_its_cursor_apart(sink: &dyn Sink) {
    for cursor in [&b"first"[..], b"second, longer", b"3"] {
        sink.keep_cursor(cursor).await.expect("a cursor that is kept");
        assert_eq!(sink.cursor().await.expect("a look at the cursor").as_deref(), Some(cursor));
    }
    sink.deliver(&parcel("a/b.json", b"x")).await.expect("a delivery");
    assert_eq!(sink.cursor().await.expect("a look at the cursor").as_deref(), Some(&b"3"[..]));
}

async fn refuses_another_shape(sink: &dyn Sink) {
    let fault = sink.deliver(&Parcel::Request("text/plain", b"x".to_vec())).await.expect_err("another shape");
    assert_eq!(fault.code, FaultCode::Internal);
}
