//! Events in every form that a subscriber can request.

use everstream::{Error, Transport};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::on_both_transports;
use crate::support::{Scenario, Tick, all, each_once, numbers, seconds, source, within};

on_both_transports! {
    async fn one_type(transport: Transport) {
        let scenario = Scenario::of(100).await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(100));
    }

    async fn an_enum_of_types_in_their_order(transport: Transport) {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        enum Feed {
            Price { symbol: String },
            Note(String),
            #[serde(rename = "done")]
            Finished,
        }
        let scenario = Scenario::new(json!({
            "events": 5,
            "raw": [
                "id: 1\nevent: price\ndata: {\"symbol\":\"ACME\"}\n\n",
                "id: 2\nevent: note\ndata: \"hi\"\n\n",
                "id: 3\nevent: unheardOf\ndata: x\n\n",
                "id: 4\nevent: price\ndata: {\"symbol\":\"GLOBEX\"}\n\n",
                "id: 5\nevent: done\ndata\n\n",
            ],
            "attempts": [{ "kind": "serve" }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let events = source.events::<Feed>().expect("an enum");
        drop(source);
        let events: Vec<Feed> = all(events).await.into_iter().map(|event| event.expect("an event")).collect();
        let price = |symbol: &str| Feed::Price { symbol: symbol.to_owned() };
        assert_eq!(
            events,
            [price("ACME"), Feed::Note("hi".to_owned()), price("GLOBEX"), Feed::Finished]
        );
    }

    async fn text_with_type_and_position(transport: Transport) {
        let scenario = Scenario::new(json!({
            "events": 2,
            "raw": ["id: a\nevent: line\ndata: one\ndata: two\n\n", "event: line\ndata: größer ✓ 🦀\n\n"],
            "attempts": [{ "kind": "serve" }, { "kind": "status", "status": 204 }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let lines = source.on_text("line");
        let lines: Vec<_> = all(lines).await.into_iter().map(|line| line.expect("a line")).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!((&*lines[0].data, &*lines[0].last_event_id), ("one\ntwo", "a"));
        assert_eq!((&*lines[1].data, &*lines[1].last_event_id), ("größer ✓ 🦀", "a"));
        assert_eq!(source.last_event_id(), "a");
    }

    async fn types_named_like_the_interface_s_own(transport: Transport) {
        let scenario = Scenario::new(json!({
            "events": 3,
            "raw": [
                "id: 1\nevent: error\ndata: 1\n\n",
                "id: 2\nevent: open\ndata: 2\n\n",
                "id: 3\nevent: __proto__\ndata: 3\n\n",
            ],
            "attempts": [{ "kind": "serve" }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let errors = source.on::<u8>("error");
        let opens = source.on::<u8>("open");
        let protos = source.on::<u8>("__proto__");
        assert!(matches!(all(errors).await[..], [Ok(1)]));
        assert!(matches!(all(opens).await[..], [Ok(2)]));
        assert!(matches!(all(protos).await[..], [Ok(3)]));
    }

    async fn a_bad_payload_is_an_item_and_the_stream_goes_on(transport: Transport) {
        let scenario = Scenario::new(json!({
            "events": 3,
            "raw": [
                "id: 1\nevent: tick\ndata: {\"n\":1}\n\n",
                "id: 2\nevent: tick\ndata: {\"n\":\n\n",
                "id: 3\nevent: tick\ndata: {\"n\":3}\n\n",
            ],
            "attempts": [{ "kind": "serve" }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let items = all(source.on::<Tick>("tick")).await;
        assert!(matches!(items[0], Ok(Tick { n: 1 })));
        let Err(Error::Decode(error)) = &items[1] else { panic!("{:?}", items[1]) };
        assert_eq!((&*error.event_type, &*error.last_event_id), ("tick", "2"));
        assert_eq!(error.data, "{\"n\":");
        assert!(matches!(items[2], Ok(Tick { n: 3 })));
        assert_eq!(items.len(), 3);
    }

    async fn a_subscriber_that_joins_an_open_source(transport: Transport) {
        let scenario = Scenario::new(json!({
            "events": 200,
            "intervalMs": 5,
            "attempts": [{ "kind": "serve" }],
        }))
        .await;
        let source = source(&scenario.url(), transport).build().expect("a source");
        let mut first = source.on::<Tick>("tick");
        within(seconds(10), "the first event", first.next()).await.expect("an event").expect("a tick");
        let late = numbers(source.on::<Tick>("tick")).await;
        assert!(late[0] > 1, "it joined late");
        let expected: Vec<u64> = (late[0]..=200).collect();
        assert_eq!(late, expected, "from there on each once");
        let first = numbers(first).await;
        assert_eq!(first, (2..=200).collect::<Vec<_>>());
    }
}

#[wasm_bindgen_test]
async fn every_event_raw() {
    let scenario = Scenario::new(json!({
        "events": 3,
        "raw": ["id: 1\ndata: a\n\n", "id: 2\nevent: b\ndata: c\n\n", ": note\n\nid: 3\nevent: d\ndata\n\n"],
        "attempts": [{ "kind": "serve" }],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Auto)
        .build()
        .expect("a source");
    let comments = source.comments().expect("comments");
    let events = all(source.raw().expect("raw events")).await;
    let events: Vec<_> = events
        .into_iter()
        .map(|event| event.expect("an event"))
        .map(|event| (event.event_type, event.data, event.last_event_id))
        .collect();
    let expected = [("message", "a", "1"), ("b", "c", "2"), ("d", "", "3")]
        .map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(events, expected);
    assert!(matches!(&all(comments).await[..], [Ok(comment)] if comment == "note"));
}

#[wasm_bindgen_test]
async fn an_enum_that_catches_the_rest() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Feed {
        #[serde(rename = "tick")]
        Tick(Tick),
        #[serde(other)]
        Other,
    }
    let scenario = Scenario::new(json!({
        "events": 2,
        "raw": ["id: 1\nevent: tick\ndata: {\"n\":1}\n\n", "id: 2\nevent: else\ndata: x\n\n"],
        "attempts": [{ "kind": "serve" }],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Auto)
        .build()
        .expect("a source");
    let events = all(source.events::<Feed>().expect("an enum")).await;
    assert!(matches!(
        events[..],
        [Ok(Feed::Tick(Tick { n: 1 })), Ok(Feed::Other)]
    ));
}
