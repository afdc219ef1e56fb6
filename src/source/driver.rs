//! The task behind a source: carries messages between the connection core and the browser.

use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::Poll;
use core::time::Duration;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;

use super::handle::Shared;
use super::inbox::Message;
use super::pace::{PAUSE, Pace};
use super::slice::{LARGEST_PIECE, Slice};
use crate::browser::{BrowserClock, Macrotask, Page, timer_milliseconds, yield_to_tasks};
use crate::subscribe::buffer::Pause;
use crate::subscribe::router::{Parcel, Route, Router, Takers};
use crate::transport::{Connected, Happening, Request};
use everstream_core::Error;
use everstream_core::connection::{
    Arrival, Attempt, Connection, Instant, Output, Passage, Received, Signal, State,
};
use everstream_core::parse::Event;

pub(super) struct Driver {
    shared: Rc<Shared>,
    request: Request,
    connection: Connection,
    connected: Option<Connected>,
    timer: Option<Timer>,
    page: Page,
    macrotask: Macrotask,
    piece: Vec<u8>,
    route: Route,
    slice: Slice,
    pace: Pace,
    /// Until it is over nothing is read.
    pause: Option<TimeoutFuture>,
}

struct Timer {
    due: Instant,
    future: TimeoutFuture,
}

enum Turn {
    Happening(Happening),
    Message(Message),
    Timeout,
}

impl Driver {
    pub(super) fn new(
        shared: Rc<Shared>,
        request: Request,
        connection: Connection,
        page: Page,
    ) -> Result<Self, Error> {
        Ok(Self {
            shared,
            request,
            connection,
            connected: None,
            timer: None,
            page,
            macrotask: Macrotask::new()?,
            piece: Vec::new(),
            route: Route::default(),
            slice: Slice::default(),
            pace: Pace::default(),
            pause: None,
        })
    }

    /// Runs until the source is closed. The first turn comes after the code that built the source,
    /// so that its subscribers decide the transport.
    pub(super) async fn run(mut self) {
        let now = self.now();
        self.update_interest(now);
        if self.page.is_hidden() {
            // Before the start: a source that is to be paused then sends nothing.
            self.connection.handle_signal(now, Signal::Hidden);
        }
        self.connection.start(now);
        loop {
            while let Some(output) = self.connection.poll_output() {
                // The user's own code may have closed the source meanwhile: nothing is sent any more.
                if self.shared.is_closed() {
                    return;
                }
                self.perform(output).await;
            }
            self.publish();
            if self.connection.is_closed() {
                return;
            }
            match self.turn().await {
                Turn::Happening(happening) => self.handle(happening).await,
                Turn::Message(message) => self.obey(message),
                Turn::Timeout => {
                    // In a page that was hidden for five minutes Chromium runs timers that were set
                    // by timers once a minute. The next one is to be set by an event.
                    self.macrotask.next().await;
                    let now = self.now();
                    self.connection.handle_timeout(now);
                }
            }
        }
    }

    fn now(&self) -> Instant {
        self.shared.clock.borrow_mut().now()
    }

    async fn perform(&mut self, output: Output) {
        match output {
            Output::Connect(attempt) => self.connect(attempt),
            Output::Disconnect => self.connected = None,
            Output::State(State::Closed { error }) => self.shared.close(error),
            Output::State(state) => self.shared.change_state(&state),
            Output::Gap => self.shared.router.borrow().gap(),
            Output::Event(event) => {
                let takers = |router: &Router| router.takers(&event.event_type);
                let parcel = Parcel::Event(event.as_event());
                deliver(&self.shared.router, takers, &parcel, true).await;
            }
            Output::End(end) => *self.shared.end.borrow_mut() = Some(end),
        }
    }

    fn connect(&mut self, mut attempt: Attempt) {
        if let Some(owner) = self.shared.owner.get() {
            attempt.resume.set_position(&owner.position());
        }
        let types = self.shared.event_types();
        let answer = self.shared.answer.borrow().clone();
        self.connected = Some(Connected::open(&self.request, &attempt, &types, answer));
    }

    /// Makes the counters and the position visible to the handles.
    fn publish(&self) {
        self.shared
            .stats
            .borrow_mut()
            .clone_from(self.connection.stats());
        let position = self.connection.last_event_id();
        if *self.shared.last_event_id.borrow() != position {
            position.clone_into(&mut self.shared.last_event_id.borrow_mut());
            if let Some(owner) = self.shared.owner.get() {
                owner.position_changed(position);
            }
        }
    }

