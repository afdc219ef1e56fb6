//! One reader's connection to a demo stream.

use std::{future::pending, pin::Pin, time::Duration};

use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at};

use super::{Channel, census::Counted, fault::Exposure, fault::refusal};
use crate::{
    net::Connection,
    sse::{Cursor, Delivery, Event, OneLine, comment, event_stream, reconnection_time},
};

const HEARTBEAT: Duration = Duration::from_secs(5);
/// Long enough, at one second, for a server on the same machine.
const RECONNECTION_TIME: Duration = Duration::from_secs(1);

/// Bytes to send while there are no events.
#[derive(Clone, Copy, Debug)]
pub(super) enum Heartbeat {
    /// A comment, the standard's own way, which `EventSource` hides from the page.
    Comment,
    /// An event of type `ping`, which every client sees.
    Event,
}

impl Heartbeat {
    fn encode(self) -> Bytes {
        const PING: OneLine = OneLine::from_static("ping");
        match self {
            Self::Comment => comment("ping"),
            Self::Event => Event::new("{}").with_type(PING).encode(),
        }
    }
}

#[derive(Debug)]
struct Reader {
    cursor: Cursor,
    preamble: Option<Bytes>,
    heartbeat: Heartbeat,
    beats: Interval,
    /// When the reader loses access.
    end: Option<Pin<Box<Sleep>>>,
    exposure: Exposure,
    connection: Connection,
    _counted: Counted,
}

/// Answers with the items of `cursor`, subject to the channel's faults, until `end` if there is one.
pub(super) fn follow(
    channel: &Channel,
    cursor: Cursor,
    connection: Connection,
    heartbeat: Heartbeat,
    end: Option<Sleep>,
) -> Response {
    let exposure = match channel.faults.admit(Instant::now()) {
        Ok(exposure) => exposure,
        Err(status) => return refusal(status),
    };
    let mut beats = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let reader = Reader {
        cursor,
        preamble: Some(reconnection_time(RECONNECTION_TIME)),
        heartbeat,
        beats,
        end: end.map(Box::pin),
        exposure,
        connection,
        _counted: channel.readers.enter(),
    };
    event_stream(reader.into_stream())
}

impl Reader {
    fn into_stream(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, async |mut reader| {
            let frame = reader.next().await?;
            Some((frame, reader))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        let Exposure { dropped, silenced } = &self.exposure;
        tokio::select! {
            biased;
            () = dropped.cancelled() => self.connection.close().await,
            () = silenced.cancelled() => {
                dropped.cancelled().await;
                self.connection.close().await
            }
            () = reached(&mut self.end) => None,
            _ = self.beats.tick() => Some(self.heartbeat.encode()),
            frame = first(&mut self.preamble, &mut self.cursor) => frame,
        }
    }
}

/// Returns the preamble unless it has been sent, then the items of the cursor.
async fn first(preamble: &mut Option<Bytes>, cursor: &mut Cursor) -> Option<Bytes> {
    const GAP: OneLine = OneLine::from_static("gap");
    if let Some(preamble) = preamble.take() {
        return Some(preamble);
    }
    Some(match cursor.next().await? {
        Delivery::Frame(frame) => frame,
        Delivery::Gap { oldest } => Event::new(json!({ "oldest": oldest }).to_string())
            .with_type(GAP)
            .encode(),
    })
}

async fn reached(time: &mut Option<Pin<Box<Sleep>>>) {
    match time {
        Some(time) => time.await,
        None => pending().await,
    }
}
