//! The user's own code may call back into the multiplexer from wherever it is called.

use core::cell::RefCell;
use std::rc::Rc;

use everstream::{Channel, Decision, EventSource, Mux, State, Subscription, Transport};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{in_force, mux};
use crate::support::hub::Hub;
use crate::support::wait::eventually;
use crate::support::{Tick, all, quick, seconds, within};

type Action = Box<dyn FnOnce()>;

thread_local! {
    static ACTION: RefCell<Option<Action>> = const { RefCell::new(None) };
}

fn act() {
    if let Some(action) = ACTION.with_borrow_mut(Option::take) {
        action();
    }
}

/// Acts while it is being deserialised.
#[derive(Debug)]
struct Acting;

impl<'de> serde::Deserialize<'de> for Acting {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tick::deserialize(deserializer)?;
        act();
        Ok(Self)
    }
}

/// Acts when it is dropped.
#[derive(Debug, serde::Deserialize)]
struct Leaving {
    #[serde(rename = "n")]
    _n: u64,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        act();
    }
}

/// A channel in force, and what `T` makes of its events.
async fn subscribed<T: serde::de::DeserializeOwned + 'static>(
    mux: &Mux,
) -> (Channel, Subscription<T>) {
    let channel = mux.channel("a").expect("a channel");
    let events = channel.on::<T>("message");
    in_force(&channel).await;
    (channel, events)
}

#[wasm_bindgen_test]
async fn a_payload_that_closes_closes() {
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Fetch);
    let (_channel, events) = subscribed::<Acting>(&mux).await;
    let closed = mux.clone();
    ACTION.set(Some(Box::new(move || closed.close())));
    hub.publish_numbers(&["a".to_owned()], 5, 0).await;
    assert!(all(events).await.len() <= 1);
    assert_eq!(mux.state(), State::Closed { error: None });
    eventually("it is closed", || hub.report(), |report| report.open == 0).await;
}

#[wasm_bindgen_test]
async fn a_payload_that_subscribes_has_its_channel() {
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Fetch);
    let (channel, mut events) = subscribed::<Acting>(&mux).await;
    let made = Rc::new(RefCell::new(None));
    let kept = Rc::clone(&made);
    let (other, same) = (mux.clone(), channel.clone());
    ACTION.set(Some(Box::new(move || {
        // Also of the channel whose events are being handed out.
        let more = same.on::<Tick>("message");
        let other = other.channel("b").expect("a channel");
        *kept.borrow_mut() = Some((other, more));
    })));
    hub.publish("a", json!({ "n": 1 })).await;
    let first = within(seconds(10), "an event", events.next()).await;
    assert!(matches!(first, Some(Ok(Acting))), "{first:?}");
    let (other, mut more) = made.take().expect("it has acted");
    in_force(&other).await;
    hub.publish("a", json!({ "n": 2 })).await;
    let second = within(seconds(10), "an event", more.next()).await;
    assert_eq!(second.expect("an item").expect("a tick"), Tick { n: 2 });
}

#[wasm_bindgen_test]
async fn an_item_that_is_dropped_may_close() {
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Fetch);
    let (channel, events) = subscribed::<Leaving>(&mux).await;
    let mut same = channel.on::<Tick>("message");
    hub.publish("a", json!({ "n": 1 })).await;
    let came = within(seconds(10), "an event", same.next()).await;
    assert!(matches!(came, Some(Ok(Tick { n: 1 }))), "{came:?}");
    let closed = mux.clone();
    ACTION.set(Some(Box::new(move || closed.close())));
    // The item is still in there.
    drop(events);
    drop((same, channel));
    assert_eq!(mux.state(), State::Closed { error: None });
    eventually("it is closed", || hub.report(), |report| report.open == 0).await;
}

#[wasm_bindgen_test]
async fn what_is_asked_before_an_attempt_may_close() {
    let hub = Hub::new().await;
    let mux = EventSource::builder(hub.url())
        .headers_with(|_| {
            act();
            async { Ok::<_, String>([("x-a", "b")]) }
        })
        .multiplex()
        .expect("a multiplexer");
    let closed = mux.clone();
    ACTION.set(Some(Box::new(move || closed.close())));
    let events = mux.channel("a").expect("a channel").on::<Tick>("message");
    assert!(all(events).await.is_empty());
    assert_eq!(hub.report().await.opened, 0);
}

#[wasm_bindgen_test]
async fn what_is_asked_after_a_failure_may_close() {
    let hub = Hub::new().await;
    let retry = quick().inspect(|_| {
        act();
        Decision::Retry
    });
    let mux = EventSource::builder(hub.url())
        .transport(Transport::Fetch)
        .retry(retry)
        .multiplex()
        .expect("a multiplexer");
    let (_channel, events) = subscribed::<Tick>(&mux).await;
    let closed = mux.clone();
    ACTION.set(Some(Box::new(move || closed.close())));
    hub.drop_connections().await;
    assert!(all(events).await.is_empty());
    assert_eq!(mux.state(), State::Closed { error: None });
    assert_eq!(hub.report().await.opened, 1);
}
