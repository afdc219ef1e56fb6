//! The page that hosts the session.

use everstream_core::connection::Attempt;
use everstream_core::session::{LinkId as LinkName, Solo};

use crate::disturbance::Sleep;
use crate::native::Native;
use crate::plan::Plan;
use crate::queue::Time;
use crate::wire::{LinkId, Message};

pub(crate) struct Page {
    pub(crate) session: Solo,
    pub(crate) transport: Option<Open>,
    pub(crate) hidden: bool,
    pub(crate) asleep: Option<Sleep>,
    /// The rest of a piece that waits until the subscribers have room, and the link it came on.
    pub(crate) rest: Option<(LinkId, Vec<u8>)>,
    /// Messages that arrived while the page slept, or while the subscribers had no room.
    pub(crate) inbox: Vec<Task>,
    /// The number of the current timer, which distinguishes it from earlier ones.
    pub(crate) timer: u64,
    pub(crate) timer_at: Option<Time>,
}

/// The edge's open transport.
pub(crate) enum Open {
    Fetch(LinkId),
    Native(Box<Native>),
}

/// A task that waits until the page wakes up or its subscribers have room.
#[derive(Debug)]
pub(crate) enum Task {
    Message(LinkId, Message),
    NativeReconnect(u32),
    Timer,
}

impl Page {
    pub(crate) fn new(plan: &Plan, seed: u64) -> Self {
        Self {
            session: Solo::new(plan.config.clone(), seed, LinkName(7)),
            transport: None,
            hidden: false,
            asleep: None,
            rest: None,
            inbox: Vec::new(),
            timer: 0,
            timer_at: None,
        }
    }

    /// Returns the native `EventSource` of that attempt, if it is in use.
    pub(crate) fn native(&mut self, attempt: u32) -> Option<&mut Native> {
        match &mut self.transport {
            Some(Open::Native(native)) if native.attempt == attempt => Some(native),
            _ => None,
        }
    }

    /// Returns the link in use.
    pub(crate) fn link(&self) -> Option<LinkId> {
        match self.transport.as_ref()? {
            Open::Fetch(link) => Some(*link),
            Open::Native(native) => native.link,
        }
    }
}

/// Returns the positions that an attempt's request carries, as (header, query).
pub(crate) fn positions(attempt: &Attempt) -> (Option<String>, Option<String>) {
    use everstream_core::connection::Resume;
    match &attempt.resume {
        Resume::None => (None, None),
        Resume::Header(id) => (Some(id.clone()), None),
        Resume::Query(id) => (None, Some(id.clone())),
    }
}
