//! Multiplexers that share a connection, as those of several tabs do. Two multiplexers in one page count as
//! two tabs.

use everstream::mux::Event;
use everstream::mux::{Change, Opening, Protocol, Request, Route, Update, Wanted};
use everstream::{Channel, Error, EventSource, Mux, Role, Subscription};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::in_force;
use crate::support::hub::{Control, Hub, Report};
use crate::support::wait::eventually;
use crate::support::{Tick, all, quick, seconds, within};

/// Opens another tab. Each hub has its own URL, so tests don't share with each other.
fn tab(hub: &Hub) -> Mux {
    let builder = EventSource::builder(hub.url()).retry(quick());
    builder
        .shared("everyone")
        .multiplex()
        .expect("a multiplexer")
}

fn is_leader(mux: &Mux) -> bool {
    mux.sharing().expect("it shares").role == Role::Leader
}

fn channel(mux: &Mux, name: &str) -> (Channel, Subscription<Tick>) {
    let channel = mux.channel(name).expect("a channel");
    let numbers = channel.on::<Tick>("message");
    (channel, numbers)
}

/// Reads the next number.
async fn next(numbers: &mut Subscription<Tick>) -> u64 {
    let item = within(seconds(20), "a number", numbers.next()).await;
    item.expect("an item").expect("a number").n
}

async fn expect_numbers(numbers: &mut Subscription<Tick>, from: u64, to: u64) {
    for n in from..=to {
        assert_eq!(next(numbers).await, n);
    }
}

#[wasm_bindgen_test]
async fn two_have_one_connection_for_the_channels_of_both() {
    let hub = Hub::new().await;
    let (one, other) = (tab(&hub), tab(&hub));
    let (both, mut of_one) = channel(&one, "both");
    let (alone, mut alone_numbers) = channel(&one, "one");
    let (both_too, mut of_other) = channel(&other, "both");
    for channel in [&both, &alone, &both_too] {
        in_force(channel).await;
    }
    // A tab that doesn't lead adds a channel later.
    let (late, mut late_numbers) = channel(&other, "late");
    in_force(&late).await;
    let names = ["both", "one", "late"].map(str::to_owned);
    hub.publish_numbers(&names, 5, 0).await;
    for numbers in [
        &mut of_one,
        &mut alone_numbers,
        &mut of_other,
        &mut late_numbers,
    ] {
        expect_numbers(numbers, 1, 5).await;
    }
    let report = hub.report().await;
    assert_eq!((report.open, report.opened), (1, 1));
    let leaders = [&one, &other].map(is_leader);
    assert_ne!(leaders[0], leaders[1]);
    let connections = [&one, &other].map(|mux| mux.stats().connections);
    assert_eq!(connections, leaders.map(usize::from));
    assert_eq!(one.stats().source.events, 10);
    assert_eq!(one.last_event_id(), other.last_event_id());
    assert_ne!(one.last_event_id(), "");
}

#[wasm_bindgen_test]
async fn what_goes_wrong_on_the_connection_is_told_in_every_tab() {
    let hub = Hub::new().await;
    let tabs = [tab(&hub), tab(&hub)];
    let mut errors = tabs.each_ref().map(Mux::errors);
    let held = tabs.each_ref().map(|mux| channel(mux, "a"));
    for (channel, _) in &held {
        in_force(channel).await;
    }
    hub.raw("event: @subscribed\ndata: {\"revision\":\"three\"}\n\n")
        .await;
    for errors in &mut errors {
        let error = within(seconds(10), "an error", errors.next()).await;
        let Some(Error::Protocol { event_type, .. }) = error else {
            panic!("{error:?}")
        };
        assert_eq!(event_type.as_deref(), Some("@subscribed"));
    }
}

