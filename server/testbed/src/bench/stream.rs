//! How the events are sent.

use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::time::{MissedTickBehavior, interval};

use super::payload::end;
use crate::sse::{Event, event_stream};

/// What a burst is written in: large enough to keep the server out of the measurement.
const CHUNK: usize = 64 << 10;

/// What a drip is written in.
pub(super) const PIECE: usize = 4 << 10;

/// The time from one paced event to the next.
pub(super) const PACE: Duration = Duration::from_millis(1);

/// And from one stamped event to the next.
pub(super) const STAMPED_PACE: Duration = Duration::from_millis(10);

/// Everything as fast as it is taken.
pub(super) fn burst(body: Bytes) -> Response {
    event_stream(stream::iter(pieces(body, CHUNK)))
}

/// Small pieces, each of which goes out before the next is looked at.
pub(super) fn dripped(body: Bytes) -> Response {
    event_stream(stream::iter(pieces(body, PIECE)).then(|piece| async {
        // HTTP flushes what it has when the body has no more for the moment.
        tokio::task::yield_now().await;
        piece
    }))
}

/// One event at a time.
pub(super) fn paced(count: u32, pace: Duration, event: fn(u32) -> Event) -> Response {
    let mut clock = interval(pace);
    // The pace is kept over the whole, whatever a single tick's delay.
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let prices = stream::unfold((clock, 1), move |(mut clock, n)| async move {
        if n > count {
            return None;
        }
        clock.tick().await;
        Some((event(n).encode(), (clock, n + 1)))
    });
    event_stream(prices.chain(stream::iter([end().encode()])))
}

/// Slices of `body`, without a copy.
fn pieces(body: Bytes, size: usize) -> impl Iterator<Item = Bytes> {
    (0..body.len())
        .step_by(size)
        .map(move |start| body.slice(start..body.len().min(start + size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole() {
        let body = Bytes::from_static(b"0123456789");
        let pieces: Vec<_> = pieces(body.clone(), 4).collect();
        assert_eq!(pieces, ["0123", "4567", "89"]);
        assert_eq!(pieces.concat(), body);
    }
}
