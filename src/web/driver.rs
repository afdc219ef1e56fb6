//! The task behind every open source: it passes inputs and outputs between a session, which decides, and the
//! browser.
//!
//! The driver waits in one place ([`Driver::attend`](attend)), so it keeps receiving messages from other
//! tabs, the page and the handles whatever it is about to do.

mod attend;
mod outputs;
mod reading;

use core::task::{Context, Poll};
use std::rc::Rc;
use std::sync::Arc;

use gloo_timers::future::TimeoutFuture;

use super::clock::{BrowserClock, read_http_date};
use super::draft::Unsent;
use super::exchange::{Requests, Sent};
use super::inbox::{Inbox, Message};
use super::link::{Link, LinkEvent};
use super::macrotask::Macrotask;
use super::pace::Pace;
use super::page::Page;
use super::request::Request;
use super::scope::Scope;
use super::slice::Slice;
use super::tabs::Neighbours;
use attend::Until;
use everstream_core::Error;
use everstream_core::connection::{Instant, Signal};
use everstream_core::http::Response;
use everstream_core::parse::Event;
use everstream_core::session::{Input, LinkId, SendId, Session, Sink};

/// The client of a driver: what users hold of a session, and the sink of its deliveries.
pub(crate) trait Client: Sink {
    /// Whether the last delivery was held back for a slow subscriber. Nothing more may be delivered until it
    /// is [released](Self::poll_release).
    fn is_holding(&self) -> bool;

    /// Completes once the held delivery has been made. Callers must poll again only after the executor has
    /// run other tasks.
    fn poll_release(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// Sets whether deliveries may be held back. The native `EventSource` can't be made to wait.
    fn may_hold(&mut self, may: bool);

    /// Passes to the session what users have changed since the last call.
    fn update(&mut self, now: Instant, session: &mut dyn Session);

    /// Returns the event types that a native `EventSource` must listen for, sorted and without duplicates.
    fn event_types(&self) -> Vec<String>;

    /// Publishes the counters and the last event ID to users. `connections` is the number of open
    /// connections.
    fn publish(&self, session: &dyn Session, connections: usize);
}

/// The parts of a driver.
pub(crate) struct Parts {
    pub(crate) session: Box<dyn Session>,
    pub(crate) client: Box<dyn Client>,
    pub(crate) inbox: Rc<Inbox>,
    pub(crate) clock: Rc<BrowserClock>,
    pub(crate) request: Request,
    /// The code for a multiplexer's requests, if the session is one.
    pub(crate) requests: Option<Requests>,
    /// The link to the other tabs, if the session is shared.
    pub(crate) tabs: Option<Box<dyn Neighbours>>,
}

struct Driver {
    session: Box<dyn Session>,
    client: Box<dyn Client>,
    inbox: Rc<Inbox>,
    clock: Rc<BrowserClock>,
    request: Request,
    requests: Option<Requests>,
    tabs: Option<Box<dyn Neighbours>>,
    page: Page,
    links: Vec<Link>,
    exchanges: Vec<(SendId, Sent)>,
    /// The response of the attempt opened last. Kept only if the caller's own code continues it.
    answer: Option<Arc<Response>>,
    timer: Option<Timer>,
    /// Whether the timer has fired. The session is told in a later task, which no timer has started.
    is_due: bool,
    macrotask: Macrotask,
    piece: Vec<u8>,
    slice: Slice,
    pace: Pace,
    /// While this pause lasts, nothing is read.
    pause: Option<TimeoutFuture>,
}

struct Timer {
    due: Instant,
    future: TimeoutFuture,
}

/// The source is closed.
struct Closed;

/// Starts the driver after the code that is running now. The driver runs until the inbox is closed.
///
/// # Errors
///
/// Returns [`Error::Unsupported`] outside a browser.
pub(crate) fn start(parts: Parts, scope: &Scope) -> Result<(), Error> {
    let inbox = Rc::clone(&parts.inbox);
    let page = Page::watch(scope, move |signal| inbox.send(Message::Signal(signal)));
    let driver = Driver {
        session: parts.session,
        client: parts.client,
        inbox: parts.inbox,
        clock: parts.clock,
        request: parts.request,
        requests: parts.requests,
        tabs: parts.tabs,
        page,
        links: Vec::new(),
        exchanges: Vec::new(),
        answer: None,
        timer: None,
        is_due: false,
        macrotask: Macrotask::new()?,
        piece: Vec::new(),
        slice: Slice::default(),
        pace: Pace::default(),
        pause: None,
    };
    wasm_bindgen_futures::spawn_local(driver.run());
    Ok(())
}

impl Driver {
    async fn run(mut self) {
        let Err(Closed) = self.work().await;
        // `Close` notifies the other tabs and passes the lock to one of them.
        let now = self.clock.now();
        self.session.handle(now, Input::Close);
        self.perform();
    }

