//! Inputs of an open stream: chunks, and events of the native `EventSource`.

use super::received::{Verdict, Watch};
use super::{Connection, Instant, Passage, Received};
use crate::parse::Event;

impl Connection {
    /// Receives bytes of an open fetch stream. Read the returned items to the end, then perform the outputs:
    /// the stream may have ended at an event.
    pub fn receive<'p, 'c>(&'p mut self, now: Instant, chunk: &'c [u8]) -> Received<'p, 'c> {
        self.active(now);
        self.stats.received(now, chunk.len());
        let is_over = self.is_done || self.is_closed();
        let chunk = match &mut self.whole {
            Some(whole) => {
                whole.push(chunk);
                &[]
            }
            None if is_over => &[],
            None => chunk,
        };
        let is_watched = self.config.follows.is_some() || self.config.until.is_some();
        Received {
            frames: self.parser.feed(chunk),
            reconnection_time: &mut self.reconnection_time,
            stats: &mut self.stats,
            watch: is_watched.then_some(Watch {
                follows: self.config.follows.as_ref(),
                previous: &mut self.previous_id,
                until: self.config.until.as_ref(),
                is_done: &mut self.is_done,
            }),
            held: false,
        }
    }

    /// Handles an event of the native `EventSource`, with the `lastEventId` that the browser shows. Deliver
    /// the event with [`last_event_id`](Self::last_event_id) instead: a rebuilt `EventSource` doesn't know
    /// the earlier ID.
    pub fn handle_event(&mut self, now: Instant, event: &Event<'_>) -> Passage {
        if self.is_done || self.is_closed() {
            return Passage::Discard;
        }
        self.active(now);
        self.stats.received(now, event.data.len());
        // An event without an ID keeps the previous one.
        self.browser_has_id |= !event.last_event_id.is_empty();
        if self.browser_has_id {
            self.parser.set_last_event_id(event.last_event_id);
        }
        let last_event_id = self.last_event_id().to_owned();
        let verdict = self.watch().judge(&Event {
            last_event_id: &last_event_id,
            ..*event
        });
        self.stats.events += u64::from(verdict != Verdict::Done);
        match verdict {
            Verdict::Pass => Passage::Deliver,
            Verdict::Gap => Passage::DeliverBehindGap,
            Verdict::Done => Passage::Discard,
        }
    }

    /// Returns the checks for events that don't arrive in a chunk.
    pub(super) fn watch(&mut self) -> Watch<'_> {
        Watch {
            follows: self.config.follows.as_ref(),
            previous: &mut self.previous_id,
            until: self.config.until.as_ref(),
            is_done: &mut self.is_done,
        }
    }

    /// Restarts the heartbeat when reading continues after a slow subscriber held it up: the silence was not
    /// the server's.
    pub fn handle_resumed_reading(&mut self, now: Instant) {
        self.active(now);
    }
}
