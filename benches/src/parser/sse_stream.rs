//! `sse-stream`: its adapter for byte buffers, the faster of its two, over borrowed bytes.

use std::convert::Infallible;

use futures_util::stream;
use sse_stream::SseByteStream;

use super::contender::Parse;
use super::input::Input;
use super::seen::Sink;
use super::streams::drain;

pub(crate) struct SseStream;

impl Parse for SseStream {
    const NAME: &'static str = "sse-stream";

    fn parse<S: Sink>(input: &Input, sink: &mut S) {
        let chunks = stream::iter(input.chunks().map(Ok::<_, Infallible>));
        drain(SseByteStream::new(chunks), |event| {
            let event = event.expect("the stream is well-formed");
            // `sse-stream` returns blocks, and its user must tell which of them are events.
            if let Some(data) = &event.data {
                let event_type = event.event.as_deref().unwrap_or("message");
                sink.event(event_type, data, event.id.as_deref().unwrap_or_default());
            }
        });
    }
}
