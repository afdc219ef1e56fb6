//! The multiplexer as a state machine, in the sans-IO style of [`connection`](crate::connection).
//!
//! Below it are streams: connections that reconnect by themselves. Above it are channels with their
//! subscribers. The multiplexer decides what to ask of each stream, which channel an event belongs to, and
//! which events are duplicates. There is one stream, or two while one replaces the other.

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

/// The subscribers of a channel, as the multiplexer sees them. The edge that drives the multiplexer delivers
/// their events; the multiplexer itself reports gaps, ends and states.
pub trait Subscribers {
    /// Reports that the channel's set has come into force, or no longer is.
    fn in_force(&self, yes: bool);
    /// Reports that events may be missing here.
    fn gap(&self, cause: GapCause);
    /// Reports the end of the channel: no event follows.
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

/// The point at which a channel begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// The channel begins where the connection is: it was in force before.
    Position,
    /// The channel begins with events published from now on.
    #[default]
    Now,
    /// The channel begins after the event with this ID.
    After(Box<str>),
}

/// An instruction for the edge.
#[derive(Debug)]
pub enum Output {
    /// Open a stream that begins after this last event ID.
    Open(StreamId, String),
    /// Drop a stream: it is no longer needed, or it was closed. Each opened stream is closed exactly once by
    /// this output.
    Close(StreamId),
    /// Send a request that changes the set.
    Control {
        /// The ID of the sending; see [`Multiplexer::handle_answer`].
        id: ControlId,
        /// The request to send.
        request: Request,
        /// Whether the previous sending was answered with 401: ask for new headers.
        unauthorized: bool,
    },
    /// Abort a control request: its answer no longer counts.
    Abort(ControlId),
    /// Set the heartbeat timeout of a stream; `None` if the server has given no interval.
    Heartbeat(StreamId, Option<Duration>),
    /// Listen for the events of a new channel: a native stream needs their types.
    Listen(StreamId),
    /// Report an error that concerns no single channel.
    Error(Error),
    /// Report that the multiplexer is closed. Its subscribers have been told.
    Closed(Option<Error>),
}

/// The configuration of a multiplexer.
#[derive(Clone, Debug)]
pub struct Config {
    /// The absolute URL.
    pub url: String,
    /// The retry policy. Its delays also apply to control requests.
    pub retry: RetryPolicy,
    /// The last event ID to begin from; empty if there is none.
    pub last_event_id: String,
}

/// The state machine of one multiplexer, in the style of [`Connection`](crate::connection::Connection).
pub struct Multiplexer<S> {
    config: Config,
    new_session: Rc<dyn Fn() -> Box<dyn Protocol>>,
    channels: ChannelSet<S>,
    log: Log,
    /// The stream in use.
    current: Option<Stream>,
    /// The stream that opens with another set, to replace the one in use.
    successor: Option<Stream>,
    streams: u32,
    round: Option<Round>,
    rounds: u64,
    /// The time at which to ask the protocol again for a change.
    ask_again: Option<Instant>,
    /// Whether something has happened that `needs_attention` reports.
    attention: bool,
    /// The number of channels that may be in a replay.
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
    /// Creates a multiplexer without channels. Each attempt to connect begins with a clone of `protocol`;
    /// `seed` feeds the jitter.
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

    /// Returns the next output, or `None` if nothing has to be done now.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Returns when to call [`handle_timeout`](Self::handle_timeout) if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let round = self.round.as_ref().map(Round::due);
        round.into_iter().chain(self.ask_again).min()
    }

    /// Returns the last event ID, from which a reconnect would resume.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.log.position()
    }

    /// Returns the subscribers of a channel.
    #[must_use]
    pub fn subscribers(&self, name: &str) -> Option<&S> {
        self.channels.get(name).map(|channel| &channel.subscribers)
    }

    /// Returns whether the stream in use has still to repeat events that were delivered before it took over.
    /// Until then, new channels are behind the others.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.log.is_behind()
    }

    /// Returns whether some channels that began after an ID of their own may still receive earlier events than
    /// the others.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.replaying > 0
    }

    /// Returns the subscribers of all channels, with the channels' names.
    pub fn channels(&self) -> impl Iterator<Item = (&str, &S)> {
        let channels = self.channels.iter();
        channels.map(|(name, channel)| (name, &channel.subscribers))
    }

    /// Returns whether the stream in use sends a channel.
    #[must_use]
    pub fn is_in_force(&self, name: &str) -> bool {
        let in_force = self.current.as_ref().map_or(0, |stream| stream.in_force);
        let channel = self.channels.get(name);
        channel.is_some_and(|channel| channel.since <= in_force)
    }

    /// Returns whether a stream is in use, rather than a successor or gone.
    #[must_use]
    pub fn is_in_use(&self, id: StreamId) -> bool {
        self.is_current(id)
    }

    /// Returns whether there are outputs, channels have come into force, or [`flush`](Self::flush) has work
    /// to do.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        !self.outputs.is_empty() || self.attention
    }

    /// Returns whether the multiplexer is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.life, Life::Over(_))
    }

    // Channels

    /// Adds a channel to the set, unless it is there. The server is asked for it at the next
    /// [`flush`](Self::flush).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] if the protocol does not allow the name, or if a channel that is already
    /// subscribed to is to begin after an ID.
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
                // The ended channel is stored because a reference is returned. A closed multiplexer never
                // reads it.
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
        // Before the first connection, a channel begins where the connection does.
        let start = match start {
            Start::After(_) if known => return Err(already_subscribed(name)),
            Start::Now if self.streams == 0 => Start::Position,
            start => start,
        };
        let seen = match &start {
            Start::After(id) => self.log.seq_of(self.current.as_ref(), id).unwrap_or(0),
            // Earlier events are not for this subscriber, even if a hand-over repeats them.
            Start::Now => self.log.newest(),
            Start::Position => 0,
        };
        // A channel that resumes from a last event ID has received the events before it.
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

    /// Gives up a channel whose subscribers are gone.
    pub fn unsubscribe(&mut self, name: &str) {
        self.channels.give_up(name);
    }

    /// Closes the multiplexer for good.
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

    /// Handles the deadline that [`poll_timeout`](Self::poll_timeout) named. An early call has no effect.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.ask_again.is_some_and(|due| now >= due) {
            self.ask_again = None;
        }
        self.round_timeout(now);
        self.flush(now);
    }
}

/// Checks what [`Multiplexer::subscribe`] checks by the protocol, for an edge that must report the error
/// before it calls the session.
///
/// # Errors
///
/// [`Error::InvalidOption`] if the protocol does not allow the name, or can't begin a channel after an ID.
pub fn check_channel(protocol: &dyn Protocol, name: &str, start: &Start) -> Result<(), Error> {
    check_name(protocol, name)?;
    check_start(protocol, start)
}

/// Returns the error for an ID to begin after on a channel that is already subscribed to.
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