    /// Waits for whatever comes first.
    async fn turn(&mut self) -> Turn {
        self.set_timer();
        let shared = Rc::clone(&self.shared);
        poll_fn(|context| {
            if let Poll::Ready(message) = shared.inbox.poll_next(context) {
                return Poll::Ready(Turn::Message(message));
            }
            if let Some(pause) = &mut self.pause
                && Pin::new(pause).poll(context).is_ready()
            {
                self.pause = None;
                self.pace.resumed(shared.clock.borrow().monotonic());
            }
            if self.pause.is_none()
                && let Some(connected) = &mut self.connected
                && let Poll::Ready(happening) = connected.poll_next(context)
            {
                return Poll::Ready(Turn::Happening(happening));
            }
            if let Some(timer) = &mut self.timer
                && Pin::new(&mut timer.future).poll(context).is_ready()
            {
                self.timer = None;
                return Poll::Ready(Turn::Timeout);
            }
            Poll::Pending
        })
        .await
    }

    /// A timer that fires too early does no harm, so one is only set anew to fire earlier: with a
    /// heartbeat each chunk moves the deadline.
    fn set_timer(&mut self) {
        let Some(due) = self.connection.poll_timeout() else {
            self.timer = None;
            return;
        };
        if self.timer.as_ref().is_some_and(|timer| timer.due <= due) {
            return;
        }
        let wait = due - self.now();
        self.timer = Some(Timer {
            due,
            future: TimeoutFuture::new(timer_milliseconds(wait)),
        });
    }

    fn obey(&mut self, message: Message) {
        let now = self.now();
        // The page may have been hidden, which slows its timers down.
        self.pause = None;
        match message {
            Message::Signal(signal) => self.connection.handle_signal(now, signal),
            Message::Reconnect => self.connection.reconnect(now),
            Message::Interest => self.update_interest(now),
            Message::Heartbeat(limit) => self.connection.set_heartbeat(limit),
        }
    }

    fn update_interest(&mut self, now: Instant) {
        self.shared.router.borrow_mut().prune();
        if self.shared.needs_fetch() {
            self.connection.require_fetch(now);
        }
        if let Some(connected) = &mut self.connected {
            connected.listen(|| self.shared.event_types());
        }
    }

    async fn handle(&mut self, happening: Happening) {
        let (now, monotonic) = self.shared.clock.borrow_mut().read();
        match happening {
            Happening::Response {
                response,
                kind,
                excerpt,
            } => {
                let wall = BrowserClock::wall();
                self.connection
                    .handle_response(now, response, kind, excerpt, wall);
            }
            Happening::Chunk(chunk) => self.receive(&chunk, now, monotonic).await,
            Happening::End => self.connection.handle_end(now),
            Happening::Failure(detail) => self.connection.handle_disconnect(now, &detail),
            Happening::Headers(error) => self.connection.handle_headers_error(now, error),
            Happening::Futile(error) => self.connection.handle_futile(error),
            Happening::NoContinuation => self.connection.handle_no_continuation(),
            Happening::Open => self.connection.handle_open(now),
            Happening::Error { gave_up } => self.connection.handle_native_error(now, gave_up),
            Happening::Event {
                event_type,
                data,
                last_event_id,
            } => {
                let event = Event {
                    event_type: &event_type,
                    data: &data,
                    last_event_id: &last_event_id,
                };
                let passage = self.connection.handle_event(now, &event);
                if passage == Passage::DeliverBehindGap {
                    self.shared.router.borrow().gap();
                }
                if passage != Passage::Discard {
                    let takers = self.shared.router.borrow().takers(&event_type);
                    takers.push(&Event {
                        // Not the browser's own, which a rebuilt `EventSource` has forgotten.
                        last_event_id: self.connection.last_event_id(),
                        ..event
                    });
                }
            }
        }
    }

    /// Takes a chunk in piece by piece, each copied once, and gives the browser its turns.
    async fn receive(&mut self, chunk: &Uint8Array, mut now: Instant, mut began: Duration) {
        let mut offset = 0;
        let length = chunk.length();
        self.pace.received(began, length);
        if length > LARGEST_PIECE {
            // Otherwise the turns that the browser is given would find it with nothing to fetch.
            self.read_ahead();
        }
        while offset < length {
            let end = length.min(offset + self.slice.piece());
            self.piece.resize((end - offset) as usize, 0);
            if end - offset == length {
                // As where events come one by one: there is no need of a view.
                chunk.copy_to(&mut self.piece);
            } else {
                chunk.subarray(offset, end).copy_to(&mut self.piece);
            }
            offset = end;
            self.receive_piece(now).await;
            self.publish();
            if self.connection.has_output() {
                // The stream has ended at an event: nothing behind it is the answer's.
                return;
            }
            // Subscribers take what this piece has brought before the next brings more, and the time
            // that they need counts.
            yield_to_tasks().await;
            let ended;
            (now, ended) = self.shared.clock.borrow_mut().read();
            let took = ended.saturating_sub(began);
            self.slice.worked(self.piece.len(), took);
            began = ended;
            if self.slice.is_over() {
                self.macrotask.next().await;
                self.slice.begin();
                (now, began) = self.shared.clock.borrow_mut().read();
            }
        }
        // Where the page is hidden, a timer would take a second and more.
        if self.pace.wants_pause() && !self.page.is_hidden() {
            self.pause = Some(TimeoutFuture::new(PAUSE.subsec_millis()));
        }
    }

