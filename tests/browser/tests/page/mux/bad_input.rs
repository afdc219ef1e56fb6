//! Refused channels, malformed events and servers that ignore the protocol affect no other channel.

use everstream::mux::Event;
use everstream::mux::{Change, Opening, Protocol, Request, Route, Update, Wanted};
use everstream::{Error, EventSource, State, Transport};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{in_force, is_open, mux};
use crate::on_both_transports;
use crate::support::hub::Hub;
use crate::support::{Scenario, Tick, all, quick, seconds, until, within};

on_both_transports! {
    async fn a_refused_channel_ends_with_the_reason_and_the_others_go_on(transport: Transport) {
        let hub = Hub::with(json!({ "refused": ["secret"] })).await;
        let mux = mux(&hub, transport);
        let open = mux.channel("open").expect("a channel");
        let mut numbers = open.on::<Tick>("message");
        let first = mux.channel("secret").expect("a channel");
        let refused = all(first.on::<Tick>("message")).await;
        assert!(
            matches!(&refused[..], [Err(Error::Channel { channel, code, .. })] if channel == "secret" && code == "forbidden"),
            "{refused:?}"
        );
        // The hub refuses the channel in a change of the set, as it did when the stream opened.
        let later = mux.channel("secret").expect("a channel");
        let refused = all(later.on::<Tick>("message")).await;
        assert!(matches!(&refused[..], [Err(Error::Channel { .. })]), "{refused:?}");
        assert!(matches!(later.state(), State::Closed { error: Some(Error::Channel { .. }) }));
        in_force(&open).await;
        hub.publish("open", json!({ "n": 1 })).await;
        let tick = within(seconds(10), "a tick", numbers.next()).await;
        assert_eq!(tick.expect("an item").expect("a tick"), Tick { n: 1 });
    }

    async fn malformed_events_of_the_protocol_are_told_and_harm_nothing(transport: Transport) {
        let hub = Hub::new().await;
        let mux = mux(&hub, transport);
        let channel = mux.channel("ticks").expect("a channel");
        let mut numbers = channel.on::<Tick>("message");
        let mut errors = mux.errors();
        in_force(&channel).await;
        hub.raw("event: @subscribed\ndata: {\"revision\":\"three\"}\n\n").await;
        let error = within(seconds(10), "an error", errors.next()).await.expect("an error");
        let Error::Protocol { event_type, data, .. } = error else { panic!("{error}") };
        assert_eq!((event_type.as_deref(), &*data), (Some("@subscribed"), "{\"revision\":\"three\"}"));
        hub.raw("event: @subscribed\ndata: {\"revision\":99}\n\n").await;
        hub.raw("event: @connected\ndata: {\"protocol\":2}\n\n").await;
        assert!(matches!(within(seconds(10), "an error", errors.next()).await, Some(Error::Protocol { .. })));
        hub.raw("event: @gap\ndata: none\n\n").await;
        // The event names no channels, so each channel reports a gap rather than risk losing events silently.
        let gap = within(seconds(10), "a gap", numbers.next()).await;
        assert!(matches!(gap, Some(Err(Error::Gap { .. }))), "{gap:?}");
        hub.raw("event: @complete nobody\ndata: {}\n\n").await;
        hub.publish("ticks", json!({ "n": 1 })).await;
        let tick = within(seconds(10), "a tick", numbers.next()).await;
        assert_eq!(tick.expect("an item").expect("a tick"), Tick { n: 1 });
        assert!(is_open(&mux.state()));
    }
}

#[wasm_bindgen_test]
async fn names_that_would_break_the_protocol_are_refused() {
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Auto);
    for name in ["", "a b", "a\nb", "@ping", "\0"] {
        let refused = mux.channel(name).expect_err("not a name");
        assert!(matches!(refused, Error::InvalidOption { .. }), "{refused}");
    }
}

#[wasm_bindgen_test]
async fn a_set_that_is_too_large_fails_what_was_added_alone() {
    let hub = Hub::with(json!({ "maxChannels": 3 })).await;
    let mux = mux(&hub, Transport::Auto);
    let first = mux.channel("first").expect("a channel");
    let mut numbers = first.on::<Tick>("message");
    in_force(&first).await;
    let more: Vec<_> = (0..5)
        .map(|number| mux.channel(&format!("more:{number}")).expect("a channel"))
        .collect();
    for channel in &more {
        let refused = all(channel.on::<Tick>("message")).await;
        let status = match &refused[..] {
            [Err(error)] => error.status(),
            other => panic!("{other:?}"),
        };
        assert_eq!(status, Some(413));
    }
    hub.publish("first", json!({ "n": 1 })).await;
    let tick = within(seconds(10), "a tick", numbers.next()).await;
    assert_eq!(tick.expect("an item").expect("a tick"), Tick { n: 1 });
    let fits = mux.channel("fits").expect("a channel");
    in_force(&fits).await;
}

#[wasm_bindgen_test]
async fn a_server_that_ignores_the_protocol_delivers_to_nobody() {
    let scenario = Scenario::of(3).await;
    // The native `EventSource` wouldn't deliver events of unknown types at all.
    let mux = EventSource::builder(scenario.url())
        .transport(Transport::Fetch)
        .retry(quick())
        .multiplex()
        .expect("a multiplexer");
    let channel = mux.channel("ticks").expect("a channel");
    let items = all(channel.on::<Tick>("message")).await;
    // The server's events have the type `tick`, which no channel asked for. A 204 then ends the stream.
    assert!(items.is_empty(), "{items:?}");
    assert_eq!(mux.stats().source.events, 3);
}

#[wasm_bindgen_test]
async fn an_error_of_the_connection_reaches_every_channel() {
    let scenario = Scenario::with(1, json!([{ "kind": "status", "status": 404 }])).await;
    let mux = EventSource::builder(scenario.url())
        .transport(Transport::Fetch)
        .multiplex()
        .expect("a multiplexer");
    let channels = ["one", "two"].map(|name| mux.channel(name).expect("a channel"));
    for channel in &channels {
        let items = all(channel.on::<Tick>("message")).await;
        assert!(
            matches!(&items[..], [Err(error)] if error.status() == Some(404)),
            "{items:?}"
        );
    }
    until(&mut mux.states(), "it is closed", |state| {
        matches!(state, State::Closed { .. })
    })
    .await;
}

/// A protocol that asks for a URL no browser fetches.
#[derive(Clone)]
struct Elsewhere(&'static str);

impl Protocol for Elsewhere {
    fn open(&mut self, _: &str, _: &[Wanted<'_>]) -> Opening {
        Opening::with_channels(Request::get(self.0))
    }

    fn route<'e>(&mut self, _: &Event<'e>) -> Route<'e> {
        Route::Ignored
    }

    fn change(&mut self, _: &Change<'_>) -> Update {
        Update::Reopen
    }
}

#[wasm_bindgen_test]
async fn a_url_of_the_protocol_that_is_never_fetched_is_the_end() {
    for transport in [Transport::Fetch, Transport::Auto] {
        for url in ["ftp://127.0.0.1/x", "http://user:secret@127.0.0.1:1/x"] {
            let mux = EventSource::builder("/mux")
                .transport(transport)
                .retry(quick())
                .multiplex_with(Elsewhere(url))
                .expect("a multiplexer");
            let channel = mux.channel("ticks").expect("a channel");
            let told = all(channel.on::<Tick>("message")).await;
            assert!(
                matches!(&told[..], [Err(Error::InvalidUrl { url, .. })] if !url.contains("secret")),
                "{told:?}"
            );
        }
    }
}
