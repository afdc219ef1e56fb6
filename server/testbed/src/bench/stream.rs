//! The responses of the benchmarks.

use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::time::{MissedTickBehavior, interval};

use super::payload::end;
use crate::sse::{Event, event_stream};

/// Size of a burst's writes, large enough to keep the server out of the measurement.
const CHUNK: usize = 64 << 10;

/// Size of a drip's writes.
pub(super) const PIECE: usize = 4 << 10;

/// Time between two paced events.
pub(super) const PACE: Duration = Duration::from_millis(1);

/// Time between two stamped events.
pub(super) const STAMPED_PACE: Duration = Duration::from_millis(10);

/// Sends the body as fast as the client takes it.
pub(super) fn burst(body: Bytes) -> Response {
    event_stream(stream::iter(pieces(body, CHUNK)))
}

/// Sends the body in small pieces, each of which goes out before the next is taken.
pub(super) fn dripped(body: Bytes) -> Response {
    event_stream(stream::iter(pieces(body, PIECE)).then(|piece| async {
        // HTTP flushes its buffer when the body has no more bytes for the moment.
        tokio::task::yield_now().await;
        piece
    }))
}

/// Sends one event at a time.
pub(super) fn paced(count: u32, pace: Duration, event: fn(u32) -> Event) -> Response {
    let mut clock = interval(pace);
    // Bursts keep the average rate even when single ticks are late.
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

/// Slices `body` without a copy.
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
