//! One step of the walk through a chunk.

use core::time::Duration;

/// What a line led to; the frame is built from it once the loop has let go of the parser.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'c> {
    Event,
    Comment(&'c [u8]),
    /// A comment that began in an earlier chunk.
    CarriedComment,
    Retry(Duration),
    /// The event was given up.
    TooLarge,
    /// A line that is no part of an event was passed over; the event around it is unharmed.
    LineTooLarge,
}

/// What the walk has lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// There may be more, and nothing is lent.
    Reading,
    /// The frame handed out last borrows the carried line.
    LineLent,
    /// The frame handed out last borrows the block.
    BlockLent,
    /// The chunk is used up.
    Finished,
}