#[wasm_bindgen_test]
async fn a_channel_leaves_with_its_last_tab() {
    let hub = Hub::new().await;
    let (one, other) = (tab(&hub), tab(&hub));
    let kept = channel(&one, "kept");
    let (of_one, of_other) = (channel(&one, "both"), channel(&other, "both"));
    for (channel, _) in [&kept, &of_one, &of_other] {
        in_force(channel).await;
    }
    let before = hub.report().await.controls.len();
    drop(of_one);
    // A request for the dropped channel would have been sent by the time this channel is in force.
    let other_kept = channel(&other, "other");
    in_force(&other_kept.0).await;
    let asked = |report: &Report| report.controls.last().map(Control::channels);
    let report = hub.report().await;
    assert_eq!(report.controls.len(), before + 1);
    let set = asked(&report).expect("a request").to_string();
    assert!(set.contains("both"), "{set}");
    drop(of_other);
    let fits = |report: &Report| {
        let set = asked(report).map_or_else(String::new, |set| set.to_string());
        set.contains("kept") && set.contains("other") && !set.contains("both")
    };
    eventually("the channel is given up", || hub.report(), fits).await;
    drop(kept);
    drop(other_kept);
    let has_left = |report: &Report| report.open == 0;
    eventually("nobody asks for anything", || hub.report(), has_left).await;
}

#[wasm_bindgen_test]
async fn when_the_leader_closes_every_channel_goes_on_whole() {
    let hub = Hub::new().await;
    let mut tabs: Vec<Mux> = (0..3).map(|_| tab(&hub)).collect();
    let mut held = Vec::new();
    for mux in &tabs {
        held.push([channel(mux, "a"), channel(mux, "b")]);
    }
    for (channel, _) in held.iter().flatten() {
        in_force(channel).await;
    }
    let names = ["a", "b"].map(str::to_owned);
    hub.publish_numbers(&names, 300, 5).await;
    let mut had = 0;
    while tabs.len() > 1 {
        had += 40;
        for (_, numbers) in held.iter_mut().flatten() {
            expect_numbers(numbers, had - 39, had).await;
        }
        let leader = tabs.iter().position(is_leader).expect("a leader");
        tabs.swap_remove(leader).close();
        drop(held.swap_remove(leader));
    }
    for (_, numbers) in held.iter_mut().flatten() {
        expect_numbers(numbers, had + 1, 300).await;
    }
    let report = hub.report().await;
    assert_eq!((report.open, report.opened), (1, 3));
}

#[wasm_bindgen_test]
async fn without_a_control_address_the_connection_is_replaced_for_all() {
    let hub = Hub::with(json!({ "control": false })).await;
    let (one, other) = (tab(&hub), tab(&hub));
    let (ticks, mut of_one) = channel(&one, "ticks");
    let (ticks_too, mut of_other) = channel(&other, "ticks");
    in_force(&ticks).await;
    in_force(&ticks_too).await;
    hub.publish_numbers(&["ticks".to_owned()], 200, 2).await;
    let mut later = Vec::new();
    for n in 1..=200 {
        if n % 20 == 0 {
            let mux = if n % 40 == 0 { &one } else { &other };
            let channel = mux.channel(&format!("other:{n}")).expect("a channel");
            in_force(&channel).await;
            later.push(channel);
        }
        assert_eq!(next(&mut of_one).await, n);
        assert_eq!(next(&mut of_other).await, n);
    }
    // The server may not have noticed yet that the previous connection is gone.
    let is_one = |report: &Report| report.open == 1;
    let report = eventually("one connection", || hub.report(), is_one).await;
    assert_eq!(report.opened, 11);
}

#[wasm_bindgen_test]
async fn a_refused_channel_ends_in_every_tab_and_may_be_asked_for_again() {
    let hub = Hub::with(json!({ "refused": ["secret"] })).await;
    let (one, other) = (tab(&hub), tab(&hub));
    let (kept, mut numbers) = channel(&one, "kept");
    in_force(&kept).await;
    for mux in [&one, &other, &one] {
        let (_secret, refused) = channel(mux, "secret");
        let refused = all(refused).await;
        assert!(
            matches!(&refused[..], [Err(Error::Channel { channel, code, .. })] if channel == "secret" && code == "forbidden"),
            "{refused:?}"
        );
    }
    let (_completed, completed) = channel(&one, "completed");
    let (channel_too, completed_too) = channel(&other, "completed");
    in_force(&channel_too).await;
    hub.complete("completed").await;
    assert!(all(completed).await.is_empty());
    assert!(all(completed_too).await.is_empty());
    hub.publish_number(&["kept".to_owned()], 1).await;
    assert_eq!(next(&mut numbers).await, 1);
    assert_eq!(hub.report().await.opened, 1);
}

