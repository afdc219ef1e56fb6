//! Sessions: one object that makes every decision of a source or a multiplexer within one page.
//!
//! A session composes the machines of [`connection`](crate::connection), [`mux`](crate::mux) and
//! [`tabs`](crate::tabs). The edge that drives it in a browser therefore holds no rule: it opens, reads, sets
//! timers, takes locks and sends messages. There are three kinds.
//!
//! - [`Solo`]: one connection.
//! - [`Muxed`]: channels over one connection, or over two while one replaces the other.
//! - [`Shared`]: either of them, held by one tab for all tabs.
//!
//! After each [`handle`](Session::handle) and each [`receive`](Session::receive) an edge performs what
//! [`poll_output`](Session::poll_output) returns. It then hands on what [`deliver`](Session::deliver) has for
//! the subscribers, and sets its timer by [`poll_timeout`](Session::poll_timeout).

mod deliveries;
mod delivery;
mod handing;
mod members;
mod muxed;
mod queue;
mod relay;
mod shared;
mod solo;
#[cfg(test)]
mod tests;

use core::time::Duration;

use crate::connection::{Attempt, Instant, Signal, Stats};
use crate::error::Error;
use crate::http::{AnswerKind, Response};
use crate::mux::{Answer, Request, Start};
use crate::parse::Event;

pub use delivery::{ChannelId, Delivery, Flow, Place, SOLE, Sink};
pub use muxed::{Muxed, MuxedConfig};
pub use shared::{Open, Opening, Shared, SharedConfig};
pub use solo::Solo;

/// Names one connection of a session. No name is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkId(pub u32);

/// Names a request sent beside the streams: one that changes their channels or prepares a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SendId(pub u64);

/// Something that has happened, as an edge reports it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The session begins.
    Start,
    /// A fetch was answered. Afterwards either the stream is open or [`Output::Disconnect`] follows.
    Response {
        /// The connection whose request was answered.
        link: LinkId,
        /// Status, headers and final URL.
        response: Response,
        /// The verdict of [`Response::kind`], for the `Accept` header that was sent.
        kind: AnswerKind,
        /// The beginning of a body that must not be read.
        excerpt: String,
        /// The delay that [`Response::retry_after`] returns.
        retry_after: Option<Duration>,
    },
    /// The body of a fetch ended cleanly.
    Ended(LinkId),
    /// A fetch failed, before or after its answer. The text says as much as the browser tells about the
    /// cause.
    Failed(LinkId, &'a str),
    /// The request couldn't be prepared because a provider of the user's failed.
    Unprepared(LinkId, Error),
    /// The request can't be sent, now or ever.
    Futile(LinkId, Error),
    /// The user has made a request with side effects of a safe one, which is about to be sent. It may not be
    /// repeated.
    SideEffects(LinkId),
    /// The user chose not to continue the answer.
    NoContinuation(LinkId),
    /// A native `EventSource` has opened.
    NativeOpen(LinkId),
    /// A native `EventSource` has failed.
    NativeError {
        /// The connection that failed.
        link: LinkId,
        /// Whether the browser gave up: it makes no further attempt of its own.
        gave_up: bool,
    },
    /// Reading goes on after a slow subscriber had held it up, so the silence before wasn't the server's.
    ReadingResumed(LinkId),
    /// The request of [`Output::Send`] was answered, or failed without an answer.
    Answer(SendId, &'a Answer),
    /// A user asks for something that the native `EventSource` can't do.
    RequireFetch,
    /// The page has changed its state.
    Signal(Signal),
    /// The user wants a new connection.
    Reconnect,
    /// The time that [`Session::poll_timeout`] returned has come.
    Timeout,
    /// A channel gains subscribers. The edge chooses its number and never uses a number twice.
    Subscribe {
        /// The number that names the channel from now on.
        channel: ChannelId,
        /// The channel's name, which must be one that the protocol allows.
        name: &'a str,
        /// Where the channel's events begin.
        start: Start,
    },
    /// A channel has no subscribers left. An edge doesn't report this for a channel that has ended.
    Unsubscribe(ChannelId, &'a str),
    /// The channel changes since the last flush are complete: the session asks the server for them as one
    /// change.
    Flush,
    /// This tab now holds the lock.
    LockHeld,
    /// The lock was taken from this tab.
    LockLost,
    /// Locks turn out to be unavailable here.
    LockRefused,
    /// Another tab has sent this message.
    Heard(&'a [u8]),
    /// The page is about to sleep, or to be left.
    Leave,
    /// The page is awake again.
    Return,
    /// The user closes the session.
    Close,
}

/// An action for the edge to perform.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Open a connection. [`Session::plan`] returns its request, at the time when it is sent.
    Connect(LinkId, Attempt),
    /// Drop a connection: the edge must hand in nothing more of it.
    Disconnect(LinkId),
    /// Make a native `EventSource` listen for the event types that subscribers ask for by now.
    Listen(LinkId),
    /// Send a request and hand in the answer.
    Send {
        /// Names the request.
        id: SendId,
        /// The request to send.
        request: Request,
        /// Whether the previous request was answered with 401, so that the edge must ask for new headers.
        unauthorized: bool,
    },
    /// Abort a request of `Send`: the session no longer waits for its answer.
    Abort(SendId),
    /// Send this message to all other tabs.
    Say(Vec<u8>),
    /// Queue for the lock.
    RequestLock,
    /// Take the lock from the tab that holds it.
    StealLock,
    /// Let the lock go, or leave the queue.
    ReleaseLock,
}

/// The interface through which an edge drives a session. See the [module](self).
pub trait Session {
    /// Handles an input.
    fn handle(&mut self, now: Instant, input: Input<'_>);

    /// Takes bytes of an open stream and hands what they bring to `sink`, after everything that was waiting.
    /// Returns how many bytes were taken: all of them, unless the sink stopped. The edge must hand in the
    /// rest again.
    fn receive(&mut self, now: Instant, link: LinkId, bytes: &[u8], sink: &mut dyn Sink) -> usize;

    /// Takes an event of a native `EventSource`, with the `lastEventId` that the browser shows.
    fn receive_native(
        &mut self,
        now: Instant,
        link: LinkId,
        event: &Event<'_>,
        sink: &mut dyn Sink,
    );

    /// Hands the sink everything for the subscribers that came with no piece of a stream, until nothing is
    /// left or the sink stops.
    fn deliver(&mut self, sink: &mut dyn Sink);

    /// Returns what to do next, or `None` if there is nothing to do now.
    fn poll_output(&mut self) -> Option<Output>;

    /// Returns when to hand in [`Input::Timeout`], if nothing happens before.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Returns the request of an attempt, with the channels as they are now. Returns `None` where the request
    /// is always that of the source. An edge must ask right before it sends the request.
    fn plan(&mut self, link: LinkId) -> Option<Request>;

    /// Returns where a new connection would resume.
    fn place(&self) -> Place<'_>;

    /// Returns the counters. A shared session doesn't count attempts and bytes.
    fn stats(&self) -> Stats;
}
