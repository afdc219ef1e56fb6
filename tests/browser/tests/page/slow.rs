//! Subscribers that read more slowly than events arrive.

use everstream::{Error, Overflow, Transport};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, all, each_once, numbers, source};

#[wasm_bindgen_test]
async fn the_oldest_are_dropped_and_counted() {
    let scenario = Scenario::of(500).await;
    let source = source(&scenario.url(), Transport::Fetch)
        .build()
        .expect("a source");
    let slow = source
        .on::<Tick>("tick")
        .with_buffer(16, Overflow::DropOldest);
    let keen = source.on::<Tick>("tick");
    assert_eq!(
        numbers(keen).await,
        each_once(500),
        "the slow one harms no other"
    );
    let items = all(slow).await;
    let Err(Error::Lagged { missed }) = items[0] else {
        panic!("{:?}", items[0])
    };
    assert_eq!(missed, 484);
    let kept: Vec<u64> = items[1..]
        .iter()
        .map(|item| item.as_ref().expect("a tick").n)
        .collect();
    assert_eq!(kept, (485..=500).collect::<Vec<_>>());
    assert_eq!(source.stats().lagged, 484);
}

#[wasm_bindgen_test]
async fn an_overflow_can_end_the_stream() {
    let scenario = Scenario::of(100).await;
    let source = source(&scenario.url(), Transport::Fetch)
        .build()
        .expect("a source");
    let slow = source.on::<Tick>("tick").with_buffer(4, Overflow::Error);
    let keen = source.on::<Tick>("tick");
    assert_eq!(numbers(keen).await, each_once(100));
    let items = all(slow).await;
    assert_eq!(items.len(), 5);
    assert!(matches!(items[4], Err(Error::Overflow { capacity: 4 })));
}

#[wasm_bindgen_test]
async fn backpressure_stops_the_reading_and_loses_nothing() {
    let frame = |n: u64| {
        format!(
            "id: {n}\nevent: tick\ndata: {{\"n\":{n},\"x\":\"{}\"}}\n\n",
            "x".repeat(10_000)
        )
    };
    let frames: Vec<String> = (1..=100).map(frame).collect();
    let scenario = Scenario::new(json!({
        "events": 100,
        "raw": frames,
        "attempts": [{ "kind": "serve" }],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Auto)
        .build()
        .expect("a source");
    let ticks = source
        .on::<Tick>("tick")
        .with_buffer(4, Overflow::Backpressure);
    let read = || async { source.stats() };
    eventually("the buffer is full", read, |stats| {
        stats.opened == 1 && stats.bytes > 0
    })
    .await;
    // Another stream runs to its end meanwhile, which gives this one time to read more than it may.
    let other = Scenario::of(100).await;
    numbers(
        crate::support::source(&other.url(), Transport::Fetch)
            .build()
            .expect("a source")
            .on("tick"),
    )
    .await;
    let stats = source.stats();
    assert!(stats.bytes <= 2 * 64 * 1024, "{stats:?}");
    assert_eq!(numbers(ticks).await, each_once(100));
}

#[wasm_bindgen_test]
async fn a_burst_does_not_outrun_a_subscriber_that_reads() {
    let scenario = Scenario::of(20_000).await;
    let source = source(&scenario.url(), Transport::Fetch)
        .build()
        .expect("a source");
    let mut ticks = source
        .on::<Tick>("tick")
        .with_buffer(32, Overflow::DropOldest);
    let mut expected = 1;
    while let Some(tick) = ticks.next().await {
        assert_eq!(tick.expect("no event is dropped").n, expected);
        expected += 1;
    }
    assert_eq!(expected, 20_001);
}

#[wasm_bindgen_test]
async fn an_event_that_is_too_large_is_skipped_with_an_error() {
    let scenario = Scenario::new(json!({
        "events": 3,
        "raw": [
            "id: 1\nevent: tick\ndata: {\"n\":1}\n\n",
            format!("id: 2\nevent: tick\ndata: {}\n\n", "x".repeat(5000)),
            "id: 3\nevent: tick\ndata: {\"n\":3}\n\n",
        ],
        "attempts": [{ "kind": "serve" }],
    }))
    .await;
    let source = source(&scenario.url(), Transport::Fetch)
        .max_event_size(1000)
        .build()
        .expect("a source");
    let items = all(source.on::<Tick>("tick")).await;
    assert!(
        matches!(
            items[..],
            [
                Ok(Tick { n: 1 }),
                Err(Error::EventTooLarge(_)),
                Ok(Tick { n: 3 })
            ]
        ),
        "{items:?}"
    );
}
