//! A channel behaves like an event source of its own.

use core::time::Duration;

use everstream::{Error, State, Transport};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{in_force, mux, names};
use crate::on_both_transports;
use crate::support::hub::Hub;
use crate::support::wait::eventually;
use crate::support::{Tick, ms, seconds, until, within};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Chat {
    Said(String),
    Left,
}

on_both_transports! {
    async fn each_channel_gets_its_own_in_the_form_it_asked_for(transport: Transport) {
        let hub = Hub::new().await;
        let mux = mux(&hub, transport);
        let ticks = mux.channel("ticks").expect("a channel");
        let mut numbers = ticks.on::<Tick>("message");
        let chat = mux.channel("chat:42/päivä").expect("a channel");
        let mut said = chat.events::<Chat>().expect("an enum");
        in_force(&chat).await;
        hub.publish("other", json!({ "n": 0 })).await;
        hub.publish_typed("chat:42/päivä", "said", json!("hello")).await;
        hub.publish("ticks", json!({ "n": 1 })).await;
        hub.publish_typed("chat:42/päivä", "left", json!(null)).await;
        let first = within(seconds(10), "a tick", numbers.next()).await;
        assert_eq!(first.expect("an item").expect("a tick"), Tick { n: 1 });
        for expected in [Chat::Said("hello".into()), Chat::Left] {
            let item = within(seconds(10), "a word", said.next()).await;
            assert_eq!(item.expect("an item").expect("a word"), expected);
        }
        let report = hub.report().await;
        assert_eq!((report.open, report.opened), (1, 1));
    }

    async fn a_channel_that_comes_later_costs_one_request(transport: Transport) {
        let hub = Hub::new().await;
        let mux = mux(&hub, transport);
        let first = mux.channel("first").expect("a channel");
        in_force(&first).await;
        // Channels added in one turn go to the server as one change.
        let later: Vec<_> = names(100).iter().map(|name| mux.channel(name).expect("a channel")).collect();
        let mut numbers: Vec<_> = later.iter().map(|channel| channel.on::<Tick>("message")).collect();
        for channel in &later {
            in_force(channel).await;
        }
        hub.publish_numbers(&names(100), 3, 0).await;
        for numbers in &mut numbers {
            for n in 1..=3 {
                let tick = within(seconds(10), "a tick", numbers.next()).await;
                assert_eq!(tick.expect("an item").expect("a tick"), Tick { n });
            }
        }
        let report = hub.report().await;
        assert_eq!((report.open, report.opened, report.controls.len()), (1, 1, 1));
    }

    async fn without_a_control_address_the_connection_is_replaced(transport: Transport) {
        let hub = Hub::with(json!({ "control": false })).await;
        let mux = mux(&hub, transport);
        let ticks = mux.channel("ticks").expect("a channel");
        let mut numbers = ticks.on::<Tick>("message");
        in_force(&ticks).await;
        hub.publish_numbers(&["ticks".to_owned()], 200, 2).await;
        for n in 1..=200 {
            if n % 20 == 0 {
                let other = mux.channel(&format!("other:{n}")).expect("a channel");
                in_force(&other).await;
            }
            let tick = within(seconds(20), "a tick", numbers.next()).await;
            assert_eq!(tick.expect("an item").expect("a tick"), Tick { n });
        }
        assert!(hub.report().await.opened > 10);
        eventually("the old ones are closed", || hub.report(), |report| report.open == 1).await;
    }

    async fn the_last_handle_unsubscribes_and_the_last_channel_disconnects(transport: Transport) {
        let hub = Hub::new().await;
        let mux = mux(&hub, transport);
        let one = mux.channel("one").expect("a channel");
        let two = mux.channel("two").expect("a channel");
        let texts = two.on_text("message");
        in_force(&two).await;
        drop(two);
        in_force(&one).await;
        assert!(hub.report().await.controls.is_empty(), "a subscription holds its channel");
        drop(texts);
        let report = eventually("the set shrinks", || hub.report(), |report| report.controls.len() == 1).await;
        assert_eq!(report.controls[0].channels(), json!(["one"]));
        drop(one);
        eventually("nothing is open", || hub.report(), |report| report.open == 0).await;
        assert!(matches!(mux.state(), State::Idle));
        let again = mux.channel("one").expect("a channel");
        in_force(&again).await;
        assert_eq!(hub.report().await.open, 1);
        mux.close();
        eventually("nothing is open", || hub.report(), |report| report.open == 0).await;
        assert!(matches!(again.state(), State::Closed { error: None }));
    }

    async fn a_completed_channel_ends_and_may_begin_again(transport: Transport) {
        let hub = Hub::new().await;
        let mux = mux(&hub, transport);
        let job = mux.channel("job").expect("a channel");
        let lasting = mux.channel("lasting").expect("a channel");
        let mut numbers = lasting.on::<Tick>("message");
        let results = job.on::<Tick>("message");
        in_force(&job).await;
        hub.publish("job", json!({ "n": 1 })).await;
        hub.complete("job").await;
        let results: Vec<_> = within(seconds(10), "the job ends", results.collect()).await;
        assert_eq!(results.len(), 1, "{results:?}");
        assert!(matches!(job.state(), State::Closed { error: None }));
        let again = mux.channel("job").expect("a channel");
        let mut results = again.on::<Tick>("message");
        in_force(&again).await;
        hub.publish("job", json!({ "n": 2 })).await;
        hub.publish("lasting", json!({ "n": 3 })).await;
        let two = within(seconds(10), "a tick", results.next()).await;
        assert_eq!(two.expect("an item").expect("a tick"), Tick { n: 2 });
        let three = within(seconds(10), "a tick", numbers.next()).await;
        assert_eq!(three.expect("an item").expect("a tick"), Tick { n: 3 });
    }

    async fn the_servers_interval_is_the_heartbeat(transport: Transport) {
        // The server announces its interval and then falls silent.
        let hub = Hub::with(json!({ "heartbeatMs": 100, "silentAfter": 1 })).await;
        let mux = mux(&hub, transport);
        let began = js_sys::Date::now();
        let channel = mux.channel("quiet").expect("a channel");
        in_force(&channel).await;
        let mut states = mux.states();
        let lost = until(&mut states, "the silence is noticed", |state| matches!(state, State::Waiting { .. }));
        let State::Waiting { error, .. } = lost.await else { unreachable!() };
        let Error::HeartbeatTimeout { silent_for } = error else { panic!("{error}") };
        let since = Duration::from_secs_f64((js_sys::Date::now() - began) / 1000.0);
        assert!(silent_for >= ms(200) && silent_for <= since, "{silent_for:?} of {since:?}");
    }
}

