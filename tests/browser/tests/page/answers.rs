//! Streams of language models, and answers in the caller's hands: one type for all events, other content
//! types and statuses, and responses that the caller passes in.

use core::cell::Cell;
use std::rc::Rc;

use everstream::{
    EndReason, Error, EventSource, EventSourceBuilder, MessageEvent, OrRaw, State, Transport,
};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, all, each_once, numbers, seconds, source, within};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Chunk {
    MessageStart,
    Delta { text: String },
    MessageStop,
}

/// An answer as providers send them: the data of each event names its type, one variant is newer than the
/// client, and a marker ends the stream.
async fn answer() -> Scenario {
    Scenario::new(json!({
        "events": 6,
        "raw": [
            "event: message_start\ndata: {\"type\":\"message_start\"}\n\n",
            "event: delta\ndata: {\"type\":\"delta\",\"text\":\"Hi\"}\n\n",
            "event: thinking\ndata: {\"type\":\"thinking\",\"text\":\"hm\"}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            "data: [DONE]\n\n",
            "data: never\n\n",
        ],
        "attempts": [{ "kind": "serve" }],
        "finish": "hold",
    }))
    .await
}

fn ask(scenario: &Scenario) -> EventSource {
    EventSource::builder(scenario.url())
        .method("POST")
        .json(&json!({ "stream": true }))
        .until("[DONE]")
        .build()
        .expect("a source")
}

const THINKING: &str = "{\"type\":\"thinking\",\"text\":\"hm\"}";

#[wasm_bindgen_test]
async fn every_event_is_one_type_and_an_unknown_one_is_an_item() {
    let scenario = answer().await;
    let source = ask(&scenario);
    let items = all(source.all::<Chunk>().expect("fetch")).await;
    let delta = Chunk::Delta {
        text: "Hi".to_owned(),
    };
    assert_eq!(items.len(), 4, "{items:?}");
    assert_eq!(items[0], Ok(Chunk::MessageStart));
    assert_eq!(items[1], Ok(delta));
    let Err(Error::Decode(unknown)) = &items[2] else {
        panic!("{items:?}")
    };
    assert_eq!(
        (&*unknown.event_type, &*unknown.data),
        ("thinking", THINKING)
    );
    assert_eq!(items[3], Ok(Chunk::MessageStop));
    assert_eq!(source.end().map(|end| end.reason), Some(EndReason::Until));
    let response = source.response().expect("an answer");
    assert_eq!(response.status, 200);
    assert_eq!(response.header("Content-Type"), Some("text/event-stream"));
    assert_eq!(response.url, scenario.url());
}

#[wasm_bindgen_test]
async fn an_event_that_is_none_of_the_type_is_kept_as_it_came() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum ByType {
        #[serde(rename = "delta")]
        Delta { text: String },
    }
    let scenario = answer().await;
    let source = ask(&scenario);
    let chunks = source.all_or_raw::<Chunk>().expect("fetch");
    let messages = source.all_message::<Chunk>().expect("fetch");
    let by_type = source.events_or_raw::<ByType>().expect("an enum");
    let raw = |event_type: &str, data: &str| MessageEvent::new(event_type, data.to_owned());
    let expected = Ok(OrRaw::Raw(raw("thinking", THINKING)));
    let chunks = all(chunks).await;
    assert_eq!(chunks.len(), 4);
    assert_eq!(chunks[2], expected);
    let messages = all(messages).await;
    assert_eq!(
        messages[3],
        Ok(MessageEvent::new("message_stop", Chunk::MessageStop))
    );
    let by_type = all(by_type).await;
    let text = "Hi".to_owned();
    assert_eq!(by_type[1], Ok(OrRaw::Typed(ByType::Delta { text })));
    assert_eq!(
        by_type[0],
        Ok(OrRaw::Raw(raw(
            "message_start",
            "{\"type\":\"message_start\"}"
        )))
    );
}

