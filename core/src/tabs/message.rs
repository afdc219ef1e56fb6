//! What tabs say to each other.

use std::rc::Rc;

use super::codec::{self, wire};
use super::entry::Entry;
use super::log::Standing;
use super::sorted::Set;
use super::term::{TabId, Term};
use crate::connection::State;

/// A message, which every tab hears.
///
/// From one tab messages come in the order in which they were sent, or not at all.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who says it.
    pub from: TabId,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Clone, Debug)]
pub enum Body {
    /// Here I am, I ask for these channels, and want to know all there is to know.
    Hello {
        /// The channels.
        channels: Set<Box<str>>,
        /// The latest term of its log.
        term: Option<Term>,
        /// The ID of an event behind which to begin.
        after: Option<Box<str>>,
    },
    /// I ask for these channels from now on.
    Want(Set<Box<str>>),
    /// Is the leader there?
    Ping,
    /// Yes: the answer to a roll call.
    Here,
    /// The leader is there.
    Beat(Box<Beat>),
    /// What the leader hands on.
    Batch(Batch),
    /// The entries behind this index, please.
    Resend {
        /// In whose log they are missing.
        term: Term,
        /// The last one that is there.
        after: u64,
    },
    /// I am about to lead: who has more, and who is there?
    Claim(Claim),
    /// The answer to a claim.
    Have(Box<Have>),
    /// Who are you? Say hello.
    Ask(TabId),
    /// I leave.
    Bye,
}

/// What the leader says of itself.
#[derive(Clone, Debug)]
pub struct Beat {
    /// Its term.
    pub term: Term,
    /// The index of the last entry.
    pub end: u64,
    /// The tabs that it knows, itself among them.
    pub tabs: Set<TabId>,
    /// Every tab is to answer.
    pub roll: bool,
    /// Counts the states in this term.
    pub state_number: u64,
    /// The state of its connection.
    pub state: State,
    /// All there is to know; at the beginning of a term, and for who has said hello.
    pub standing: Option<Standing>,
    /// For whom this is.
    pub to: Option<TabId>,
    /// Where that tab begins, if it had asked for a position.
    pub begin: Option<Begin>,
}

/// Where a tab begins that has asked for a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Behind this index.
    Behind(u64),
    /// The position is not known any more.
    Unknown,
}

/// A part of the log.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Of the leader that hands it on.
    pub term: Term,
    /// The index of the first entry.
    pub first: u64,
    /// The entries.
    pub entries: Vec<Rc<Entry>>,
    /// The one who has asked for it, where it is not new.
    pub to: Option<TabId>,
    /// The position before the first entry, where more was asked for than is kept.
    pub before: Option<Box<str>>,
}

/// What who is about to lead says.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The term that it would have.
    pub term: Term,
    /// What it has.
    pub standing: Standing,
}

/// What a tab has, for one that is about to lead.
#[derive(Clone, Debug)]
pub struct Have {
    /// The term for which it was asked.
    pub term: Term,
    /// The channels that it asks for.
    pub channels: Set<Box<str>>,
    /// The one who asks is new, and this tab has heard of a leader lately.
    pub has_leader: bool,
    /// What it has, if that is more.
    pub standing: Option<Standing>,
    /// The index of the first of the entries.
    pub first: u64,
    /// Entries that the other has not.
    pub entries: Vec<Rc<Entry>>,
}

impl Message {
    /// The version of the messages, which changes with everything but an addition at the end. Tabs of
    /// different ones do not hear each other: let it be part of the channel's name.
    pub const VERSION: u32 = 2;

    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// From bytes; `None` for what says nothing to this version, or can't be true: what is said on the channel
    /// between tabs may come from anybody in this origin.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        codec::decode(bytes).filter(|message: &Self| message.body.is_possible())
    }
}

/// No log has so many entries, and no term so great a number. Whatever is counted on from a number that was
/// received stays far from the end of what a number can be.
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
            Self::Want(_) | Self::Ping | Self::Here | Self::Ask(_) | Self::Bye => true,
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
    0 = Hello { channels, term, after },
    1 = Want(channels),
    2 = Ping,
    3 = Here,
    4 = Beat(beat),
    5 = Batch(batch),
    6 = Resend { term, after },
    7 = Claim(claim),
    8 = Have(have),
    9 = Ask(id),
    10 = Bye,
});

wire!(struct Beat { term, end, tabs, roll, state_number, state, standing, to, begin });

wire!(enum Begin {
    0 = Behind(index),
    1 = Unknown,
});

wire!(struct Batch { term, first, entries, to, before });

wire!(struct Claim { term, standing });

wire!(struct Have { term, channels, has_leader, standing, first, entries });

#[cfg(test)]
mod tests;
