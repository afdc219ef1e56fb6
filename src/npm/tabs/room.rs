//! One tab among the others, as JavaScript drives it.

use core::time::Duration;

use super::super::piece::{Piece, Types};
use super::super::places::Places;
use super::super::source::{Options, Source};
use super::super::words::Words;
use super::deliveries::Deliveries;
use super::owner::TabOwner;
use super::records;
use crate::connection::Instant;
use crate::tabs::{Config, Election, Message, Tab, UpstreamId};

/// How many entries of the log a tab keeps for others.
const KEPT: usize = 1024;

/// What can happen, besides messages and what the connection brings.
enum Input {
    /// The lock is ours.
    Held,
    /// The lock was taken away.
    Lost,
    /// There are no locks here after all.
    Refused,
    /// The page is about to sleep.
    Leave,
    /// The page is awake again.
    Return,
    Timeout,
    Close,
}

impl Input {
    fn of(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Held,
            1 => Self::Lost,
            2 => Self::Refused,
            3 => Self::Leave,
            4 => Self::Return,
            5 => Self::Timeout,
            6 => Self::Close,
            _ => return None,
        })
    }
}

pub(super) struct Room {
    pub(super) tab: Tab,
    /// Of its sources.
    options: Options,
    /// The connection that this tab holds for all, and the number of its source.
    source: Option<(UpstreamId, usize)>,
    /// How many sources there have been.
    opened: u64,
    pub(super) deliveries: Deliveries,
    /// The message that is being sent.
    pub(super) said: Vec<u8>,
    types: Types,
    /// The ID of the event before, as JavaScript knows it.
    last_event_id: String,
}

impl Room {
    pub(super) fn new(
        now: Instant,
        wall: Duration,
        has_locks: bool,
        options: Options,
        last_event_id: &str,
    ) -> Self {
        let config = Config {
            election: if has_locks {
                Election::Lock
            } else {
                Election::Lease
            },
            last_event_id: last_event_id.to_owned(),
            seed: options.seed(),
            wall,
            kept: KEPT,
        };
        Self {
            // The only channel of a source has no name.
            tab: Tab::new(now, config, [Box::default()]),
            options,
            source: None,
            opened: 0,
            deliveries: Deliveries::default(),
            said: Vec::new(),
            types: Types::default(),
            last_event_id: last_event_id.to_owned(),
        }
    }

    pub(super) fn handle(&mut self, now: Instant, input: u32) {
        let tab = &mut self.tab;
        match Input::of(input) {
            Some(Input::Held) => tab.handle_lock(now, true),
            Some(Input::Lost) => tab.handle_lock(now, false),
            Some(Input::Refused) => tab.handle_lock_refused(now),
            Some(Input::Leave) => tab.handle_leave(),
            Some(Input::Return) => tab.handle_return(now),
            Some(Input::Timeout) => tab.handle_timeout(now),
            Some(Input::Close) => tab.close(),
            None => {}
        }
    }

    pub(super) fn hear(&mut self, now: Instant, said: &[u8]) {
        if let Some(message) = Message::decode(said) {
            self.tab.handle_message(now, &message);
        }
    }

    pub(super) fn say(&mut self, message: &Message, words: &mut Words) {
        self.said = message.encode();
        words.point_at(&self.said);
    }

    /// Makes the source of a connection. It begins to be read from `position` on.
    pub(super) fn open(
        &mut self,
        id: UpstreamId,
        owner: TabOwner,
        position: &str,
        sources: &mut Places<Source>,
    ) -> usize {
        self.opened += 1;
        let seed = self.options.seed().wrapping_add(self.opened);
        let config = |number| self.options.config(number, position);
        let number = sources.put(|number| Source::of(owner, config(number), seed));
        self.source = Some((id, number));
        number
    }

    /// A connection is gone. Returns the number of its source.
    pub(super) fn close(&mut self, id: UpstreamId) -> Option<usize> {
        let (_, number) = self.source.take_if(|(of, _)| *of == id)?;
        Some(number)
    }

    pub(super) fn tell(&mut self, words: &mut Words) -> usize {
        let mut piece = Piece::new(words, &mut self.types, &mut self.last_event_id);
        records::write(&mut self.deliveries, &mut piece);
        piece.finish()
    }
}
