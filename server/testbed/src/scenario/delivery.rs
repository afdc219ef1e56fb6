//! The body of a stream that serves events.

use std::{future::pending, pin::Pin, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep};

use super::{
    run::Visit,
    script::{Finish, Script, Serve, Stop},
};
use crate::{
    net::Connection,
    sse::{Event, LastEventId, comment, reconnection_time},
};

/// Approximate size of the pieces in which events without a pause are sent.
const PIECE: usize = 16 << 10;

#[derive(Debug)]
pub(super) struct Delivery {
    visit: Visit,
    connection: Connection,
    plan: Serve,
    /// Number of the last event sent on this connection, or of the client's last event ID before the first.
    position: u64,
    /// Number of events sent on this connection.
    sent: u64,
    preamble: Option<Bytes>,
    /// Whether the beginning of an event has been sent whose end will never follow.
    broken: bool,
    pace: Option<Interval>,
    comments: Option<Interval>,
    end: Option<Pin<Box<Sleep>>>,
}

/// The next step of a delivery.
#[derive(Clone, Copy, Debug)]
enum Due {
    Events,
    End,
    Break,
    Hold,
    Silence,
}

impl Delivery {
    pub(super) fn new(
        visit: Visit,
        connection: Connection,
        plan: Serve,
        last_event_id: &LastEventId,
    ) -> Self {
        let script = &visit.run().script;
        let interval = script.interval_ms.duration();
        Self {
            position: if script.log {
                // Raw frames may have IDs that aren't numbers; the stream then begins at the first frame.
                let asked = last_event_id.as_str().and_then(|id| id.parse().ok());
                asked.unwrap_or(0)
            } else {
                visit.run().heard_or_not(interval)
            },
            sent: 0,
            preamble: script
                .retry_ms
                .map(Duration::from_millis)
                .map(reconnection_time),
            broken: false,
            pace: (!interval.is_zero()).then(|| every(interval, Instant::now())),
            comments: script
                .comment_every_ms
                .map(|interval| every(interval.duration(), Instant::now() + interval.duration())),
            end: plan
                .end_after_ms
                .map(|time| Box::pin(sleep(time.duration()))),
            visit,
            connection,
            plan,
        }
    }

    /// Whether the client has seen all events and is to get a 204, rather than be kept waiting.
    pub(super) fn has_no_content(&self) -> bool {
        self.is_over() && self.script().finish == Finish::NoContent
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, async |mut delivery| {
            let piece = delivery.next().await?;
            Some((piece, delivery))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if let Some(preamble) = self.preamble.take() {
            return Some(preamble);
        }
        match self.due() {
            Due::Events => tokio::select! {
                biased;
                () = reached(&mut self.end) => None,
                () = tick(&mut self.comments) => Some(comment("ping")),
                () = pause(&mut self.pace) => Some(self.events()),
            },
            Due::Hold => tokio::select! {
                biased;
                () = reached(&mut self.end) => None,
                () = tick(&mut self.comments) => Some(comment("ping")),
            },
            Due::Silence => {
                reached(&mut self.end).await;
                None
            }
            Due::End => None,
            Due::Break => {
                // The pause comes first: when the connection breaks, a browser may discard bytes that
                // it hasn't read yet.
                pause(&mut self.pace).await;
                match self.beginning_of_next() {
                    Some(beginning) if !self.broken => {
                        self.broken = true;
                        Some(beginning)
                    }
                    _ => self.break_off().await,
                }
            }
        }
    }

    fn due(&self) -> Due {
        if self.is_to_stop() {
            match self.plan.stop {
                Stop::End => Due::End,
                Stop::Cut | Stop::Reset => Due::Break,
                Stop::Silence => Due::Silence,
            }
        } else if self.is_over() {
            match self.script().finish {
                Finish::NoContent => Due::End,
                Finish::Hold => Due::Hold,
            }
        } else {
            Due::Events
        }
    }

    fn is_to_stop(&self) -> bool {
        self.plan.stop_after == Some(self.sent)
    }

    fn is_over(&self) -> bool {
        self.position >= total(self.script())
    }

    /// Returns the next event, or enough events for a piece if there is no pause between them.
    fn events(&mut self) -> Bytes {
        let before = self.sent;
        let mut piece = BytesMut::new();
        while matches!(self.due(), Due::Events) {
            piece.extend_from_slice(&frame(self.script(), self.position + 1));
            self.position += 1;
            self.sent += 1;
            if self.pace.is_some() || piece.len() >= PIECE {
                break;
            }
        }
        self.visit.count_sent(self.sent - before);
        piece.freeze()
    }

    /// Returns half of the next event, if there is a next event.
    fn beginning_of_next(&self) -> Option<Bytes> {
        if self.is_over() {
            return None;
        }
        let mut frame = frame(self.script(), self.position + 1);
        frame.truncate(frame.len() / 2);
        Some(frame).filter(|beginning| !beginning.is_empty())
    }

    async fn break_off(&self) -> ! {
        match self.plan.stop {
            Stop::Reset => self.connection.reset().await,
            _ => self.connection.close().await,
        }
    }

    fn script(&self) -> &Script {
        &self.visit.run().script
    }
}

fn total(script: &Script) -> u64 {
    script
        .raw
        .as_ref()
        .map_or(script.events, |frames| frames.len() as u64)
}

/// Returns the event with this number, from 1 to the total.
fn frame(script: &Script, number: u64) -> Bytes {
    if let Some(frames) = &script.raw {
        let frame = usize::try_from(number - 1)
            .ok()
            .and_then(|index| frames.get(index));
        return frame
            .map(|frame| Bytes::copy_from_slice(frame.as_bytes()))
            .unwrap_or_default();
    }
    let mut event = Event::new(format!(r#"{{"n":{number}}}"#));
    if let Some(event_type) = script.event_type.get() {
        event = event.with_type(event_type.clone());
    }
    if script.ids {
        event = event.with_id(number);
    }
    event.encode()
}

fn every(period: Duration, first: Instant) -> Interval {
    let mut interval = interval_at(first, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// Waits until the next event is due; returns at once without a pace.
async fn pause(pace: &mut Option<Interval>) {
    if let Some(pace) = pace {
        pace.tick().await;
    }
}

/// Waits for the next tick; never returns without an interval.
async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => pending().await,
    }
}

/// Waits for a time; never returns without one.
async fn reached(time: &mut Option<Pin<Box<Sleep>>>) {
    match time {
        Some(time) => time.await,
        None => pending().await,
    }
}
