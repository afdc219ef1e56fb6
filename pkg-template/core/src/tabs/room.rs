//! One tab among the others, as JavaScript drives it.

use core::cell::RefCell;
use core::time::Duration;
use std::rc::Rc;

use super::super::mux::{self, Mux, POSITION};
use super::super::piece::{Piece, Types};
use super::super::places::Places;
use super::super::source::{Options, Source};
use super::super::words::Words;
use super::channels::Channels;
use super::deliveries::Deliveries;
use super::owner::TabOwner;
use super::records;
use super::relay::Relay;
use everstream_core::connection::Instant;
use everstream_core::tabs::{
    Config, Election, Message, Output, Set, Tab, UpstreamId, read_position,
};

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

/// Who shares.
pub(super) enum Kind {
    Source,
    Mux { url: String, channels: Channels },
}

impl Kind {
    pub(super) fn mux(url: &str) -> Self {
        Self::Mux {
            url: url.to_owned(),
            channels: Channels::default(),
        }
    }
}

/// The connection that this tab holds for all.
struct Upstream {
    id: UpstreamId,
    /// Of its source or its multiplexer.
    number: usize,
    mux: Option<Rc<RefCell<Mux>>>,
}

pub(super) struct Room {
    pub(super) tab: Tab,
    kind: Kind,
    /// Of its sources.
    options: Options,
    upstream: Option<Upstream>,
    /// How many connections there have been.
    opened: u64,
    pub(super) deliveries: Deliveries,
    /// The message that is being sent.
    pub(super) said: Vec<u8>,
    types: Types,
    /// The ID of the event before, as JavaScript knows it.
    last_event_id: String,
    /// Where it began, and the position as JavaScript knows it.
    began: String,
    position: String,
}

impl Room {
    pub(super) fn new(
        now: Instant,
        wall: Duration,
        has_locks: bool,
        options: Options,
        last_event_id: &str,
        kind: Kind,
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
            tab: match kind {
                Kind::Source => Tab::new(now, config, [Box::default()]),
                Kind::Mux { .. } => Tab::new(now, config, []),
            },
            kind,
            options,
            upstream: None,
            opened: 0,
            deliveries: Deliveries::default(),
            said: Vec::new(),
            types: Types::default(),
            last_event_id: last_event_id.to_owned(),
            began: last_event_id.to_owned(),
            position: last_event_id.to_owned(),
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
        self.upstream = Some(Upstream {
            id,
            number,
            mux: None,
        });
        number
    }

    /// Makes the multiplexer for all tabs, unless it is sources that share.
    pub(super) fn open_mux(
        &mut self,
        id: UpstreamId,
        this: &Rc<RefCell<Self>>,
        position: &str,
        channels: &Set<Box<str>>,
    ) -> Option<usize> {
        let Kind::Mux { url, .. } = &self.kind else {
            return None;
        };
        let (mut position, was_behind) = read_position(position);
        if channels.is_empty() && position != self.began {
            // What came while nobody asked for anything is missed by nobody.
            position = "";
            self.tab.handle_progress(id, position, Vec::new());
        }
        let mut mux = Mux::new(self.options.clone(), position, url);
        mux.relay_to(Relay::new(Rc::clone(this), id, position));
        mux.ask_for(channels);
        if was_behind {
            // Of the channels that were new, nobody knows how far they had come.
            self.tab.handle_gap(id, None);
        }
        let mux = Rc::new(RefCell::new(mux));
        let number = mux::put(Rc::clone(&mux));
        self.upstream = Some(Upstream {
            id,
            number,
            mux: Some(mux),
        });
        Some(number)
    }

    /// The connection is for these channels from now on.
    pub(super) fn change_channels(&self, channels: &Set<Box<str>>) {
        if let Some(Upstream { mux: Some(mux), .. }) = &self.upstream {
            mux.borrow_mut().ask_for(channels);
        }
    }

    /// A connection is gone. Returns the number of its source or multiplexer.
    pub(super) fn close(&mut self, id: UpstreamId) -> Option<usize> {
        let gone = self.upstream.take_if(|upstream| upstream.id == id)?;
        Some(gone.number)
    }

    pub(super) fn subscribe(&mut self, name: &str) -> u32 {
        match &mut self.kind {
            Kind::Source => 0,
            Kind::Mux { channels, .. } => channels.add(name),
        }
    }

    pub(super) fn unsubscribe(&mut self, name: &str) {
        if let Kind::Mux { channels, .. } = &mut self.kind {
            channels.take(name);
            self.deliveries.forget(name);
        }
    }

    pub(super) fn ask_for(&mut self) {
        if let Kind::Mux { channels, .. } = &self.kind {
            self.tab.ask_for(channels.wanted());
        }
    }

    /// Puts by what is for the listeners.
    pub(super) fn deliver(&mut self, delivery: Output) {
        if let (Output::End(name, _), Kind::Mux { channels, .. }) = (&delivery, &mut self.kind) {
            channels.end(name);
        }
        self.deliveries.push(delivery);
    }

    pub(super) fn tell(&mut self, words: &mut Words) -> usize {
        let mut piece = Piece::new(words, &mut self.types, &mut self.last_event_id);
        match &mut self.kind {
            Kind::Source => records::write(&mut self.deliveries, &mut piece),
            Kind::Mux { channels, .. } => {
                records::write_channels(&mut self.deliveries, channels, &mut piece);
                let (position, _) = read_position(self.tab.last_event_id());
                if self.deliveries.is_empty() && self.position != position {
                    position.clone_into(&mut self.position);
                    piece.told(POSITION, 0, position);
                }
            }
        }
        piece.finish()
    }
}
