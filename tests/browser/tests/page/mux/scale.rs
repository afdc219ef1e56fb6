//! Many channels take little memory.

use everstream::{Channel, Mux, Transport};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use super::{in_force, mux};
use crate::support::hub::Hub;
use crate::support::wait::eventually;

const CHANNELS: usize = 10_000;

/// The size of the linear memory, which grows by what is allocated and not freed, and never shrinks.
fn memory() -> usize {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    buffer.byte_length() as usize
}

/// A name of eight bytes, created anew on each call so that none is kept.
fn name(number: usize) -> String {
    format!("c{number:07}")
}

fn subscribe(mux: &Mux) -> Vec<Channel> {
    let mut channels = Vec::with_capacity(CHANNELS);
    channels.extend((0..CHANNELS).map(|number| mux.channel(&name(number)).expect("a channel")));
    channels
}

/// A small piece of memory. A chain of them leaves no space behind, as a vector does when it grows.
struct Filler {
    before: Option<Box<Filler>>,
}

#[wasm_bindgen_test]
async fn an_idle_channel_takes_less_than_300_bytes() {
    // The server sends no answers, so that only the client at rest is measured.
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Fetch);
    // Fills the free space that earlier tests have left, which would otherwise hide the growth.
    let mut filler = None;
    let start = memory();
    while memory() < start + 65_536 {
        let before = filler.take();
        filler = Some(Box::new(Filler { before }));
    }
    let before = memory();
    let channels = subscribe(&mux);
    let handles = CHANNELS * size_of::<Channel>();
    let each = (memory() - before - handles) / CHANNELS - name(0).len();
    console_log!("{each} bytes for an idle channel, beside its name");
    assert!(each < 300, "{each} bytes");
    drop(channels);
    while let Some(mut last) = filler {
        filler = last.before.take();
    }
}

#[wasm_bindgen_test]
async fn ten_thousand_subscriptions_made_and_dropped() {
    let hub = Hub::new().await;
    let mux = mux(&hub, Transport::Fetch);
    let lasting = mux.channel("lasting").expect("a channel");
    in_force(&lasting).await;
    let mut sizes = Vec::new();
    for _ in 0..12 {
        let mut channels = subscribe(&mux);
        // The hub allows `CHANNELS` channels, and `lasting` is one of them.
        drop(channels.pop());
        for channel in &channels {
            in_force(channel).await;
        }
        assert_eq!(mux.stats().channels, CHANNELS);
        drop(channels);
        sizes.push(memory());
        eventually(
            "all are given up",
            || async { mux.stats().channels },
            |channels| *channels == 1,
        )
        .await;
    }
    let report = hub.report().await;
    assert_eq!((report.open, report.opened), (1, 1));
    assert!(
        report.controls.len() <= 24,
        "{} requests",
        report.controls.len()
    );
    // The first rounds leave free space for later ones, and a table grows now and then. A leak of even one
    // 16-byte allocation per channel would exceed this limit.
    let grown = sizes[11] - sizes[2];
    assert!(grown < 9 * CHANNELS * 16, "{grown} bytes: {sizes:?}");
}