#[wasm_bindgen_test]
async fn native_refuses_what_it_can_not_listen_for() {
    let scenario = Scenario::of(1).await;
    let source = source(&scenario.url(), Transport::Native)
        .build()
        .expect("a source");
    assert!(matches!(
        source.all::<Tick>(),
        Err(Error::Unsupported { .. })
    ));
    assert!(matches!(
        source.all_or_raw::<Tick>(),
        Err(Error::Unsupported { .. })
    ));
}

#[wasm_bindgen_test]
async fn another_content_type_or_status_is_read_where_the_caller_says_so() {
    let attempts = json!([{ "kind": "serve", "contentType": "application/x-ndjson" }]);
    for accepts in [true, false] {
        let scenario = Scenario::with(3, attempts.clone()).await;
        let source = source(&scenario.url(), Transport::Auto)
            .accept_when(move |response| {
                assert_eq!(
                    response.header("content-type"),
                    Some("application/x-ndjson")
                );
                accepts
            })
            .build()
            .expect("a source");
        let ticks = all(source.on::<Tick>("tick")).await;
        if accepts {
            assert_eq!(ticks.len(), 3, "{ticks:?}");
        } else {
            assert!(matches!(ticks[..], [Err(Error::Response(_))]), "{ticks:?}");
        }
    }
    let attempts = json!([
        { "kind": "status", "status": 206, "body": "id: 1\ndata: {\"n\":1}\n\n",
          "headers": { "content-type": "text/event-stream" } },
        { "kind": "status", "status": 204 },
    ]);
    let scenario = Scenario::with(1, attempts).await;
    let asked = Rc::new(Cell::new(0));
    let counter = Rc::clone(&asked);
    let source = source(&scenario.url(), Transport::Fetch)
        .accept_when(move |response| {
            counter.set(counter.get() + 1);
            response.status == 206
        })
        .build()
        .expect("a source");
    assert_eq!(numbers(source.on::<Tick>("message")).await, [1]);
    // A 204 has no content to accept, so `accept_when` isn't called for it.
    assert_eq!(asked.get(), 1);
    assert_eq!(source.state(), State::Closed { error: None });
}

#[wasm_bindgen(inline_js = "
export function answered(text, type) {
  return new Response(text, { headers: { 'content-type': type } });
}
export function endless() {
  const seen = { cancelled: false };
  const body = new ReadableStream({
    start(controller) { controller.enqueue(new TextEncoder().encode('data: {\"n\":1}\\n\\n')); },
    cancel() { seen.cancelled = true; },
  });
  seen.response = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  return seen;
}
export function response(seen) { return seen.response; }
export function isCancelled(seen) { return seen.cancelled; }
")]
extern "C" {
    fn answered(text: &str, content_type: &str) -> web_sys::Response;
    fn endless() -> JsValue;
    fn response(seen: &JsValue) -> web_sys::Response;
    #[wasm_bindgen(js_name = isCancelled)]
    fn is_cancelled(seen: &JsValue) -> bool;
}

#[wasm_bindgen_test]
async fn an_answer_in_memory_is_read_as_a_server_s() {
    let text = "id: a\ndata: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: {\"n";
    let source = EventSource::from_response(answered(text, "text/event-stream")).expect("a source");
    assert_eq!(numbers(source.on::<Tick>("message")).await, [1, 2]);
    let end = source.end().expect("it is complete");
    assert_eq!(end.reason, EndReason::Body);
    assert_eq!(end.unfinished.expect("an unfinished event").data, "{\"n");
    assert_eq!(source.last_event_id(), "a");
    assert_eq!(source.state(), State::Closed { error: None });

    let refused = EventSource::from_response(answered("<p>", "text/html")).expect("a source");
    let items = all(refused.on::<Tick>("message")).await;
    let [Err(Error::Response(unexpected))] = &items[..] else {
        panic!("{items:?}")
    };
    assert_eq!(unexpected.excerpt, "<p>");
}

