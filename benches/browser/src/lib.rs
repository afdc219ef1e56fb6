//! The WebAssembly half of the browser benchmarks. Each competitor reads a stream of `count` typed events to
//! its end and returns a tally. The page beside it (`page/`) has the JavaScript half and the clock.

// The expansion of exported enums compares numbers.
#![allow(clippy::float_cmp)]

mod latency;
mod others;
mod ours;
mod payload;
mod tally;

use serde::de::DeserializeOwned;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

pub use latency::Latency;
use others::{by_gloo_net, by_sse_stream};
use payload::{Payload, Price, Small, Snapshot};
pub use tally::Tally;

/// The result of a competitor, as the page sees it.
type Result<T> = core::result::Result<T, JsError>;

/// The competitors that read the stream.
#[derive(Clone, Copy, Debug)]
#[wasm_bindgen]
pub enum Reader {
    /// Everstream over fetch.
    Everstream,
    /// Everstream, with the events as variants of an enum.
    EverstreamEnum,
    /// Everstream over the native `EventSource`.
    EverstreamNative,
    /// `gloo-net`'s wrapper of the native `EventSource`.
    GlooNet,
    /// `sse-stream` with a read loop over fetch.
    SseStream,
}

/// The payloads of the events.
#[derive(Clone, Copy, Debug)]
#[wasm_bindgen]
pub enum Events {
    /// A minimal payload.
    Small,
    /// A price.
    Price,
    /// Many rows.
    Snapshot,
}

/// Reads `count` events from `url`.
///
/// # Errors
///
/// Returns the reader's error.
#[wasm_bindgen]
pub async fn read(reader: Reader, url: String, events: Events, count: u32) -> Result<Tally> {
    match events {
        Events::Small => read_as::<Small>(reader, url, count).await,
        Events::Price => read_as::<Price>(reader, url, count).await,
        Events::Snapshot => read_as::<Snapshot>(reader, url, count).await,
    }
}

async fn read_as<T>(reader: Reader, url: String, count: u32) -> Result<Tally>
where
    T: Payload + DeserializeOwned + 'static,
{
    match reader {
        Reader::Everstream => ours::by_type::<T>(url, count).await,
        Reader::EverstreamEnum => ours::by_enum(url, count).await,
        Reader::EverstreamNative => ours::by_native::<T>(url, count).await,
        Reader::GlooNet => by_gloo_net::<T>(&url, count).await,
        Reader::SseStream => by_sse_stream::<T>(&url, count).await,
    }
}

/// Returns the size of WebAssembly's memory, which never shrinks, in bytes.
#[must_use]
#[wasm_bindgen(js_name = memoryBytes)]
pub fn memory_bytes() -> u32 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().into();
    buffer.byte_length()
}
