//! The multiplexer as a state machine, in the sans-IO style of [`connection`](crate::connection).
//!
//! Below it are streams: connections that reconnect by themselves. Above it are channels with their
//! subscribers. It decides what each stream is asked for, which of its events is for whom, and what has
//! been seen before. There is one stream, and while it is replaced by another, two.

mod changes;
mod events;
mod log;
mod set;
mod skipped;
mod stream;
mod streams;

#[cfg(test)]
mod tests;

use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::Rc;

use super::protocol::{Begin, Protocol, Request, Wanted};
use crate::connection::{Instant, Jitter, RetryPolicy};
use crate::error::Error;
use crate::gap::GapCause;
use changes::Round;
use log::Log;
use set::{ChannelSet, Past};
use stream::Stream;

pub use changes::ControlId;
pub use events::Handled;
pub use stream::StreamId;

/// The subscribers of a channel, as the multiplexer sees them. Their events are handed to them by
/// whoever drives it; what is not an event it tells them itself.
pub trait Subscribers {
    /// The channel's set has come into force, or is so no longer.
    fn in_force(&self, yes: bool);
    /// Events may be missing here.
    fn gap(&self, cause: GapCause);
    /// Nothing follows.
    fn end(&self, error: Option<Error>);
}

impl<S: Subscribers> Subscribers for Rc<S> {
    fn in_force(&self, yes: bool) {
        (**self).in_force(yes);
    }

    fn gap(&self, cause: GapCause) {
        (**self).gap(cause);
    }

    fn end(&self, error: Option<Error>) {
        (**self).end(error);
    }
}

/// Where a channel's subscribers begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Where the connection is: the channel was in force before.
    Position,
    /// With what comes from now on.
    #[default]
    Now,
    /// Behind the event with this ID.
    After(Box<str>),
}

/// What the edge is to do.
#[derive(Debug)]
pub enum Output {
    /// Open a stream that begins at this position.
    Open(StreamId, String),
    /// Drop a stream: nothing of it is wanted any more, or it was closed. Each stream that was opened is
    /// closed by this once.
    Close(StreamId),
    /// Send a request that changes the set.
    Control {
        /// Names the sending; see [`Multiplexer::handle_answer`].
        id: ControlId,
        /// What to send.
        request: Request,
        /// The one before was answered with 401: ask for new headers.
        unauthorized: bool,
    },
    /// Abort a control request: its answer is waited for no longer.
    Abort(ControlId),
    /// Take a stream for dead after this much silence; `None` if the server has given no interval.
    Heartbeat(StreamId, Option<Duration>),
    /// A channel has come: a native stream has to listen for its events.
    Listen(StreamId),
    /// Something went wrong that concerns no channel alone.
    Error(Error),
    /// It is over, and the subscribers know.
    Closed(Option<Error>),
}

/// What a multiplexer is told about itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// Absolute.
    pub url: String,
    /// Its delays hold for control requests too.
    pub retry: RetryPolicy,
    /// The position to begin from; empty if there is none.
    pub last_event_id: String,
}

/// The state machine of one multiplexer, in the style of [`Connection`](crate::connection::Connection).
pub struct Multiplexer<S> {
    config: Config,
    new_session: Rc<dyn Fn() -> Box<dyn Protocol>>,
    channels: ChannelSet<S>,
    log: Log,
    /// In use.
    current: Option<Stream>,
    /// Opening with another set, to replace the one in use.
    successor: Option<Stream>,
    streams: u32,
    round: Option<Round>,
    rounds: u64,
    /// The protocol wants to be asked again then.
    ask_again: Option<Instant>,
    /// Something has happened for which the edge should take a turn.
    attention: bool,
    /// How many channels may be in a replay.
    replaying: usize,
    jitter: Jitter,
    outputs: VecDeque<Output>,
    life: Life,
}

#[derive(Debug)]
enum Life {
    Running,
    Over(Option<Error>),
}

