//! Steps of the iteration over a chunk.

use core::time::Duration;

/// The result of a line. The frame is built from it once the loop no longer borrows the parser.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'c> {
    Event,
    Comment(&'c [u8]),
    /// A comment that began in an earlier chunk.
    CarriedComment,
    Retry(Duration),
    /// The event exceeded the size limit and was dropped.
    TooLarge,
    /// A line that belongs to no event was skipped; the event around it is unaffected.
    LineTooLarge,
}

/// Which buffer of the parser is lent out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No buffer is lent, and the chunk may hold more.
    Reading,
    /// The last returned frame borrows the carried line.
    LineLent,
    /// The last returned frame borrows the block.
    BlockLent,
    /// The chunk is used up.
    Finished,
}
