//! The messages that tabs send to each other.

use std::rc::Rc;

use super::codec::{self, wire};
use super::entry::{Entry, Start};
use super::log::Standing;
use super::sorted::Set;
use super::term::{TabId, Term};
use crate::connection::State;

/// A message, which every tab receives.
///
/// Messages of one tab come in the order in which they were sent, or not at all.
#[derive(Clone, Debug)]
pub struct Message {
    /// The tab that sends the message.
    pub from: TabId,
    /// The content.
    pub body: Body,
}

/// The content of a message.
#[derive(Clone, Debug)]
pub enum Body {
    /// The sender is there, asks for these channels, and wants to know all there is to know.
    Hello {
        /// The channels that the sender asks for.
        channels: Set<Box<str>>,
        /// The latest term of the sender's log.
        term: Option<Term>,
        /// The ID of an event after which the sender wants to begin.
        after: Option<Box<str>>,
        /// The channels that are to begin after an event, and haven't begun.
        starts: Vec<Start>,
    },
    /// The sender asks for these channels from now on.
    Want {
        /// The channels.
        channels: Set<Box<str>>,
        /// The channels that are to begin after an event, and haven't begun.
        starts: Vec<Start>,
    },
    /// The sender asks whether the leader is there.
    Ping,
    /// The sender is there: the answer to a roll call.
    Here,
    /// The leader is there.
    Beat(Box<Beat>),
    /// Entries that the leader relays.
    Batch(Batch),
    /// The sender asks for the entries after an index.
    Resend {
        /// The term of the leader in whose log the entries are missing.
        term: Term,
        /// The index of the last entry that the sender has.
        after: u64,
    },
    /// The sender is about to lead, and asks which tabs are there and which have more.
    Claim(Claim),
    /// The answer to a claim.
    Have(Box<Have>),
    /// The sender asks this tab to say hello, since it doesn't know the tab.
    Ask(TabId),
    /// The sender leaves.
    Bye,
    /// The leader's answer to a channel that is to begin after an event.
    Replay(Box<Replay>),
}

/// The leader's report on itself.
#[derive(Clone, Debug)]
pub struct Beat {
    /// The leader's term.
    pub term: Term,
    /// The index of the last entry.
    pub end: u64,
    /// The tabs that the leader knows, including itself.
    pub tabs: Set<TabId>,
    /// Whether every tab must answer.
    pub roll: bool,
    /// The number of the state within this term.
    pub state_number: u64,
    /// The state of the leader's connection.
    pub state: State,
    /// All there is to know about the log, at the beginning of a term and for a tab that has said hello.
    pub standing: Option<Standing>,
    /// The tab that this is meant for.
    pub to: Option<TabId>,
    /// Where that tab begins, if it had asked for a position.
    pub begin: Option<Begin>,
}

/// Where a tab begins that has asked for a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// The tab begins after this index.
    Behind(u64),
    /// The position is no longer known.
    Unknown,
}

/// A part of the log.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The term of the leader that relays the entries.
    pub term: Term,
    /// The index of the first entry.
    pub first: u64,
    /// The entries.
    pub entries: Vec<Rc<Entry>>,
    /// The tab that has asked for the entries, unless they are new.
    pub to: Option<TabId>,
    /// The position before the first entry, if the tab asked for more than is kept.
    pub before: Option<Box<str>>,
}

/// The leader's answer: the events of a channel that its log has after an event.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The leader's term.
    pub term: Term,
    /// The tab that has asked.
    pub to: TabId,
    /// The channel, and the event's ID.
    pub start: Start,
    /// The index of the leader's last entry.
    pub end: u64,
    /// The index of the entry at which the channel begins.
    pub first: u64,
    /// That entry, and the channel's entries up to `end`. Empty if some may be missing.
    pub events: Vec<Rc<Entry>>,
}

/// The message of a tab that is about to lead.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The term in which the tab would lead.
    pub term: Term,
    /// The state of the tab's log.
    pub standing: Standing,
}

/// The answer of a tab to one that is about to lead.
#[derive(Clone, Debug)]
pub struct Have {
    /// The term of the claim that is answered.
    pub term: Term,
    /// The channels that the answering tab asks for.
    pub channels: Set<Box<str>>,
    /// Whether the claiming tab is new, and the answering tab has heard of a leader lately.
    pub has_leader: bool,
    /// The state of the answering tab's log, if that has gone further than the claiming tab's.
    pub standing: Option<Standing>,
    /// The index of the first of the entries.
    pub first: u64,
    /// The entries that the claiming tab lacks.
    pub entries: Vec<Rc<Entry>>,
}

impl Message {
    /// The version of the messages. Any change but an addition at the end changes it. Make it part of the
    /// channel's name, so that tabs of different versions don't hear each other.
    pub const VERSION: u32 = 3;

    /// Returns the message as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a message from bytes. Returns `None` if this version doesn't understand it, or if it can't be
    /// true: anything in this origin may send on the channel between tabs.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        codec::decode(bytes).filter(|message: &Self| message.body.is_possible())
    }
}

/// A bound that no log's length and no term's number reaches. A number that is counted on from a received one
/// therefore stays far from overflow.
const MOST: u64 = 1 << 53;

impl Body {
    fn is_possible(&self) -> bool {
        let has_written =
            |standing: &Option<Standing>| standing.as_ref().is_none_or(Standing::is_possible);
        match self {
            Self::Hello { term, .. } => term.is_none_or(Term::is_possible),
            Self::Beat(beat) => {
                let begin = match beat.begin {
                    Some(Begin::Behind(index)) => index,
                    Some(Begin::Unknown) | None => 0,
                };
                let numbers = [beat.end, beat.state_number, begin];
                beat.term.is_possible()
                    && numbers.iter().all(|number| *number < MOST)
                    && has_written(&beat.standing)
            }
            Self::Batch(batch) => batch.term.is_possible() && batch.first < MOST,
            Self::Resend { term, after } => term.is_possible() && *after < MOST,
            Self::Claim(claim) => claim.term.is_possible() && claim.standing.is_possible(),
            Self::Have(have) => {
                have.term.is_possible() && have.first < MOST && has_written(&have.standing)
            }
            Self::Replay(replay) => {
                replay.term.is_possible() && replay.end < MOST && replay.first < MOST
            }
            Self::Want { .. } | Self::Ping | Self::Here | Self::Ask(_) | Self::Bye => true,
        }
    }
}

impl Standing {
    fn is_possible(&self) -> bool {
        self.end < MOST && self.history.is_possible(MOST)
    }
}

impl Term {
    fn is_possible(self) -> bool {
        self.number < MOST
    }
}

wire!(struct Message { from, body });

wire!(enum Body {
    0 = Hello { channels, term, after, starts },
    1 = Want { channels, starts },
    2 = Ping,
    3 = Here,
    4 = Beat(beat),
    5 = Batch(batch),
    6 = Resend { term, after },
    7 = Claim(claim),
    8 = Have(have),
    9 = Ask(id),
    10 = Bye,
    11 = Replay(replay),
});

wire!(struct Beat { term, end, tabs, roll, state_number, state, standing, to, begin });

wire!(enum Begin {
    0 = Behind(index),
    1 = Unknown,
});

wire!(struct Batch { term, first, entries, to, before });

wire!(struct Replay { term, to, start, end, first, events });

wire!(struct Claim { term, standing });

wire!(struct Have { term, channels, has_leader, standing, first, entries });

#[cfg(test)]
mod tests;
