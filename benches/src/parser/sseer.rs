//! `sseer`: a stream adapter over `Bytes`, from which it slices its events without a copy.

use std::convert::Infallible;

use futures_util::stream;
use sseer::EventStream;

use super::contender::Parse;
use super::input::Input;
use super::seen::Sink;
use super::streams::drain;

pub(crate) struct Sseer;

impl Parse for Sseer {
    const NAME: &'static str = "sseer";

    fn parse<S: Sink>(input: &Input, sink: &mut S) {
        let chunks = input.chunks().map(|chunk| input.bytes.slice_ref(chunk));
        let chunks = stream::iter(chunks.map(Ok::<_, Infallible>));
        drain(EventStream::new(chunks), |event| {
            let event = event.expect("the stream is well-formed");
            sink.event(&event.event, &event.data, &event.id);
        });
    }
}
