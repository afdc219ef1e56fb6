//! Servers written as their tutorials show, alone and behind nginx.
//!
//! `cargo xtask test` reports a missing server as skipped, or as failed in CI. Its tests then return at once.

use everstream::{EventSource, Transport};
use futures_util::StreamExt;
use futures_util::future::join_all;
use gloo_net::http::Request;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::on_both_transports;
use crate::support::scenario::SERVER;
use crate::support::{Duration, Scenario, Tick, all, each_once, numbers, seconds, source, within};

const FASTAPI: Option<&str> = option_env!("EVERSTREAM_FASTAPI");
const FLASK: Option<&str> = option_env!("EVERSTREAM_FLASK");
const EXPRESS: Option<&str> = option_env!("EVERSTREAM_EXPRESS");
const SPRING: Option<&str> = option_env!("EVERSTREAM_SPRING");
const NGINX: Option<&str> = option_env!("EVERSTREAM_NGINX");
const NGINX_H2: Option<&str> = option_env!("EVERSTREAM_NGINX_H2");

#[derive(Debug, serde::Deserialize)]
struct Price {
    symbol: String,
    price: f64,
    n: u64,
}

/// Asserts that no price is missed, though the server closes the stream after every eight of the thirty.
async fn prices_arrive(server: &str, transport: Transport) {
    let url = format!("{server}/prices?count=30&close_every=8");
    let source = source(&url, transport).build().expect("a source");
    let prices = all(source.on::<Price>("priceUpdate")).await;
    let prices: Vec<Price> = prices
        .into_iter()
        .map(|price| price.expect("a price"))
        .collect();
    let seen: Vec<u64> = prices.iter().map(|price| price.n).collect();
    assert_eq!(seen, each_once(30));
    assert!(
        prices
            .iter()
            .all(|price| price.symbol == "ACME" && price.price > 100.0)
    );
}

/// Asserts that no event is missed when the server falls silent after the fifth until nginx cuts the stream.
///
/// A heartbeat timeout has to be longer than the two seconds after which nginx cuts.
async fn an_idle_stream_is_cut(nginx: &str, transport: Transport, heartbeat: Option<Duration>) {
    let scenario = Scenario::with(
        10,
        json!([{ "kind": "serve", "stopAfter": 5, "stop": "silence" }, { "kind": "serve" }]),
    )
    .await;
    let url = scenario.url().replace(SERVER, nginx);
    let mut builder = source(&url, transport);
    if let Some(heartbeat) = heartbeat {
        builder = builder.heartbeat_timeout(heartbeat);
    }
    let source = builder.build().expect("a source");
    assert_eq!(numbers(source.on::<Tick>("tick")).await, each_once(10));
    let attempts = scenario.report().await.attempts;
    assert_eq!(attempts[1].last_event_id.as_deref(), Some("5"));
}

/// The server handles no preflight and reads the last event ID from the header alone. The browser's own
/// source loses nothing there, and neither does the default transport.
#[wasm_bindgen_test]
async fn another_origin_without_a_preflight_loses_nothing() {
    let Some(server) = EXPRESS else { return };
    let source = EventSource::new(format!("{server}/plain?count=1001")).expect("a source");
    let ticks = source.on::<Tick>("message").take(1000);
    let items: Vec<_> = within(seconds(60), "a thousand events", ticks.collect()).await;
    let told: Vec<u64> = items
        .into_iter()
        .map(|tick| tick.expect("neither a gap nor an error").n)
        .collect();
    assert_eq!(told, each_once(1000));
    assert!(source.stats().opened > 3, "{:?}", source.stats());
}

/// HTTP/2 carries a hundred streams and an ordinary request, where HTTP/1.1 allows six connections.
#[wasm_bindgen_test]
async fn a_hundred_streams_over_http_2_leave_room_for_a_request() {
    let Some(nginx) = NGINX_H2 else { return };
    // nginx cuts a connection that is silent for two seconds.
    let script = json!({ "events": 1, "finish": "hold", "commentEveryMs": 500 });
    let scenario = Scenario::new(script).await;
    let url = scenario.url().replace(SERVER, nginx);
    let sources: Vec<_> = (0..100)
        .map(|_| source(&url, Transport::Fetch).build().expect("a source"))
        .collect();
    let firsts = sources.iter().map(|source| {
        let mut ticks = source.on::<Tick>("tick");
        async move { ticks.next().await }
    });
    let firsts = within(seconds(60), "each has an event", join_all(firsts)).await;
    assert!(
        firsts
            .iter()
            .all(|first| matches!(first, Some(Ok(Tick { n: 1 }))))
    );
    assert_eq!(scenario.report().await.active, 100);
    let spoken = within(seconds(10), "the request is answered", protocol(nginx)).await;
    assert_eq!(spoken, "HTTP/2.0");
}

/// The version of HTTP that the browser and nginx speak.
async fn protocol(nginx: &str) -> String {
    let response = Request::get(&format!("{nginx}/protocol")).send().await;
    let text = response.expect("nginx answers").text().await;
    text.expect("a protocol")
}

on_both_transports! {
    async fn fastapi_under_uvicorn(transport: Transport) {
        let Some(server) = FASTAPI else { return };
        prices_arrive(server, transport).await;
    }

    async fn flask(transport: Transport) {
        let Some(server) = FLASK else { return };
        prices_arrive(server, transport).await;
    }

    async fn express(transport: Transport) {
        let Some(server) = EXPRESS else { return };
        prices_arrive(server, transport).await;
    }

    async fn spring(transport: Transport) {
        let Some(server) = SPRING else { return };
        prices_arrive(server, transport).await;
    }

    async fn fastapi_behind_nginx(transport: Transport) {
        let (Some(nginx), Some(_)) = (NGINX, FASTAPI) else { return };
        assert_eq!(protocol(nginx).await, "HTTP/1.1");
        prices_arrive(nginx, transport).await;
    }

    async fn fastapi_behind_nginx_over_http_2(transport: Transport) {
        let (Some(nginx), Some(_)) = (NGINX_H2, FASTAPI) else { return };
        assert_eq!(protocol(nginx).await, "HTTP/2.0");
        prices_arrive(nginx, transport).await;
    }

    async fn fastapi_behind_nginx_that_holds_compressed_streams_back(transport: Transport) {
        let (Some(nginx), Some(_)) = (NGINX, FASTAPI) else { return };
        prices_arrive(&format!("{nginx}/gzip"), transport).await;
    }

    async fn nginx_cuts_an_idle_stream(transport: Transport) {
        let Some(nginx) = NGINX else { return };
        an_idle_stream_is_cut(nginx, transport, None).await;
    }

    // WebKit doesn't notice: over HTTP/2 its streams were still open, and silent, 100 s after the cut. The
    // watchdog notices there; in the other browsers it has nothing left to notice.
    async fn nginx_cuts_an_idle_stream_over_http_2(transport: Transport) {
        let Some(nginx) = NGINX_H2 else { return };
        an_idle_stream_is_cut(nginx, transport, Some(seconds(4))).await;
    }
}
