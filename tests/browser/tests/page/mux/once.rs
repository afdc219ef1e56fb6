//! Every event arrives once and in order, or a gap is reported, whatever happens to the hub.

use core::cell::Cell;

use everstream::{Error, State, Subscription, Transport};
use futures_util::future::join_all;
use gloo_timers::future::TimeoutFuture;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{in_force, mux, names};
use crate::on_both_transports;
use crate::support::hub::Hub;
use crate::support::wait::eventually;
use crate::support::{Tick, seconds, source, until, within};

/// Reads up to the number `last`, which may be set meanwhile, and returns the number of gaps. Numbers must be
/// consecutive unless a gap was reported between them.
async fn follow(numbers: &mut Subscription<Tick>, last: &Cell<u64>) -> u32 {
    let mut gaps = 0;
    let mut expected = 1;
    let mut told = false;
    while expected <= last.get() {
        match numbers.next().await.expect("the channel goes on") {
            Ok(Tick { n }) if n == expected || (told && n > expected) => {
                expected = n + 1;
                told = false;
            }
            Err(Error::Gap { .. }) => {
                gaps += 1;
                told = true;
            }
            other => panic!("{other:?} where {expected} was expected, gap told: {told}"),
        }
    }
    gaps
}

on_both_transports! {
    async fn connections_are_cut_again_and_again(transport: Transport) {
        let hub = Hub::new().await;
        let mux = mux(&hub, transport);
        let names = names(20);
        let channels: Vec<_> = names.iter().map(|name| mux.channel(name).expect("a channel")).collect();
        let mut numbers: Vec<_> = channels.iter().map(|channel| channel.on::<Tick>("message")).collect();
        for channel in &channels {
            in_force(channel).await;
        }
        hub.publish_numbers(&names, 400, 10).await;
        let last = Cell::new(400);
        let reading = join_all(numbers.iter_mut().map(|numbers| follow(numbers, &last)));
        let cutting = async {
            for _ in 0..20 {
                let before = hub.report().await.opened;
                hub.drop_connections().await;
                eventually("it is connected again", || hub.report(), |report| report.opened > before).await;
            }
        };
        let both = futures_util::future::join(reading, cutting);
        let (gaps, ()) = within(seconds(60), "all numbers", both).await;
        assert!(gaps.iter().all(|gaps| *gaps == 0), "{gaps:?}");
        assert!(hub.report().await.opened > 20);
    }
}

#[wasm_bindgen_test]
async fn a_hub_is_restarted_twenty_times_under_a_hundred_channels() {
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Auto);
    let names = names(100);
    let channels: Vec<_> = names
        .iter()
        .map(|name| mux.channel(name).expect("a channel"))
        .collect();
    let mut numbers: Vec<_> = channels
        .iter()
        .map(|channel| channel.on::<Tick>("message"))
        .collect();
    for channel in &channels {
        in_force(channel).await;
    }
    // A restart also loses what was published while no client was connected. The last number is therefore set
    // only after all restarts.
    let last = Cell::new(u64::MAX);
    let reading = join_all(numbers.iter_mut().map(|numbers| follow(numbers, &last)));
    let has_restarted = Cell::new(false);
    let publishing = async {
        for n in 1.. {
            let is_last = has_restarted.get();
            if is_last {
                last.set(n);
            }
            hub.publish_number(&names, n).await;
            if is_last {
                break;
            }
            TimeoutFuture::new(10).await;
        }
    };
    let restarting = async {
        for _ in 0..20 {
            let before = hub.report().await.opened;
            hub.restart().await;
            eventually(
                "it is connected again",
                || hub.report(),
                |report| report.opened > before && report.open > 0,
            )
            .await;
        }
        has_restarted.set(true);
    };
    let all = futures_util::future::join3(reading, publishing, restarting);
    let (gaps, (), ()) = within(seconds(120), "all numbers", all).await;
    // Each restart loses the log, so every channel sees at least one gap. A restart may cause two: one from
    // the hub, and one from the first ID of the new log.
    assert!(gaps.iter().all(|gaps| (1..=40).contains(gaps)), "{gaps:?}");
}

/// A plain source doesn't know `@gap`. The hub's answer names its log, so that the loss isn't silent.
#[wasm_bindgen_test]
async fn a_plain_source_is_told_that_a_hub_has_lost_its_log() {
    let hub = Hub::new().await;
    let url = format!("{}?channel=ticks", hub.url());
    let source = source(&url, Transport::Fetch).build().expect("a source");
    let mut numbers = source.on::<Tick>("ticks");
    let is_open = |state: &State| matches!(state, State::Open { .. });
    until(&mut source.states(), "it is open", is_open).await;
    hub.publish_number(&["ticks".to_owned()], 1).await;
    let first = within(seconds(20), "a tick", numbers.next()).await;
    assert_eq!(first.expect("an item").expect("a tick"), Tick { n: 1 });
    hub.restart().await;
    let item = within(seconds(20), "a gap", numbers.next()).await;
    assert!(matches!(item, Some(Err(Error::Gap { .. }))), "{item:?}");
    hub.publish_number(&["ticks".to_owned()], 2).await;
    let second = within(seconds(20), "a tick", numbers.next()).await;
    assert_eq!(second.expect("an item").expect("a tick"), Tick { n: 2 });
}

#[wasm_bindgen_test]
async fn one_that_does_not_read_stalls_no_other() {
    let hub = Hub::with(json!({ "queue": 100_000 })).await;
    let mux = mux(&hub, Transport::Auto);
    let names = names(2);
    let channels: Vec<_> = names
        .iter()
        .map(|name| mux.channel(name).expect("a channel"))
        .collect();
    let mut idle = channels[0]
        .on::<Tick>("message")
        .with_buffer(8, everstream::Overflow::DropOldest);
    let mut busy = channels[1].on::<Tick>("message");
    in_force(&channels[1]).await;
    // The events outnumber the buffer of `idle`, which isn't read from the start.
    let last = Cell::new(5000);
    let reading = follow(&mut busy, &last);
    let both = futures_util::future::join(reading, hub.publish_numbers(&names, 5000, 0));
    let (gaps, ()) = within(seconds(30), "all numbers", both).await;
    assert_eq!(gaps, 0);
    let lagged = within(seconds(10), "what is left", idle.next()).await;
    assert!(
        matches!(lagged, Some(Err(Error::Lagged { missed })) if missed > 4000),
        "{lagged:?}"
    );
}
