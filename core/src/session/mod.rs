//! A session: everything that a source or a multiplexer of one page decides, as one object.
//!
//! What composes the machines of [`connection`](crate::connection), [`mux`](crate::mux) and
//! [`tabs`](crate::tabs) is in here, so that whoever drives a session in a browser holds no rule: an edge
//! opens, reads, times, locks and says. There are three kinds.
//!
//! - [`Solo`]: one connection.
//! - [`Muxed`]: channels over one connection, and over two while one replaces the other.
//! - [`Shared`]: either of them, held by one tab for all.
//!
//! After each [`handle`](Session::handle) and each [`receive`](Session::receive) an edge performs what
//! [`poll_output`](Session::poll_output) returns, hands on what [`deliver`](Session::deliver) has for the
//! subscribers, and sets its timer by [`poll_timeout`](Session::poll_timeout).

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

/// Names one connection of a session. None is given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkId(pub u32);

/// Names a request beside the streams, which changes their channels or prepares for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SendId(pub u64);

/// What has happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The session begins.
    Start,
    /// A fetch was answered. Afterwards either the stream is open or [`Output::Disconnect`] follows.
    Response {
        /// Whose request it answers.
        link: LinkId,
        /// Status, headers and final URL.
        response: Response,
        /// What [`Response::kind`] says of it, for the `Accept` header that was sent.
        kind: AnswerKind,
        /// The beginning of a body that is not to be read.
        excerpt: String,
        /// What [`Response::retry_after`] says.
        retry_after: Option<Duration>,
    },
    /// The body of a fetch ended cleanly.
    Ended(LinkId),
    /// A fetch failed, before its answer or after it. As much as the browser says of why.
    Failed(LinkId, &'a str),
    /// The request could not be prepared: a provider of the user's has failed.
    Unprepared(LinkId, Error),
    /// The request can't be sent, now or ever.
    Futile(LinkId, Error),
    /// The user does not continue the answer.
    NoContinuation(LinkId),
    /// A native `EventSource` has opened.
    NativeOpen(LinkId),
    /// A native `EventSource` has failed; `gave_up` if it makes no attempt of its own.
    NativeError {
        /// Which.
        link: LinkId,
        /// The browser makes no further attempt.
        gave_up: bool,
    },
    /// Reading goes on that a slow subscriber had held up: the silence was not the server's.
    ReadingResumed(LinkId),
    /// The request of [`Output::Send`] was answered, or not.
    Answer(SendId, &'a Answer),
    /// Somebody asks for what the native `EventSource` can't do.
    RequireFetch,
    /// The page has changed its state.
    Signal(Signal),
    /// The user wants a new connection.
    Reconnect,
    /// The time has come that [`Session::poll_timeout`] named.
    Timeout,
    /// Somebody asks for a channel, by a number of the edge's own choice that is given once.
    Subscribe {
        /// What the session calls it from now on.
        channel: ChannelId,
        /// Its name, which the protocol allows.
        name: &'a str,
        /// Where it begins.
        start: Start,
    },
    /// Nobody asks for that channel any more. Not for one that has ended.
    Unsubscribe(ChannelId, &'a str),
    /// The channels that came and went since are one change: the server is asked for it.
    Flush,
    /// The lock is this tab's.
    LockHeld,
    /// The lock was taken from this tab.
    LockLost,
    /// There are no locks here after all.
    LockRefused,
    /// Another tab has said this.
    Heard(&'a [u8]),
    /// The page is about to sleep, or to be left.
    Leave,
    /// The page is awake again.
    Return,
    /// The user is done.
    Close,
}

/// What an edge is to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Open a connection. What it is to ask for, [`Session::plan`] says when it is sent.
    Connect(LinkId, Attempt),
    /// Drop a connection: nothing of it may come in any more.
    Disconnect(LinkId),
    /// A native `EventSource` has to listen for the types that subscribers ask for by now.
    Listen(LinkId),
    /// Send a request and hand in the answer.
    Send {
        /// Names it.
        id: SendId,
        /// What to send.
        request: Request,
        /// The one before was answered with 401: ask for new headers.
        unauthorized: bool,
    },
    /// Abort such a request: its answer is waited for no longer.
    Abort(SendId),
    /// Say this to all other tabs.
    Say(Vec<u8>),
    /// Queue for the lock.
    RequestLock,
    /// Take the lock from who has it.
    StealLock,
    /// Let the lock go, or leave the queue.
    ReleaseLock,
}

/// See the [module](self).
pub trait Session {
    /// Something has happened.
    fn handle(&mut self, now: Instant, input: Input<'_>);

    /// Bytes of an open stream. What they bring goes to `sink`, behind what is there already. Returns how
    /// many were taken: all of them, unless the sink has stopped; the rest is to be handed in again.
    fn receive(&mut self, now: Instant, link: LinkId, bytes: &[u8], sink: &mut dyn Sink) -> usize;

    /// An event of a native `EventSource`, with the `lastEventId` that the browser shows.
    fn receive_native(
        &mut self,
        now: Instant,
        link: LinkId,
        event: &Event<'_>,
        sink: &mut dyn Sink,
    );

    /// Hands on what there is for the subscribers and came with no piece of a stream, until there is
    /// nothing or the sink has stopped.
    fn deliver(&mut self, sink: &mut dyn Sink);

    /// What to do next; `None` for now nothing.
    fn poll_output(&mut self) -> Option<Output>;

    /// When to hand in [`Input::Timeout`], if nothing happens before.
    fn poll_timeout(&self) -> Option<Instant>;

    /// The request of an attempt, with the channels as they are now; `None` where it is always that of the
    /// source. To be asked right before it is sent.
    fn plan(&mut self, link: LinkId) -> Option<Request>;

    /// The position: where a new connection would resume.
    fn place(&self) -> Place<'_>;

    /// The counters. Of a shared connection it does not count attempts and bytes.
    fn stats(&self) -> Stats;
}