impl<S: Subscribers> Multiplexer<S> {
    /// A multiplexer without channels. Each attempt to connect begins with a clone of `protocol`; `seed`
    /// feeds the jitter.
    #[must_use]
    pub fn new<P: Protocol + Clone + 'static>(config: Config, protocol: P, seed: u64) -> Self {
        Self {
            log: Log::new(&config.last_event_id),
            config,
            new_session: Rc::new(move || Box::new(protocol.clone())),
            channels: ChannelSet::default(),
            current: None,
            successor: None,
            streams: 0,
            round: None,
            rounds: 0,
            ask_again: None,
            attention: false,
            replaying: 0,
            jitter: Jitter::new(seed),
            outputs: VecDeque::new(),
            life: Life::Running,
        }
    }

    // Outputs

    /// What to do next; `None` for now nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let round = self.round.as_ref().map(Round::due);
        round.into_iter().chain(self.ask_again).min()
    }

    /// The position: what a reconnect would resume from.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.log.position()
    }

    /// The subscribers of a channel.
    #[must_use]
    pub fn subscribers(&self, name: &str) -> Option<&S> {
        self.channels.get(name).map(|channel| &channel.subscribers)
    }

    /// Whether the stream in use has still to bring again what was delivered before it took over. Until
    /// then, channels that are new are behind the others.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.log.is_behind()
    }

    /// The subscribers of all channels, with the channels' names.
    pub fn channels(&self) -> impl Iterator<Item = (&str, &S)> {
        let channels = self.channels.iter();
        channels.map(|(name, channel)| (name, &channel.subscribers))
    }

    /// Whether a channel is on the stream in use.
    #[must_use]
    pub fn is_in_force(&self, name: &str) -> bool {
        let in_force = self.current.as_ref().map_or(0, |stream| stream.in_force);
        let channel = self.channels.get(name);
        channel.is_some_and(|channel| channel.since <= in_force)
    }

    /// Whether a stream is the one in use, not its successor or one that is gone.
    #[must_use]
    pub fn is_in_use(&self, id: StreamId) -> bool {
        self.is_current(id)
    }

    /// Whether there are outputs, channels have come into force, or [`flush`](Self::flush) has something to
    /// go on with.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        !self.outputs.is_empty() || self.attention
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.life, Life::Over(_))
    }

    // Channels

    /// Adds a channel to the set, or finds it there. Nothing is asked of the server until
    /// [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] for a name that the protocol does not allow, and for an ID to begin
    /// behind where the channel is there already.
    pub fn subscribe(
        &mut self,
        name: &str,
        start: Start,
        subscribers: impl FnOnce() -> S,
    ) -> Result<&S, Error> {
        let session = (self.new_session)();
        check_name(&*session, name)?;
        let subscribers = match &self.life {
            Life::Over(error) => {
                let ended = subscribers();
                ended.end(error.clone());
                // It is kept with the rest, which nobody asks for any more.
                return Ok(&self
                    .channels
                    .add(name, start, 0, Past::None, || ended)
                    .subscribers);
            }
            Life::Running => subscribers,
        };
        let known = self
            .channels
            .get(name)
            .is_some_and(|channel| channel.wanted);
        check_start(&*session, &start)?;
        // Before the first connection, a channel begins where that does.
        let start = match start {
            Start::After(_) if known => return Err(already_subscribed(name)),
            Start::Now if self.streams == 0 => Start::Position,
            start => start,
        };
        let seen = match &start {
            Start::After(id) => self.log.seq_of(self.current.as_ref(), id).unwrap_or(0),
            // What came before now is not meant, not even if it comes again.
            Start::Now => self.log.newest(),
            Start::Position => 0,
        };
        // Whoever goes on from a position has had what came before it.
        let past = match start {
            Start::Position if !self.log.position().is_empty() => Past::Known,
            _ => Past::None,
        };
        self.replaying += usize::from(matches!(start, Start::After(_)));
        Ok(&self
            .channels
            .add(name, start, seen, past, subscribers)
            .subscribers)
    }

    /// Gives a channel up: its subscribers are gone.
    pub fn unsubscribe(&mut self, name: &str) {
        self.channels.give_up(name);
    }

    /// Ends it for good.
    pub fn close(&mut self, error: Option<Error>) {
        if self.is_closed() {
            return;
        }
        self.life = Life::Over(error.clone());
        for channel in self.channels.take_all() {
            channel.subscribers.end(error.clone());
        }
        self.close_streams();
        self.end_round();
        self.outputs.push_back(Output::Closed(error));
        self.ask_again = None;
    }

    /// The time has come that [`poll_timeout`](Self::poll_timeout) named. Calling it too early does
    /// nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.ask_again.is_some_and(|due| now >= due) {
            self.ask_again = None;
        }
        self.round_timeout(now);
        self.flush(now);
    }
}

/// Refuses what [`Multiplexer::subscribe`] would refuse by the protocol, for an edge that owes its user the
/// error before the session has its turn.
///
/// # Errors
///
/// [`Error::InvalidOption`] for a name that the protocol does not allow, and for an ID to begin behind where
/// the protocol has no way to say so.
pub fn check_channel(protocol: &dyn Protocol, name: &str, start: &Start) -> Result<(), Error> {
    check_name(protocol, name)?;
    check_start(protocol, start)
}

/// Why a channel that is subscribed to can't begin behind an event.
#[must_use]
pub fn already_subscribed(name: &str) -> Error {
    let reason = [
        "`",
        name,
        "` is subscribed to, and goes on from where it is",
    ]
    .concat();
    Error::invalid_option("last_event_id", reason)
}

fn check_name(protocol: &dyn Protocol, name: &str) -> Result<(), Error> {
    protocol.check(name).map_err(|reason| {
        let name = name.replace(char::is_control, "\u{FFFD}");
        Error::invalid_option("channel", ["`", &name, "`: ", &reason].concat())
    })
}

fn check_start(protocol: &dyn Protocol, start: &Start) -> Result<(), Error> {
    if matches!(start, Start::After(_)) && !protocol.replays() {
        let reason = "this protocol has no way to begin a channel behind an event of the past";
        return Err(Error::invalid_option("last_event_id", reason));
    }
    Ok(())
}

impl<S> fmt::Debug for Multiplexer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multiplexer")
            .field("current", &self.current)
            .field("successor", &self.successor)
            .field("log", &self.log)
            .field("round", &self.round)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}
