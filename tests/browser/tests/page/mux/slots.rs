//! A multiplexer takes one of the six connections that browsers allow per HTTP/1.1 origin.

use everstream::Transport;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{in_force, is_open, mux, names};
use crate::support::hub::Hub;
use crate::support::wait::eventually;
use crate::support::{Tick, seconds, until, within};

#[wasm_bindgen_test]
async fn native_sources_stall_the_page_and_two_hundred_channels_leave_five_connections() {
    let hub = Hub::new().await;
    {
        let sources: Vec<_> = (0..8)
            .map(|number| {
                let url = format!("{}?channel=c{number}", hub.url());
                web_sys::EventSource::new(&url).expect("a native source")
            })
            .collect();
        let open = || {
            sources
                .iter()
                .filter(|source| source.ready_state() == web_sys::EventSource::OPEN)
                .count()
        };
        eventually("six are open", || async { open() }, |open| *open == 6).await;
        let ninth = everstream::EventSource::builder(format!("{}?channel=ninth", hub.url()))
            .transport(Transport::Fetch)
            .build()
            .expect("a source");
        let mut states = ninth.states();
        let opens = Box::pin(
            states
                .by_ref()
                .filter(|state| core::future::ready(is_open(state)))
                .into_future(),
        );
        let outcome = select(opens, TimeoutFuture::new(2_000)).await;
        let has_stalled = matches!(outcome, Either::Right(_));
        for source in &sources {
            source.close();
        }
        assert!(
            has_stalled,
            "a ninth request was answered beside eight streams"
        );
    }
    eventually(
        "the streams are closed",
        || hub.report(),
        |report| report.open == 0,
    )
    .await;

    let mux = mux(&hub, Transport::Auto);
    let names = names(200);
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
    // Opens five more streams to the same origin, which makes six connections.
    let beside: Vec<_> = (0..5)
        .map(|number| {
            let url = format!("{}?channel=beside{number}", hub.url());
            everstream::EventSource::builder(url)
                .transport(Transport::Fetch)
                .build()
                .expect("a source")
        })
        .collect();
    for source in &beside {
        until(&mut source.states(), "it opens", is_open).await;
    }
    drop(beside);
    hub.publish_numbers(&names, 2, 0).await;
    for numbers in &mut numbers {
        for n in 1..=2 {
            let tick = within(seconds(10), "a tick", numbers.next()).await;
            assert_eq!(tick.expect("an item").expect("a tick"), Tick { n });
        }
    }
}