#[wasm_bindgen_test]
async fn a_long_query_goes_as_a_body() {
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Auto);
    let channels: Vec<_> = (0..700)
        .map(|number| {
            mux.channel(&format!("a-rather-long-name:{number}"))
                .expect("a channel")
        })
        .collect();
    for channel in &channels {
        in_force(channel).await;
    }
    let report = hub.report().await;
    assert_eq!((report.open, &*report.opens[0].method), (1, "POST"));
}

#[wasm_bindgen_test]
async fn a_channel_begins_behind_a_given_event() {
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Auto);
    let first = mux.channel("log").expect("a channel");
    let mut messages = first.on_message::<Tick>("message");
    in_force(&first).await;
    hub.publish_numbers(&["log".to_owned()], 5, 0).await;
    let mut second = String::new();
    for n in 1..=5 {
        let message = within(seconds(10), "a tick", messages.next()).await;
        let message = message.expect("an item").expect("a tick");
        assert_eq!(message.data.n, n);
        if n == 2 {
            second = message.last_event_id;
        }
    }
    let taken = mux
        .channel_after("log", &second)
        .expect_err("it is there already");
    assert!(matches!(taken, Error::InvalidOption { .. }), "{taken}");
    let other = super::mux(&hub, Transport::Auto);
    let keep_open = other.channel("elsewhere").expect("a channel");
    in_force(&keep_open).await;
    let late = other.channel_after("log", &second).expect("a channel");
    let mut numbers = late.on::<Tick>("message");
    for n in 3..=5 {
        let tick = within(seconds(10), "a tick", numbers.next()).await;
        assert_eq!(tick.expect("an item").expect("a tick"), Tick { n });
    }
    hub.publish("log", json!({ "n": 6 })).await;
    let tick = within(seconds(10), "a tick", numbers.next()).await;
    assert_eq!(tick.expect("an item").expect("a tick"), Tick { n: 6 });
    // A channel dropped and requested again in one turn starts after the given event, rather than where the
    // dropped one was.
    drop((late, numbers));
    let anew = other.channel_after("log", &second).expect("a channel");
    let mut numbers = anew.on::<Tick>("message");
    for n in 3..=6 {
        let tick = within(seconds(10), "a tick", numbers.next()).await;
        assert_eq!(tick.expect("an item").expect("a tick"), Tick { n });
    }
}
