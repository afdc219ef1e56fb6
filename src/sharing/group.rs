//! How who takes part sees the others, and is seen.
//!
//! By traits: so a program with multiplexers that never asks for sharing has no trace of the core and the
//! browser's part of it.

use core::task::{Context, Poll};
use std::rc::{Rc, Weak};

use crate::browser::Scope;
use everstream_core::Error;
use everstream_core::connection::{Instant, State};
use everstream_core::parse::Event;
use everstream_core::tabs::{Output, Set, Sharing, UpstreamId};

/// The names of channels.
pub(crate) type Channels = Set<Box<str>>;

/// Joins those of a key, which begin at a position and ask for these channels; `None` where there is no way
/// to hear the others.
pub(crate) type Join = fn(&Scope, &str, &str, Channels, Rc<dyn Member>) -> Option<Rc<dyn Group>>;

/// Who takes part: a source or a multiplexer of this tab.
pub(crate) trait Member {
    /// Opens the connection for all, since this tab leads. What comes of it goes down the line.
    fn open(
        &self,
        line: Line,
        position: &str,
        channels: &Channels,
    ) -> Result<Box<dyn Upstream>, Error>;

    /// What the tab is among the others has changed.
    fn change_sharing(&self, sharing: Sharing);
}

/// The connection that a leading tab holds for all. Dropping it closes it.
pub(crate) trait Upstream {
    /// It is for these channels from now on.
    fn ask_for(&self, channels: &Channels);

    /// Drops the connection and connects anew.
    fn reconnect(&self);
}

/// All that share, as one that takes part sees them.
pub(crate) trait Group {
    /// Asks for these channels from now on.
    fn ask_for(&self, channels: Channels);

    /// Has the connection made anew, if it is this tab's.
    fn reconnect(&self);

    /// Where the connection would resume.
    fn last_event_id(&self) -> String;

    fn now(&self) -> Instant;

    /// Does what the core wants done.
    fn pump(&self);

    /// What is for the subscribers.
    fn next_delivery(&self) -> Option<Output>;

    /// Ready once after each time that something has happened.
    fn poll_woken(&self, context: &Context<'_>) -> Poll<()>;

    /// When the core has to be called, if nothing happens before.
    fn due(&self) -> Option<Instant>;

    /// That time has come.
    fn handle_timeout(&self);

    /// Something has come down the leader's connection.
    fn handle_arrival(&self, id: UpstreamId, arrival: Arrival<'_>);

    /// Leaves the others for good.
    fn leave(&self);
}

/// What comes down the leader's connection.
pub(crate) enum Arrival<'a> {
    /// An event of a channel, and where the connection would resume behind it.
    Event(&'a str, &'a Event<'a>, &'a str),
    /// Events may be missing, in one channel or in all.
    Gap(Option<&'a str>),
    /// An event of a channel was skipped.
    Skipped(&'a str, Error),
    /// A channel has ended.
    End(&'a str, Option<Error>),
    /// The connection has come to this position, with these channels on it that were not.
    Progress(&'a str, Vec<Box<str>>),
    /// Its state has changed.
    State(&'a State),
}

/// Leads from the connection of a leading tab to the others.
#[derive(Clone)]
pub(crate) struct Line {
    id: UpstreamId,
    group: Weak<dyn Group>,
}

impl Line {
    pub(super) fn new(id: UpstreamId, group: Weak<dyn Group>) -> Self {
        Self { id, group }
    }

    /// What follows is done when all that has come at once is in.
    pub(crate) fn tell(&self, arrival: Arrival<'_>) {
        if let Some(group) = self.group.upgrade() {
            group.handle_arrival(self.id, arrival);
        }
    }
}
