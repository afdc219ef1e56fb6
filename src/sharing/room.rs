//! A tab among the others: its core, and everything that the core moves.

use core::cell::{Cell, RefCell};
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use super::group::{Arrival, Channels, Group, Line, Member, Upstream};
use crate::browser::{BrowserClock, Bus, LockChange, Scope, Sleep, WebLock};
use everstream_core::connection::{Instant, State};
use everstream_core::tabs::{Config, Election, Message, Output, Tab, UpstreamId};

/// How many entries of the log a tab keeps for others.
const KEPT: usize = 1024;

/// What happens comes in from the browser's callbacks, and is done at once as far as other tabs are
/// concerned: a page that is being closed gets no other chance. What is for subscribers waits for the driver.
struct Room {
    this: Weak<Self>,
    tab: RefCell<Tab>,
    member: Rc<dyn Member>,
    clock: RefCell<BrowserClock>,
    name: String,
    bus: RefCell<Option<Bus>>,
    lock: RefCell<Option<WebLock>>,
    upstream: RefCell<Option<(UpstreamId, Box<dyn Upstream>)>>,
    /// For the subscribers.
    deliveries: RefCell<VecDeque<Output>>,
    is_woken: Cell<bool>,
    driver: RefCell<Option<Waker>>,
    sleep: RefCell<Option<Sleep>>,
}

/// Joins the others of this key; `None` where there is no way to hear them.
pub(crate) fn join(
    scope: &Scope,
    key: &str,
    last_event_id: &str,
    channels: Channels,
    member: Rc<dyn Member>,
) -> Option<Rc<dyn Group>> {
    let room = Room::open(scope, key, last_event_id, channels, member)?;
    Some(room)
}

impl Room {
    fn open(
        scope: &Scope,
        key: &str,
        last_event_id: &str,
        channels: Channels,
        member: Rc<dyn Member>,
    ) -> Option<Rc<Self>> {
        let name = format!("everstream/{} {key}", Message::VERSION);
        let bus = Bus::open(&name, |_| {})?;
        let clock = RefCell::new(BrowserClock::new(scope));
        let room = Rc::new_cyclic(|room: &Weak<Self>| {
            let changed = Weak::clone(room);
            let lock = WebLock::new(scope, &name, move |change| {
                with(&changed, |room, now| {
                    let mut tab = room.tab.borrow_mut();
                    match change {
                        LockChange::Held => tab.handle_lock(now, true),
                        LockChange::Lost => tab.handle_lock(now, false),
                        LockChange::Refused => tab.handle_lock_refused(now),
                    }
                });
            });
            let config = Config {
                election: match lock {
                    Some(_) => Election::Lock,
                    None => Election::Lease,
                },
                last_event_id: last_event_id.to_owned(),
                seed: crate::browser::random_seed(),
                wall: BrowserClock::wall(),
                kept: KEPT,
            };
            let now = clock.borrow_mut().now();
            let tab = Tab::new(now, config, channels);
            Self {
                this: Weak::clone(room),
                tab: RefCell::new(tab),
                member,
                clock,
                name,
                bus: RefCell::new(Some(bus)),
                lock: RefCell::new(lock),
                upstream: RefCell::default(),
                deliveries: RefCell::default(),
                is_woken: Cell::new(true),
                driver: RefCell::default(),
                sleep: RefCell::default(),
            }
        });
        room.open_bus();
        let changed = Rc::downgrade(&room);
        let sleep = Sleep::watch(scope, move |sleeps| {
            with(&changed, |room, now| room.change_sleep(now, sleeps));
        });
        *room.sleep.borrow_mut() = Some(sleep);
        Some(room)
    }

    fn open_bus(&self) {
        let heard = Weak::clone(&self.this);
        let bus = Bus::open(&self.name, move |bytes| {
            if let Some(message) = Message::decode(bytes) {
                with(&heard, |room, now| {
                    room.tab.borrow_mut().handle_message(now, &message);
                });
            }
        });
        *self.bus.borrow_mut() = bus;
    }

    /// An open channel keeps a page out of the back/forward cache.
    fn change_sleep(&self, now: Instant, sleeps: bool) {
        if sleeps {
            self.tab.borrow_mut().handle_leave();
            self.pump();
            self.bus.take();
        } else {
            if self.bus.borrow().is_none() {
                self.open_bus();
            }
            self.tab.borrow_mut().handle_return(now);
        }
    }