#[wasm_bindgen_test]
async fn an_answer_that_is_handed_in_goes_on_by_a_request_of_its_own() {
    let scenario = Scenario::of(5).await;
    let text = "id: 1\nevent: tick\ndata: {\"n\":1}\n\nid: 2\nevent: tick\ndata: {\"n\":2}\n\n";
    let build = |builder: EventSourceBuilder| {
        let answer = answered(text, "text/event-stream");
        builder.response(answer).build().expect("a source")
    };
    // A source that neither resumes nor repeats sends no request of its own.
    let once = build(source(&scenario.url(), Transport::Auto));
    assert_eq!(numbers(once.on::<Tick>("tick")).await, [1, 2]);
    assert!(scenario.report().await.attempts.is_empty());
    let resumed = build(source(&scenario.url(), Transport::Auto).resume_by_get());
    assert_eq!(numbers(resumed.on::<Tick>("tick")).await, each_once(5));
    let report = scenario.report().await;
    assert_eq!(report.attempts[0].last_event_id.as_deref(), Some("2"));
    let repeated = build(source(&scenario.url(), Transport::Auto).idempotent(true));
    assert_eq!(numbers(repeated.on::<Tick>("tick")).await, each_once(5));
}

#[wasm_bindgen_test]
async fn an_answer_is_cancelled_with_its_source_and_refused_where_it_is_not_free() {
    // The source closes before its response is read, then while it is being read.
    for reads in [false, true] {
        let seen = endless();
        let source = EventSource::from_response(response(&seen)).expect("a source");
        if reads {
            let first = within(seconds(10), "an event", source.on::<Tick>("message").next()).await;
            assert_eq!(first, Some(Ok(Tick { n: 1 })));
        }
        drop(source);
        eventually(
            "the body is cancelled",
            || async { is_cancelled(&seen) },
            |yes| *yes,
        )
        .await;
    }
    let taken = answered("data: 1\n\n", "text/event-stream");
    let first = EventSource::from_response(taken.clone().expect("a clone")).expect("a source");
    drop(first);
    let builder = EventSource::builder("/").response(taken.clone().expect("a clone"));
    builder.clone().build().expect("the first one has it");
    let refusals = [
        builder.build(),
        {
            let _text = taken.text().expect("it is read");
            EventSource::from_response(taken)
        },
        EventSource::builder("/")
            .response(answered("", "text/event-stream"))
            .shared("7")
            .build(),
    ];
    for refused in refusals {
        let Err(Error::InvalidOption { option, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert!(["response", "shared"].contains(&option), "{option}");
    }
    let mux = EventSource::builder("/")
        .response(answered("", "text/event-stream"))
        .multiplex();
    assert!(matches!(
        mux.map(drop),
        Err(Error::InvalidOption {
            option: "response",
            ..
        })
    ));
}

/// `select!` takes the streams as they are, and the branch that isn't chosen loses no item.
#[wasm_bindgen_test]
async fn two_streams_are_selected_from() {
    let scenario = Scenario::of(20).await;
    let source = source(&scenario.url(), Transport::Fetch)
        .build()
        .expect("a source");
    let mut ticks = source.on::<Tick>("tick");
    let mut states = source.states();
    let (mut seen, mut closed) = (Vec::new(), false);
    within(seconds(30), "both end", async {
        loop {
            futures_util::select! {
                tick = ticks.next() => if let Some(tick) = tick { seen.push(tick.expect("a tick").n) },
                state = states.next() => closed |= matches!(state, Some(State::Closed { .. })),
                complete => break,
            }
        }
    })
    .await;
    assert_eq!(seen, each_once(20));
    assert!(closed);
    // `StreamExt::next` reports the end, as the subscription's own `next` does.
    assert!(StreamExt::next(&mut ticks).await.is_none());
}
