//! One tab as a state machine, in the sans-IO style of [`connection`](crate::connection).

mod claim;
mod follow;
mod lead;
mod presence;
mod start;
mod take;
mod union;
mod upstream;
mod wants;
mod watch;

use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;

use super::config::{Config, Election};
use super::entry::{Entry, Start};
use super::log::Log;
use super::message::{Body, Message};
use super::seen::Seen;
use super::sharing::{Role, Sharing};
use super::sorted::Set;
use super::term::{TabId, Term};
use super::timing::Timing;
use crate::connection::{Instant, Jitter, State};
use crate::error::Error;
use claim::Claiming;
use follow::Following;
use lead::Leading;

pub use upstream::UpstreamId;

/// An output of a tab: an action for the edge, or something for the tab's subscribers.
#[derive(Debug)]
pub enum Output {
    /// Send this message to all other tabs.
    Send(Message),
    /// Queue for the lock.
    RequestLock,
    /// Take the lock from the tab that holds it.
    StealLock,
    /// Let the lock go, or leave the queue.
    ReleaseLock,
    /// Open the connection.
    Open {
        /// Names the connection.
        id: UpstreamId,
        /// The position to begin from.
        position: Box<str>,
        /// The channels that the connection is for.
        channels: Set<Box<str>>,
    },
    /// Make the connection serve these channels from now on, and no others.
    Channels(Set<Box<str>>),
    /// Close the connection.
    Close(UpstreamId),
    /// An event for this tab's subscribers. It is a [`Fact::Event`](super::Fact::Event).
    Event(Rc<Entry>),
    /// The connection now serves this channel. It does so until its state is another than open.
    InForce(Box<str>),
    /// Events of this channel may be missing here.
    Gap(Box<str>),
    /// An event of this channel was skipped.
    Skipped(Box<str>, Error),
    /// This channel has ended.
    End(Box<str>, Option<Error>),
    /// A failure that concerns no single channel.
    Failed(Error),
    /// The state of the connection.
    State(State),
    /// The state of the sharing.
    Sharing(Sharing),
    /// The connection is closed for good, for all tabs.
    Closed(Option<Error>),
}

/// The state machine of one tab.
pub struct Tab {
    id: TabId,
    election: Election,
    timing: Timing,
    jitter: Jitter,
    role: Position,
    /// Whether this tab holds the lock.
    has_lock: bool,
    /// The channels that this tab asks for.
    wants: Set<Box<str>>,
    /// The channels in `wants` whose subscribers know that the connection serves them. From then on, they
    /// miss nothing without being told.
    served: Set<Box<str>>,
    /// Whether `wants` has changed, and no leader has been told.
    owes_wants: bool,
    /// At how many more roll calls `wants` is told again.
    repeats: u8,
    /// The position that the tab was to begin from, until it has begun.
    after: Option<Box<str>>,
    /// The channels that were to begin at the position from which the tab has begun. A channel stays in the
    /// set until it is known whether it was asked for at that time.
    resuming: Option<Set<Box<str>>>,
    /// The channels in `wants` that are to begin after an event, until it is known how they begin.
    starts: Vec<Start>,
    /// The index of the log after which the present subscribers of a channel receive its events, if the log has
    /// earlier ones.
    begun: Vec<(Box<str>, u64)>,
    /// The channels that this tab's connection has still to begin after an event.
    replays: Vec<Start>,
    log: Log,
    seen: Seen,
    /// Whether all channels were told of a gap, and nothing has come since.
    was_told_of_gap: bool,
    /// The other tabs, as far as the leader knows.
    known: Set<TabId>,
    /// The greatest term number that the tab has heard of.
    greatest: u64,
    /// When the tab was created, by both clocks.
    created: (Instant, Duration),
    upstreams: u32,
    /// The tab must not say hello again before this time.
    hello_again: Instant,
    /// The last state that was handed out, by its term and number.
    state: Option<(Term, u64)>,
    sharing: Sharing,
    /// This tab's entries that haven't been sent.
    pending: Vec<Rc<Entry>>,
    pending_bytes: usize,
    outputs: VecDeque<Output>,
}

/// The tab's role, with the state that belongs to it.
#[derive(Debug)]
enum Position {
    Following(Following),
    Claiming(Claiming),
    Leading(Leading),
    /// The page is asleep.
    Away,
    Over,
}

/// How often a tab repeats what it asks for, since nobody confirms it.
const REPEATS: u8 = 2;

/// The most entries that a message holds, and about the most bytes.
const BATCH_ENTRIES: usize = 256;
const BATCH_BYTES: usize = 256 * 1024;

