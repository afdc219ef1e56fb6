//! The parsers in the comparison.

use super::eventsource_stream::EventsourceStream;
use super::everstream::Everstream;
use super::input::Input;
use super::seen::{Digest, Sink, Tally};
use super::sse_core::SseCore;
use super::sse_stream::SseStream;
use super::sseer::Sseer;

/// A parser, used in the fastest way that its documentation shows.
pub(crate) trait Parse {
    const NAME: &'static str;

    /// Whether the parser scans the bytes of an unfinished line again with each chunk.
    const RESCANS: bool = false;

    /// Parses the whole input and passes each event to the sink.
    fn parse<S: Sink>(input: &Input, sink: &mut S);
}

/// A parser in the table.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    rescans: bool,
    pub(crate) tally: fn(&Input) -> Tally,
    pub(crate) digest: fn(&Input) -> Digest,
}

/// The index of our parser.
pub(crate) const OURS: usize = 0;

pub(crate) const CONTENDERS: &[Contender] = &[
    Contender::of::<Everstream>(),
    Contender::of::<EventsourceStream>(),
    Contender::of::<SseStream>(),
    Contender::of::<SseCore>(),
    Contender::of::<Sseer>(),
];

/// The most bytes that a parser may rescan, since the figure isn't worth minutes more.
const RESCANNED_LIMIT: usize = 3 * 1024 * 1024 * 1024;

impl Contender {
    const fn of<P: Parse>() -> Self {
        Self {
            name: P::NAME,
            rescans: P::RESCANS,
            tally: shown::<P, Tally>,
            digest: shown::<P, Digest>,
        }
    }

    pub(crate) fn can_finish(&self, input: &Input) -> bool {
        let chunks_per_line = input.longest_line / input.chunk;
        let rescanned = (input.bytes.len() / 2).saturating_mul(chunks_per_line);
        !self.rescans || rescanned <= RESCANNED_LIMIT
    }
}

fn shown<P: Parse, S: Sink>(input: &Input) -> S {
    let mut sink = S::default();
    P::parse(input, &mut sink);
    sink
}