#[wasm_bindgen_test]
async fn what_the_server_has_lost_is_a_gap_in_every_tab() {
    let hub = Hub::new().await;
    let (one, other) = (tab(&hub), tab(&hub));
    let (ticks, mut of_one) = channel(&one, "ticks");
    let (ticks_too, mut of_other) = channel(&other, "ticks");
    in_force(&ticks).await;
    in_force(&ticks_too).await;
    hub.publish_number(&["ticks".to_owned()], 1).await;
    expect_numbers(&mut of_one, 1, 1).await;
    expect_numbers(&mut of_other, 1, 1).await;
    hub.restart().await;
    for numbers in [&mut of_one, &mut of_other] {
        let item = within(seconds(20), "a gap", numbers.next()).await;
        assert!(matches!(item, Some(Err(Error::Gap { .. }))), "{item:?}");
    }
    hub.publish_number(&["ticks".to_owned()], 2).await;
    expect_numbers(&mut of_one, 2, 2).await;
    expect_numbers(&mut of_other, 2, 2).await;
}

#[wasm_bindgen_test]
async fn closing_ends_this_tab_alone() {
    let hub = Hub::new().await;
    let (one, other) = (tab(&hub), tab(&hub));
    let (_ticks, of_one) = channel(&one, "ticks");
    let (ticks_too, mut of_other) = channel(&other, "ticks");
    in_force(&ticks_too).await;
    // Waits for a last event ID: without one, a new leader can't tell what was missed and reports a gap.
    let position = || async { other.last_event_id() };
    eventually("a position", position, |id| !id.is_empty()).await;
    one.close();
    assert!(all(of_one).await.is_empty());
    hub.publish_number(&["ticks".to_owned()], 1).await;
    assert_eq!(next(&mut of_other).await, 1);
    other.close();
    let has_left = |report: &Report| report.open == 0;
    eventually("both have left", || hub.report(), has_left).await;
}

/// A protocol that doesn't support sharing.
#[derive(Clone)]
struct Silent;

impl Protocol for Silent {
    fn open(&mut self, url: &str, _: &[Wanted<'_>]) -> Opening {
        Opening::with_channels(Request::get(url))
    }

    fn route<'e>(&mut self, _: &Event<'e>) -> Route<'e> {
        Route::Ignored
    }

    fn change(&mut self, _: &Change<'_>) -> Update {
        Update::Reopen
    }
}

#[wasm_bindgen_test]
async fn a_channel_begins_after_an_event_that_the_tabs_keep() {
    let hub = Hub::new().await;
    let (one, other) = (tab(&hub), tab(&hub));
    let log = one.channel("log").expect("a channel");
    let mut messages = log.on_message::<Tick>("message");
    in_force(&log).await;
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
    let late = other.channel_after("log", &second).expect("a channel");
    let mut numbers = late.on::<Tick>("message");
    expect_numbers(&mut numbers, 3, 5).await;
    hub.publish("log", json!({ "n": 6 })).await;
    expect_numbers(&mut numbers, 6, 6).await;
    drop((late, numbers));
    // No tab has heard of this event.
    let unknown = other
        .channel_after("log", "elsewhere-1")
        .expect("a channel");
    let mut numbers = unknown.on::<Tick>("message");
    let item = within(seconds(10), "a gap", numbers.next()).await;
    assert!(matches!(item, Some(Err(Error::Gap { .. }))), "{item:?}");
    assert_eq!(hub.report().await.opened, 1);
}

#[wasm_bindgen_test]
async fn what_can_not_be_shared_is_an_error() {
    let hub = Hub::new().await;
    let builder = EventSource::builder(hub.url()).shared("everyone");
    let refused = builder.multiplex_with(Silent).expect_err("it does not say");
    assert!(
        matches!(
            refused,
            Error::InvalidOption {
                option: "shared",
                ..
            }
        ),
        "{refused:?}"
    );
    let mux = tab(&hub);
    let refused = mux.channel("no name").expect_err("not a name");
    assert!(
        matches!(
            refused,
            Error::InvalidOption {
                option: "channel",
                ..
            }
        ),
        "{refused:?}"
    );
}
