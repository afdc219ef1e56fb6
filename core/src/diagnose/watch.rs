//! Turns the bytes of a connection into facts.

use core::time::Duration;

use super::facts::{Arrival, Connection, End, Open, Redirect};
use crate::http::Response;
use crate::parse::{Frame, Parser};

/// Bytes that arrive within this time count as one arrival, so that the memory is bounded by time.
const TOGETHER: Duration = Duration::from_millis(20);

/// Observes one connection. Times count from the answer.
#[derive(Debug, Default)]
pub struct Watch {
    connection: Connection,
    parser: Parser,
    last_event_id: String,
    /// The beginning of a character whose end has not arrived.
    character: Vec<u8>,
}

impl Watch {
    /// Creates the watch of a connection that has not been answered.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what has been observed so far.
    #[must_use]
    pub const fn seen(&self) -> &Connection {
        &self.connection
    }

    /// Notes a redirect that is followed.
    pub fn redirected(&mut self, status: u16, to: impl Into<String>) {
        let to = to.into();
        self.connection.redirects.push(Redirect { status, to });
    }

    /// Notes that there will be no answer. The reason must not contain the URL.
    pub fn failed(&mut self, reason: impl Into<String>) {
        self.connection.failure = Some(reason.into());
    }

    /// Notes the answer.
    pub fn answered(&mut self, response: Response) {
        self.connection.response = Some(response);
    }

    /// Notes bytes of the answer's body.
    pub fn received(&mut self, at: Duration, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.check_utf8(bytes);
        let (mut events, mut comments) = (0, 0);
        let mut frames = self.parser.feed(bytes);
        while let Some(frame) = frames.next() {
            match frame {
                Ok(Frame::Event(event)) => {
                    events += 1;
                    if self.last_event_id != event.last_event_id {
                        event.last_event_id.clone_into(&mut self.last_event_id);
                        if self.connection.ids.len() < Connection::MAX_IDS {
                            self.connection.ids.push(self.last_event_id.clone());
                        }
                    }
                }
                Ok(Frame::Comment(_)) => comments += 1,
                Ok(Frame::Retry(_)) | Err(_) => {}
            }
        }
        drop(frames);
        self.connection.events += events;
        let is_new = self.arrived(at, bytes.len(), events, comments);
        self.open(at, events, is_new);
    }

    /// Notes the end of the answer: clean if it was complete.
    pub fn ended(&mut self, at: Duration, is_clean: bool) {
        self.connection.is_unfinished = self.parser.take_unfinished().is_some();
        self.connection.end = Some(End { at, is_clean });
    }

    /// Returns what was observed up to this time.
    #[must_use]
    pub fn finish(mut self, at: Duration) -> Connection {
        self.connection.watched = self.connection.end.map_or(at, |end| end.at);
        self.connection
    }

    /// Adds an arrival, and returns whether it counts as a new one.
    fn arrived(&mut self, at: Duration, bytes: usize, events: usize, comments: usize) -> bool {
        let is_within_event = self.parser.is_within_block();
        let arrivals = &mut self.connection.arrivals;
        if let Some(last) = arrivals.last_mut()
            && at.saturating_sub(last.at) < TOGETHER
        {
            last.bytes += bytes;
            last.events += events;
            last.comments += comments;
            last.is_within_event = is_within_event;
            return false;
        }
        arrivals.push(Arrival {
            at,
            bytes,
            events,
            comments,
            is_within_event,
        });
        true
    }

    /// Notes whether the bytes ended right behind a data line.
    fn open(&mut self, at: Duration, events: usize, is_new: bool) {
        let open = &mut self.connection.open;
        if events > 0 {
            *open = None;
        }
        if !self.parser.is_behind_data() {
            return;
        }
        let pauses = open.map_or(0, |open| open.pauses);
        let is_counted = pauses > 0 && !is_new;
        *open = Some(Open {
            since: at,
            pauses: if is_counted { pauses } else { pauses + 1 },
        });
    }

    fn check_utf8(&mut self, bytes: &[u8]) {
        let mut carried = core::mem::take(&mut self.character);
        let bytes = if carried.is_empty() {
            bytes
        } else {
            carried.extend_from_slice(bytes);
            &carried
        };
        if let Err(error) = core::str::from_utf8(bytes) {
            if error.error_len().is_some() {
                self.connection.is_ill_formed = true;
            } else {
                self.character = bytes[error.valid_up_to()..].to_vec();
            }
        }
    }
}
