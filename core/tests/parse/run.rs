//! Runs the parser over chunks and collects its frames in owned form.

use everstream_core::parse::{Frame, Parser};

/// The comparable outcome of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Events as (type, data, last event ID), with the errors in their order among them.
    pub(crate) events: Vec<Result<(String, String, String), Option<String>>>,
    pub(crate) comments: Vec<String>,
    pub(crate) retries: Vec<u64>,
    pub(crate) last_event_id: String,
}

pub(crate) fn run<'c>(mut parser: Parser, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
    let mut outcome = Outcome::default();
    for chunk in chunks {
        let mut frames = parser.feed(chunk);
        while let Some(frame) = frames.next() {
            match frame {
                Ok(Frame::Event(event)) => outcome.events.push(Ok((
                    event.event_type.to_owned(),
                    event.data.to_owned(),
                    event.last_event_id.to_owned(),
                ))),
                Ok(Frame::Comment(text)) => outcome.comments.push(text.to_owned()),
                Ok(Frame::Retry(time)) => outcome
                    .retries
                    .push(u64::try_from(time.as_millis()).expect("milliseconds fit")),
                Err(error) => outcome.events.push(Err(error.event_type)),
            }
        }
    }
    parser
        .last_event_id()
        .clone_into(&mut outcome.last_event_id);
    outcome
}

/// Cuts the bytes at the given offsets, each taken modulo the length.
pub(crate) fn cut<'b>(bytes: &'b [u8], places: &[usize]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = places.iter().map(|at| at % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|w| &bytes[w[0]..w[1]]).collect()
}
