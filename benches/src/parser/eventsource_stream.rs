//! `eventsource-stream`: a stream adapter, which takes borrowed bytes.

use std::convert::Infallible;

use eventsource_stream::EventStream;
use futures_util::stream;

use super::contender::Parse;
use super::input::Input;
use super::seen::Sink;
use super::streams::drain;

pub(crate) struct EventsourceStream;

impl Parse for EventsourceStream {
    const NAME: &'static str = "eventsource-stream";
    const RESCANS: bool = true;

    fn parse<S: Sink>(input: &Input, sink: &mut S) {
        let chunks = stream::iter(input.chunks().map(Ok::<_, Infallible>));
        drain(EventStream::new(chunks), |event| {
            let event = event.expect("the stream is well-formed");
            sink.event(&event.event, &event.data, &event.id);
        });
    }
}
