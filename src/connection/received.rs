//! The frames of a chunk, on their way through the connection.

use core::time::Duration;

use super::Stats;
use crate::parse::{EventTooLarge, Frame, Frames};

/// What a chunk completes. The connection takes note of each frame as it passes.
///
/// Like [`Frames`] it lends: call [`next`](Self::next) until it returns `None`.
#[derive(Debug)]
#[must_use = "frames that are not read are discarded"]
pub struct Received<'p, 'c> {
    pub(super) frames: Frames<'p, 'c>,
    pub(super) reconnection_time: &'p mut Option<Duration>,
    pub(super) stats: &'p mut Stats,
}

impl Received<'_, '_> {
    /// The next frame, or `None` when the chunk is used up.
    ///
    /// # Errors
    ///
    /// [`EventTooLarge`] where an event exceeds the limit; the frames behind it follow.
    #[allow(clippy::should_implement_trait)] // It lends.
    pub fn next(&mut self) -> Option<Result<Frame<'_>, EventTooLarge>> {
        let frame = self.frames.next();
        match &frame {
            Some(Ok(Frame::Retry(time))) => *self.reconnection_time = Some(*time),
            Some(Ok(Frame::Event(_))) => self.stats.events += 1,
            _ => {}
        }
        frame
    }
}
