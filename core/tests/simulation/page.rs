//! The page that the connection lives in.

use everstream_core::connection::{Attempt, Connection};

use crate::disturbance::Sleep;
use crate::native::Native;
use crate::plan::Plan;
use crate::queue::Time;
use crate::wire::{LinkId, Message};

pub(crate) struct Page {
    pub(crate) connection: Connection,
    pub(crate) transport: Option<Open>,
    pub(crate) hidden: bool,
    pub(crate) asleep: Option<Sleep>,
    /// What came while the page slept.
    pub(crate) inbox: Vec<Task>,
    /// Tells the timer that is set from those that were set before.
    pub(crate) timer: u64,
    pub(crate) timer_at: Option<Time>,
}

/// What an edge holds while it is connected.
pub(crate) enum Open {
    Fetch { attempt: u32, link: LinkId },
    Native(Box<Native>),
}

/// What waits for the page to wake up.
#[derive(Debug)]
pub(crate) enum Task {
    Message(LinkId, Message),
    NativeReconnect(u32),
}

impl Page {
    pub(crate) fn new(plan: &Plan, seed: u64) -> Self {
        Self {
            connection: Connection::new(plan.config.clone(), seed),
            transport: None,
            hidden: false,
            asleep: None,
            inbox: Vec::new(),
            timer: 0,
            timer_at: None,
        }
    }

    /// The native `EventSource` of that attempt, if it is the one in use.
    pub(crate) fn native(&mut self, attempt: u32) -> Option<&mut Native> {
        match &mut self.transport {
            Some(Open::Native(native)) if native.attempt == attempt => Some(native),
            _ => None,
        }
    }

    /// Whether that attempt reads by fetch right now.
    pub(crate) fn fetches(&self, attempt: u32) -> bool {
        matches!(self.transport, Some(Open::Fetch { attempt: current, .. }) if current == attempt)
    }

    /// The link in use.
    pub(crate) fn link(&self) -> Option<LinkId> {
        match self.transport.as_ref()? {
            Open::Fetch { link, .. } => Some(*link),
            Open::Native(native) => native.link,
        }
    }
}

/// The positions that an attempt's request carries, as (header, query).
pub(crate) fn positions(attempt: &Attempt) -> (Option<String>, Option<String>) {
    use everstream_core::connection::Resume;
    match &attempt.resume {
        Resume::None => (None, None),
        Resume::Header(id) => (Some(id.clone()), None),
        Resume::Query(id) => (None, Some(id.clone())),
    }
}
