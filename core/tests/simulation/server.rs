//! The server: a log of numbered events, and streams that carry it from a position on.

use everstream_core::connection::Continuation;

use crate::disturbance::Mood;
use crate::plan::{MARK, Plan};
use crate::wire::{Head, Link, LinkId};

pub(crate) struct Server {
    pub(crate) mood: Mood,
    /// The number of the last event; the first is 1.
    pub(crate) head: u64,
    /// The streams that are open.
    pub(crate) streams: Vec<LinkId>,
    /// The server refuses the provider's old headers until new ones arrive.
    pub(crate) expired: bool,
    /// Requests that were processed, apart from those that continue an answer.
    pub(crate) processed: u32,
    /// The last event of the log has been sent.
    pub(crate) finished: bool,
}

/// The server's reaction to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reception {
    Refused,
    Reset,
    Silence,
    Answer(Head),
    /// A stream that begins with the event of that number. `closes` ends it at once.
    Stream {
        first: u64,
        closes: bool,
    },
}

impl Server {
    pub(crate) const fn new(events_before: u64) -> Self {
        Self {
            mood: Mood::Healthy,
            head: events_before,
            streams: Vec::new(),
            expired: false,
            processed: 0,
            finished: false,
        }
    }

    pub(crate) fn receive(&mut self, plan: &Plan, link: &Link) -> Reception {
        let position = position(plan, link);
        let reception = self.decide(plan, link, position);
        let unprocessed = match reception {
            Reception::Refused => true,
            Reception::Answer(head) => matches!(head.status, 401 | 403),
            _ => false,
        };
        if !link.continues && !unprocessed {
            self.processed += 1;
        }
        reception
    }

    fn decide(&mut self, plan: &Plan, link: &Link, position: Option<u64>) -> Reception {
        let kept = position.filter(|_| plan.log);
        let stream = |closes| Reception::Stream {
            first: kept.unwrap_or(self.head) + 1,
            closes,
        };
        let answer = |status, retry_after| {
            Reception::Answer(Head {
                status,
                retry_after,
                ..Head::default()
            })
        };
        match self.mood {
            Mood::Healthy if self.expired && !link.fresh_headers => answer(401, None),
            Mood::Healthy if self.finished && plan.no_content && position == Some(self.head) => {
                answer(204, None)
            }
            Mood::Healthy => {
                self.expired = false;
                stream(false)
            }
            Mood::AcceptsAndCloses => stream(true),
            Mood::Refuses => Reception::Refused,
            Mood::Resets => Reception::Reset,
            Mood::Hangs => Reception::Silence,
            Mood::Answers(status, retry_after) => answer(status, retry_after),
            Mood::Misconfigured => answer(200, None),
            Mood::Expired if link.fresh_headers => {
                self.expired = false;
                stream(false)
            }
            Mood::Expired => {
                self.expired = true;
                answer(401, None)
            }
        }
    }
}

/// Returns the number of the client's last event. Only some servers read the query, and some of those prefer
/// it.
fn position(plan: &Plan, link: &Link) -> Option<u64> {
    // The caller's own continuation carries the position in its own way.
    if link.continues && plan.config.continuation == Continuation::Ask {
        return link.position.parse().ok();
    }
    let query = link.query.as_ref().filter(|_| plan.reads_query);
    let header = link.header.as_ref();
    let id = if plan.query_first {
        query.or(header)?
    } else {
        header.or(query)?
    };
    id.parse().ok()
}

/// Returns an event as it goes over the wire. Events of the log also carry their number in their data.
pub(crate) fn event(plan: &Plan, number: u64) -> Vec<u8> {
    let end = plan.line_end;
    let data = format!("event: tick{end}data: {number}{end}");
    let text = match (plan.ids, plan.id_last) {
        (false, _) => format!("{data}{end}"),
        (true, false) => format!("id: {number}{end}{data}{end}"),
        (true, true) => format!("{data}id: {number}{end}{end}"),
    };
    text.into_bytes()
}

/// Returns the server's done marker.
pub(crate) fn mark(plan: &Plan) -> Vec<u8> {
    let end = plan.line_end;
    format!("event: done{end}data: {MARK}{end}{end}").into_bytes()
}

/// Returns the first bytes of a stream.
pub(crate) fn preamble(plan: &Plan) -> Vec<u8> {
    let end = plan.line_end;
    let retry = plan
        .retry_field
        .map(|time| format!("retry: {time}{end}{end}"))
        .unwrap_or_default();
    format!(":{end}{end}{retry}").into_bytes()
}

/// Returns a keep-alive: an event without an ID, which native sees too, or a comment where only fetch must
/// see it.
pub(crate) fn keep_alive(plan: &Plan, visible_to_native: bool) -> Vec<u8> {
    let end = plan.line_end;
    let text = if visible_to_native {
        format!("event: ping{end}data{end}{end}")
    } else {
        format!(":{end}{end}")
    };
    text.into_bytes()
}