    fn read_ahead(&self) {
        if let Some(connected) = &self.connected {
            connected.read_ahead();
        }
    }

    async fn receive_piece(&mut self, now: Instant) {
        let mut waited = false;
        // Visible also while a slow subscriber is waited for.
        self.shared
            .stats
            .borrow_mut()
            .received(now, self.piece.len());
        let mut received = self.connection.receive(now, &self.piece);
        while let Some(slow) = deliver_ready(&mut received, &self.shared, &mut self.route) {
            waited |= match slow {
                Slow::Event(event) => {
                    let takers = |router: &Router| router.takers(&event.event_type);
                    let parcel = Parcel::Event(event.as_event());
                    deliver(&self.shared.router, takers, &parcel, true).await
                }
                Slow::Comment(comment) => {
                    let parcel = Parcel::Event(comment.as_event());
                    deliver(&self.shared.router, Router::comment_takers, &parcel, true).await
                }
                Slow::Skipped(event_type, error) => {
                    let takers = |router: &Router| router.skipped_takers(event_type.as_deref());
                    let parcel = Parcel::Skipped(&error);
                    deliver(&self.shared.router, takers, &parcel, true).await
                }
            };
        }
        drop(received);
        if waited {
            // The silence meanwhile was ours.
            let now = self.now();
            self.connection.handle_resumed_reading(now);
        }
    }
}

/// What somebody should be waited for before it is delivered.
enum Slow {
    Event(Waiting),
    Comment(Waiting),
    /// That an event of this type was skipped.
    Skipped(Option<String>, Error),
}

/// An event that waits: the only one that is copied.
struct Waiting {
    event_type: String,
    data: String,
    last_event_id: String,
}

impl Waiting {
    fn of(event: &Event<'_>) -> Self {
        Self {
            event_type: event.event_type.to_owned(),
            data: event.data.to_owned(),
            last_event_id: event.last_event_id.to_owned(),
        }
    }

    fn as_event(&self) -> Event<'_> {
        Event {
            event_type: &self.event_type,
            data: &self.data,
            last_event_id: &self.last_event_id,
        }
    }
}

/// Delivers what is received, up to an event for which somebody should be waited.
///
/// This is where a burst spends its time, so it is a function of its own and small: an engine
/// optimises WebAssembly function by function, and the driver's future is a large one.
#[inline(never)]
fn deliver_ready(
    received: &mut Received<'_, '_>,
    shared: &Shared,
    route: &mut Route,
) -> Option<Slow> {
    while let Some(arrival) = received.next() {
        match arrival {
            Arrival::Event(event) => {
                // Released before anything is decoded: foreign code may subscribe.
                let takers = shared.router.borrow().find(event.event_type, route);
                if !takers.offer(&event) {
                    return Some(Slow::Event(Waiting::of(&event)));
                }
            }
            Arrival::Comment(text) => {
                let comment = Event {
                    event_type: "",
                    data: text,
                    last_event_id: "",
                };
                let takers = shared.router.borrow().comment_takers();
                if !takers.offer(&comment) {
                    return Some(Slow::Comment(Waiting::of(&comment)));
                }
            }
            Arrival::Gap => shared.router.borrow().gap(),
            Arrival::TooLarge(too_large) => {
                let event_type = too_large.event_type.clone();
                return Some(Slow::Skipped(event_type, Error::EventTooLarge(too_large)));
            }
        }
    }
    None
}

/// Hands something to those who want it, after slow ones among them had their chance to catch up, as
/// their policies have it. Says whether the server was kept waiting. Where it can't be, one that would have
/// it wait loses its oldest, and is told.
pub(crate) async fn deliver(
    router: &RefCell<Router>,
    takers: impl Fn(&Router) -> Takers,
    parcel: &Parcel<'_>,
    can_wait: bool,
) -> bool {
    let mut waited = false;
    loop {
        let takers = takers(&router.borrow());
        // Each time anew: behind the one that was waited for there may be another, of the same channel.
        if takers.offer_parcel(parcel) {
            return waited;
        }
        let Some(slow) = takers.pausing() else {
            takers.push_parcel(parcel);
            return waited;
        };
        match slow.pause() {
            Some(Pause::Turn) => {
                slow.give_turn();
                yield_to_tasks().await;
            }
            Some(Pause::UntilRoom) if can_wait => {
                waited = true;
                poll_fn(|context| slow.poll_room(context)).await;
            }
            Some(Pause::UntilRoom) => {
                takers.push_parcel(parcel);
                return waited;
            }
            None => {}
        }
        // Others may have come and gone meanwhile: look again.
    }
}