impl Tab {
    /// Returns a new tab, which asks for these channels and looks for the others.
    #[must_use]
    pub fn new(now: Instant, config: Config, channels: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut jitter = Jitter::new(config.seed);
        let log = Log::new(config.kept, &config.last_event_id);
        let after = (!config.last_event_id.is_empty()).then(|| config.last_event_id.into());
        let mut tab = Self {
            id: TabId(jitter.next_bits()),
            election: config.election,
            timing: Timing::of(config.election),
            jitter,
            role: Position::Away,
            has_lock: false,
            wants: channels.into_iter().collect(),
            served: Set::new(),
            owes_wants: false,
            repeats: 0,
            after,
            resuming: None,
            starts: Vec::new(),
            begun: Vec::new(),
            replays: Vec::new(),
            log,
            seen: Seen::default(),
            was_told_of_gap: false,
            known: Set::new(),
            greatest: 0,
            created: (now, config.wall),
            upstreams: 0,
            hello_again: now,
            state: None,
            sharing: Sharing::new(Role::Follower, 1),
            pending: Vec::new(),
            pending_bytes: 0,
            outputs: VecDeque::new(),
        };
        tab.outputs.push_back(Output::Sharing(tab.sharing));
        tab.handle_return(now);
        tab
    }

    /// Returns the tab's name.
    #[must_use]
    pub fn id(&self) -> TabId {
        self.id
    }

    /// Returns the tab's role, and how many tabs share.
    #[must_use]
    pub fn sharing(&self) -> Sharing {
        self.sharing
    }

    /// Returns the position from which the connection would resume.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.log.standing.position
    }

    /// Returns whether sharing is over for this tab.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.role, Position::Over)
    }

    // Outputs

    /// Returns what to do next, or `None` if there is nothing to do now. Call it until it returns `None`:
    /// entries that are relayed together are one message.
    pub fn poll_output(&mut self) -> Option<Output> {
        if self.outputs.is_empty() {
            self.flush();
        }
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.role {
            Position::Following(following) => Some(following.due(&self.log, &self.timing)),
            Position::Claiming(claiming) => Some(claiming.until),
            Position::Leading(leading) => Some(leading.due()),
            Position::Away | Position::Over => None,
        }
    }

    /// Handles the time that [`poll_timeout`](Self::poll_timeout) returned. Calling this too early does
    /// nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        match &self.role {
            Position::Following(_) => self.follow_timeout(now),
            Position::Claiming(claiming) if now >= claiming.until => self.end_claim(now),
            Position::Leading(_) => self.leader_timeout(now),
            _ => {}
        }
    }

    // Messages

    /// Handles a message of another tab.
    pub fn handle_message(&mut self, now: Instant, message: &Message) {
        let Message { from, body } = message;
        if *from == self.id || matches!(self.role, Position::Away | Position::Over) {
            return;
        }
        match body {
            Body::Beat(beat) => self.handle_beat(now, beat),
            Body::Batch(batch) => self.handle_batch(now, batch),
            Body::Claim(claim) => self.handle_claim(now, *from, claim),
            Body::Have(have) => self.handle_have(now, *from, have),
            Body::Ask(id) if *id == self.id => self.hello(now),
            Body::Ask(_) => {}
            Body::Bye => self.handle_bye(now, *from),
            Body::Replay(replay) => self.handle_replay(replay),
            Body::Hello { .. }
            | Body::Want { .. }
            | Body::Ping
            | Body::Here
            | Body::Resend { .. } => match &mut self.role {
                Position::Leading(_) => self.serve(now, *from, body),
                Position::Claiming(claiming) => claiming.hear(*from, body),
                Position::Following(_) => self.overhear(now, body),
                Position::Away | Position::Over => {}
            },
        }
    }

    fn handle_bye(&mut self, now: Instant, from: TabId) {
        self.known.remove(&from);
        match &mut self.role {
            Position::Leading(_) => self.forget(from),
            Position::Claiming(claiming) => {
                claiming.forget(from);
                self.lead_if_all_have_answered(now);
            }
            Position::Following(_) => self.follower_hears_bye(now, from),
            Position::Away | Position::Over => {}
        }
    }

    /// Sends a message, after the entries that were written before.
    fn send(&mut self, body: Body) {
        self.flush();
        let from = self.id;
        self.outputs.push_back(Output::Send(Message { from, body }));
    }

    /// Introduces the tab to the leader, unless it has just done so.
    fn hello(&mut self, now: Instant) {
        if now >= self.hello_again {
            self.hello_again = now + self.timing.resend;
            self.owes_wants = false;
            self.send(Body::Hello {
                channels: self.wants.clone(),
                term: self.log.term(),
                after: self.after.clone(),
                starts: self.starts.clone(),
            });
        }
    }

    fn share(&mut self, role: Role, tabs: usize) {
        let sharing = Sharing::new(role, tabs);
        if self.sharing != sharing {
            self.sharing = sharing;
            self.outputs.push_back(Output::Sharing(sharing));
        }
    }
}

impl fmt::Debug for Tab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tab")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("wants", &self.wants)
            .field("served", &self.served)
            .field("log", &self.log)
            .field("seen", &self.seen)
            .field("known", &self.known)
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}
