//! The alternatives for a Rust application, each used in its documented way.

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use gloo_net::eventsource::futures::EventSource;
use js_sys::{Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use sse_stream::SseByteStream;
use wasm_bindgen::{JsCast, JsError, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response};

use crate::payload::Payload;
use crate::{Result, Tally};

/// Reads from the browser's own `EventSource` by `gloo-net`.
pub(crate) async fn by_gloo_net<T>(url: &str, count: u32) -> Result<Tally>
where
    T: Payload + DeserializeOwned,
{
    let mut source = EventSource::new(url)?;
    let mut events = source.subscribe(T::EVENT_TYPE)?;
    let mut tally = Tally::default();
    while tally.count < count
        && let Some(event) = events.next().await
    {
        let (_, message) = event.map_err(|error| JsError::new(&error.to_string()))?;
        let data = message.data().as_string().unwrap_or_default();
        tally.take(&serde_json::from_str::<T>(&data)?);
    }
    Ok(tally)
}

/// Reads a fetch body chunk by chunk through `sse-stream`.
pub(crate) async fn by_sse_stream<T>(url: &str, count: u32) -> Result<Tally>
where
    T: Payload + DeserializeOwned,
{
    let mut events = Box::pin(SseByteStream::new(chunks(fetch(url).await?)));
    let mut tally = Tally::default();
    while tally.count < count
        && let Some(event) = events.next().await
    {
        let event = event?;
        if event.event.as_deref().unwrap_or("message") != T::EVENT_TYPE {
            continue;
        }
        if let Some(data) = event.data {
            tally.take(&serde_json::from_str::<T>(&data)?);
        }
    }
    Ok(tally)
}

async fn fetch(url: &str) -> Result<ReadableStreamDefaultReader> {
    let window = web_sys::window().ok_or_else(|| JsError::new("there is no window"))?;
    let response = JsFuture::from(window.fetch_with_str(url))
        .await
        .map_err(thrown)?;
    let response: Response = response.dyn_into().map_err(thrown)?;
    let body = response
        .body()
        .ok_or_else(|| JsError::new("there is no body"))?;
    body.get_reader()
        .dyn_into()
        .map_err(|_| JsError::new("there is no reader"))
}

fn chunks(
    reader: ReadableStreamDefaultReader,
) -> impl Stream<Item = core::result::Result<Bytes, ReadError>> {
    stream::unfold(reader, |reader| async {
        let chunk = match JsFuture::from(reader.read()).await {
            Ok(read) => {
                let value = Reflect::get(&read, &JsValue::from_str("value"));
                Ok(Bytes::from(
                    value.ok()?.dyn_into::<Uint8Array>().ok()?.to_vec(),
                ))
            }
            Err(thrown) => Err(ReadError(format!("{thrown:?}"))),
        };
        Some((chunk, reader))
    })
}

/// The body broke off.
#[derive(Debug, thiserror::Error)]
#[error("the body broke off: {0}")]
struct ReadError(String);

#[allow(clippy::needless_pass_by_value)] // The function is passed by name.
fn thrown(value: JsValue) -> JsError {
    JsError::new(&format!("{value:?}"))
}
