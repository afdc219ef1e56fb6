//! What tabs say to each other.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::log::Standing;
use super::term::{TabId, Term};
use super::wire;
use crate::connection::State;

/// A message, which every tab hears.
///
/// From one tab messages come in the order in which they were sent, or not at all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub from: TabId,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Body {
    /// Here I am, I ask for these channels, and want to know all there is to know.
    Hello {
        /// The channels.
        channels: BTreeSet<Box<str>>,
        /// The latest term of its log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        term: Option<Term>,
        /// The ID of an event behind which to begin.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Box<str>>,
    },
    /// I ask for these channels from now on.
    Want(BTreeSet<Box<str>>),
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beat {
    /// Its term.
    pub term: Term,
    /// The index of the last entry.
    pub end: u64,
    /// The tabs that it knows, itself among them.
    pub tabs: BTreeSet<TabId>,
    /// Every tab is to answer.
    #[serde(default)]
    pub roll: bool,
    /// Counts the states in this term.
    pub state_number: u64,
    /// The state of its connection.
    #[serde(with = "wire::state")]
    pub state: State,
    /// All there is to know; at the beginning of a term, and for who has said hello.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// For whom this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<TabId>,
    /// Where that tab begins, if it had asked for a position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Begin>,
}

/// Where a tab begins that has asked for a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Begin {
    /// Behind this index.
    Behind(u64),
    /// The position is not known any more.
    Unknown,
}

/// A part of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Of the leader that hands it on.
    pub term: Term,
    /// The index of the first entry.
    pub first: u64,
    /// The entries.
    pub entries: Vec<Rc<Entry>>,
    /// The one who has asked for it, where it is not new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<TabId>,
    /// The position before the first entry, where more was asked for than is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Box<str>>,
}

/// What who is about to lead says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// The term that it would have.
    pub term: Term,
    /// What it has.
    pub standing: Standing,
}

/// What a tab has, for one that is about to lead.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Have {
    /// The term for which it was asked.
    pub term: Term,
    /// The channels that it asks for.
    pub channels: BTreeSet<Box<str>>,
    /// The one who asks is new, and this tab has heard of a leader lately.
    pub has_leader: bool,
    /// What it has, if that is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// The index of the first of the entries.
    pub first: u64,
    /// Entries that the other has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Rc<Entry>>,
}

impl Message {
    /// The major version of the messages. Tabs of different ones do not hear each other: let it be part of
    /// the channel's name.
    pub const VERSION: u32 = 1;

    /// As a text.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From a text; `None` for one that says nothing to this version.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_version_adds_is_ignored() {
        let known = r#"{"from":7,"body":"Ping","mood":"fine"}"#;
        let message = Message::decode(known).expect("a message");
        assert_eq!(message.from, TabId(7));
        assert!(matches!(message.body, Body::Ping));
        assert!(Message::decode(r#"{"from":7,"body":{"Sing":{"loud":true}}}"#).is_none());
        assert!(Message::decode("").is_none());
    }
}
