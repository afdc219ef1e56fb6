//! `sse-core`: its decoder without I/O.

use std::num::NonZeroUsize;

use sse_core::{SseDecoder, SseEvent};

use super::contender::Parse;
use super::input::Input;
use super::seen::Sink;

/// The default limit of this library, since the decoder's own is too small for the large events.
const LIMIT: NonZeroUsize = NonZeroUsize::new(16 * 1024 * 1024).unwrap();

pub(crate) struct SseCore;

impl Parse for SseCore {
    const NAME: &'static str = "sse-core";

    fn parse<S: Sink>(input: &Input, sink: &mut S) {
        let mut decoder = SseDecoder::with_limit(LIMIT);
        for mut chunk in input.chunks() {
            while let Some(event) = decoder.next(&mut chunk) {
                if let SseEvent::Message(event) = event.expect("no event is too large") {
                    let id = event.last_event_id.as_deref().unwrap_or_default();
                    sink.event(&event.event, &event.data, id);
                }
            }
        }
    }
}