    /// Runs the driver. The first turn comes after the code that built the source, since its subscribers
    /// decide the transport.
    async fn work(&mut self) -> Result<core::convert::Infallible, Closed> {
        let now = self.clock.now();
        self.client.update(now, &mut *self.session);
        if self.page.is_hidden() {
            // Sent before `Start`, so that a source that pauses while hidden sends nothing.
            self.session.handle(now, Input::Signal(Signal::Hidden));
        }
        self.session.handle(now, Input::Start);
        loop {
            self.settle().await?;
            if let Some((link, event)) = self.attend(Until::Anything).await? {
                self.take(link, event).await?;
            }
        }
    }

    /// Performs the session's outputs and passes its deliveries to the subscribers.
    async fn settle(&mut self) -> Result<(), Closed> {
        loop {
            self.perform();
            if !self.client.is_holding() {
                self.session.deliver(&mut *self.client);
            }
            self.publish();
            if self.inbox.is_closed() {
                return Err(Closed);
            }
            if !self.client.is_holding() {
                return Ok(());
            }
            self.release().await?;
        }
    }

    /// Waits for the subscriber for which a delivery is held back.
    async fn release(&mut self) -> Result<(), Closed> {
        self.attend(Until::Released).await?;
        let now = self.clock.now();
        self.resume_reading(now);
        Ok(())
    }

    /// Tells the session that nothing was read until now, so that it doesn't take the silence for the
    /// server's.
    fn resume_reading(&mut self, now: Instant) {
        for link in self.links.iter().filter(|link| link.is_reading()) {
            self.session.handle(now, Input::ReadingResumed(link.id));
        }
    }

    fn publish(&self) {
        self.client.publish(&*self.session, self.links.len());
    }

    async fn take(&mut self, link: LinkId, event: LinkEvent) -> Result<(), Closed> {
        match event {
            LinkEvent::Chunk(chunk) => self.receive(link, chunk).await,
            LinkEvent::Event {
                event_type,
                data,
                last_event_id,
            } => {
                let event = Event {
                    event_type: &event_type,
                    data: &data,
                    last_event_id: &last_event_id,
                };
                let now = self.clock.now();
                self.client.may_hold(false);
                self.session
                    .receive_native(now, link, &event, &mut *self.client);
                self.client.may_hold(true);
                Ok(())
            }
            event => {
                self.hand_in(link, event);
                Ok(())
            }
        }
    }

    /// Passes an event of a connection to the session.
    fn hand_in(&mut self, link: LinkId, event: LinkEvent) {
        let now = self.clock.now();
        let input = match event {
            LinkEvent::Prepared => return self.send_prepared(link),
            LinkEvent::Response {
                response,
                kind,
                excerpt,
            } => {
                if self.request.proceed.is_some() {
                    self.answer = Some(Arc::new(response.clone()));
                }
                let wall = BrowserClock::wall();
                let retry_after = response.retry_after_by(wall, read_http_date);
                Input::Response {
                    link,
                    response,
                    kind,
                    excerpt,
                    retry_after,
                }
            }
            LinkEvent::End => Input::Ended(link),
            LinkEvent::Failure(detail) => {
                return self.session.handle(now, Input::Failed(link, &detail));
            }
            LinkEvent::Unsent(Unsent::Unprepared(error)) => Input::Unprepared(link, error),
            LinkEvent::Unsent(Unsent::Futile(error)) => Input::Futile(link, error),
            LinkEvent::Unsent(Unsent::NoContinuation) => Input::NoContinuation(link),
            LinkEvent::Open => Input::NativeOpen(link),
            LinkEvent::Error { gave_up } => Input::NativeError { link, gave_up },
            // `take` handles these, since it can wait for subscribers.
            LinkEvent::Chunk(_) | LinkEvent::Event { .. } => return,
        };
        self.session.handle(now, input);
    }
}
