//! Subscribers that apply backpressure: the server waits for a single channel.

use everstream::{Channel, Mux, Overflow, Subscription, Transport};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{in_force, mux};
use crate::support::hub::{Control, Hub, Report};
use crate::support::wait::eventually;
use crate::support::{Tick, seconds, within};

const LAST: u64 = 100;

/// Opens a channel with more events than its subscriber's buffer holds, under backpressure.
async fn waited_for(hub: &Hub, mux: &Mux) -> (Channel, Subscription<Tick>) {
    let channel = mux.channel("slow").expect("a channel");
    let numbers = channel
        .on::<Tick>("message")
        .with_buffer(1, Overflow::Backpressure);
    in_force(&channel).await;
    // The events so far are those of the protocol.
    let before = mux.stats().source.events;
    hub.publish_numbers(&["slow".to_owned()], LAST, 0).await;
    // The first event fills the buffer, and the second is held back.
    let events = || async { mux.stats().source.events - before };
    eventually("events have come", events, |events| *events >= 2).await;
    (channel, numbers)
}

async fn expect(numbers: &mut Subscription<Tick>, from: u64, to: u64) {
    for n in from..=to {
        let tick = within(seconds(10), "a number", numbers.next()).await;
        assert_eq!(tick.expect("an item").expect("a tick"), Tick { n });
    }
}

#[wasm_bindgen_test]
async fn while_a_subscriber_is_waited_for_channels_come_and_go() {
    let hub = Hub::with(json!({ "queue": 100_000 })).await;
    let mux = mux(&hub, Transport::Fetch);
    let (_slow, mut numbers) = waited_for(&hub, &mux).await;
    let late = mux.channel("late").expect("a channel");
    let is_asked_for = |report: &Report| {
        let last = report.controls.last().map(Control::channels);
        last.is_some_and(|channels| channels.to_string().contains("late"))
    };
    eventually("it is asked for", || hub.report(), is_asked_for).await;
    expect(&mut numbers, 1, LAST).await;
    in_force(&late).await;
}

#[wasm_bindgen_test]
async fn when_the_subscriber_is_gone_the_others_go_on() {
    let hub = Hub::with(json!({ "queue": 100_000 })).await;
    let mux = mux(&hub, Transport::Fetch);
    let other = mux.channel("other").expect("a channel");
    let mut other_numbers = other.on::<Tick>("message");
    in_force(&other).await;
    let (slow, numbers) = waited_for(&hub, &mux).await;
    hub.publish_numbers(&["other".to_owned()], 3, 0).await;
    drop((slow, numbers));
    expect(&mut other_numbers, 1, 3).await;
}

#[wasm_bindgen_test]
async fn closing_does_not_wait() {
    let hub = Hub::with(json!({ "queue": 100_000 })).await;
    let mux = mux(&hub, Transport::Fetch);
    let (_slow, _numbers) = waited_for(&hub, &mux).await;
    mux.close();
    eventually("it is closed", || hub.report(), |report| report.open == 0).await;
}