    fn perform(&self, output: Output) {
        match output {
            Output::Send(message) => {
                if let Some(bus) = &*self.bus.borrow() {
                    bus.say(&message.encode());
                }
            }
            Output::RequestLock => self.with_lock(WebLock::request),
            Output::StealLock => self.with_lock(WebLock::steal),
            Output::ReleaseLock => self.with_lock(WebLock::release),
            Output::Open {
                id,
                position,
                channels,
            } => self.connect(id, &position, &channels),
            Output::Channels(channels) => {
                if let Some((_, upstream)) = &*self.upstream.borrow() {
                    upstream.ask_for(&channels);
                }
            }
            Output::Close(id) => {
                let closed = self.upstream.borrow_mut().take_if(|(of, _)| *of == id);
                // It says so to this room.
                drop(closed);
            }
            Output::Sharing(sharing) => self.member.change_sharing(sharing),
            delivery => self.deliveries.borrow_mut().push_back(delivery),
        }
    }

    fn with_lock(&self, act: impl FnOnce(&WebLock)) {
        if let Some(lock) = &*self.lock.borrow() {
            act(lock);
        }
    }

    fn connect(&self, id: UpstreamId, position: &str, channels: &Channels) {
        let line = Line::new(id, self.this.clone());
        match self.member.open(line, position, channels) {
            Ok(upstream) => *self.upstream.borrow_mut() = Some((id, upstream)),
            Err(error) => {
                let state = State::Closed { error: Some(error) };
                self.tab.borrow_mut().handle_state(id, &state);
            }
        }
    }

    /// The driver has something to do, once the code that runs now is through.
    fn wake(&self) {
        self.is_woken.set(true);
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }
}

impl Group for Room {
    fn ask_for(&self, channels: Channels) {
        self.tab.borrow_mut().ask_for(channels);
    }

    fn reconnect(&self) {
        if let Some((_, upstream)) = &*self.upstream.borrow() {
            upstream.reconnect();
        }
    }

    fn last_event_id(&self) -> String {
        self.tab.borrow().last_event_id().to_owned()
    }

    fn now(&self) -> Instant {
        self.clock.borrow_mut().now()
    }

    fn pump(&self) {
        loop {
            let output = self.tab.borrow_mut().poll_output();
            let Some(output) = output else { break };
            self.perform(output);
        }
    }

    fn next_delivery(&self) -> Option<Output> {
        self.deliveries.borrow_mut().pop_front()
    }

    fn poll_woken(&self, context: &Context<'_>) -> Poll<()> {
        if self.is_woken.take() {
            return Poll::Ready(());
        }
        *self.driver.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }

    fn due(&self) -> Option<Instant> {
        self.tab.borrow().poll_timeout()
    }

    fn handle_timeout(&self) {
        let now = self.now();
        self.tab.borrow_mut().handle_timeout(now);
    }

    fn handle_arrival(&self, id: UpstreamId, arrival: Arrival<'_>) {
        {
            let mut tab = self.tab.borrow_mut();
            match arrival {
                Arrival::Event(channel, event, position) => {
                    tab.handle_event(id, channel, event, position);
                }
                Arrival::Gap(channel) => tab.handle_gap(id, channel),
                Arrival::Skipped(channel, error) => tab.handle_skipped(id, Some(channel), error),
                Arrival::End(channel, error) => tab.handle_end(id, channel, error),
                Arrival::Progress(position, channels) => {
                    tab.handle_progress(id, position, channels);
                }
                Arrival::State(state) => tab.handle_state(id, state),
            }
        }
        self.wake();
    }

    fn leave(&self) {
        self.sleep.take();
        self.tab.borrow_mut().close();
        self.pump();
        self.bus.take();
        self.lock.take();
        let upstream = self.upstream.take();
        drop(upstream);
    }
}

/// Something has happened in a room that may be gone.
fn with(room: &Weak<Room>, happen: impl FnOnce(&Room, Instant)) {
    if let Some(room) = room.upgrade() {
        let now = room.now();
        happen(&room, now);
        room.pump();
        // It delivers, and sets its timer.
        room.wake();
    }
}
