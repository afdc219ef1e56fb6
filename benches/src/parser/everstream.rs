//! This library's parser.

use everstream_core::parse::{Frame, Parser};

use super::contender::Parse;
use super::input::Input;
use super::seen::Sink;

pub(crate) struct Everstream;

impl Parse for Everstream {
    const NAME: &'static str = "everstream";

    fn parse<S: Sink>(input: &Input, sink: &mut S) {
        let mut parser = Parser::new();
        for chunk in input.chunks() {
            let mut frames = parser.feed(chunk);
            while let Some(frame) = frames.next() {
                if let Frame::Event(event) = frame.expect("no event is too large") {
                    sink.event(event.event_type, event.data, event.last_event_id);
                }
            }
        }
    }
}
