//! A tab among the others: its core, and everything that the core moves.

use core::cell::{Cell, RefCell};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use super::upstream::Upstream;
use crate::browser::{BrowserClock, Bus, LockChange, Scope, Sleep, WebLock};
use crate::connection::Instant;
use crate::source::event_source::EventSource;
use crate::source::handle::Shared;
use crate::source::inbox::Message as Order;
use crate::source::template::Template;
use crate::tabs::{Config, Election, Message, Output, Tab, UpstreamId};

/// How many entries of the log a tab keeps for others.
const KEPT: usize = 1024;

/// What happens comes in from the browser's callbacks, and is done at once as far as other tabs are
/// concerned: a page that is being closed gets no other chance. What is for subscribers waits for the driver.
pub(super) struct Room {
    pub(super) tab: RefCell<Tab>,
    template: Rc<Template>,
    clock: RefCell<BrowserClock>,
    name: String,
    bus: RefCell<Option<Bus>>,
    lock: RefCell<Option<WebLock>>,
    upstream: RefCell<Option<(UpstreamId, EventSource)>>,
    /// For the subscribers.
    deliveries: RefCell<VecDeque<Output>>,
    shared: Weak<Shared>,
    is_woken: Cell<bool>,
    driver: RefCell<Option<Waker>>,
    sleep: RefCell<Option<Sleep>>,
}

impl Room {
    /// Joins the others of this key; `None` where there is no way to hear them.
    pub(super) fn open(
        scope: &Scope,
        key: &str,
        template: Rc<Template>,
        shared: &Rc<Shared>,
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
                last_event_id: template.config.last_event_id.clone(),
                seed: crate::browser::random_seed(),
                wall: BrowserClock::wall(),
                kept: KEPT,
            };
            let now = clock.borrow_mut().now();
            // The only channel of a source has no name.
            let tab = Tab::new(now, config, [Box::default()]);
            Self {
                tab: RefCell::new(tab),
                template,
                clock,
                name,
                bus: RefCell::new(Some(bus)),
                lock: RefCell::new(lock),
                upstream: RefCell::default(),
                deliveries: RefCell::default(),
                shared: Rc::downgrade(shared),
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

    fn open_bus(self: &Rc<Self>) {
        let heard = Rc::downgrade(self);
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
    fn change_sleep(self: &Rc<Self>, now: Instant, sleeps: bool) {
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

    pub(super) fn now(&self) -> Instant {
        self.clock.borrow_mut().now()
    }

    /// Does what the core wants done.
    pub(super) fn pump(self: &Rc<Self>) {
        loop {
            let output = self.tab.borrow_mut().poll_output();
            let Some(output) = output else { break };
            self.perform(output);
        }
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Send(message) => {
                if let Some(bus) = &*self.bus.borrow() {
                    bus.say(&message.encode());
                }
            }
            Output::RequestLock => self.with_lock(WebLock::request),
            Output::StealLock => self.with_lock(WebLock::steal),
            Output::ReleaseLock => self.with_lock(WebLock::release),
            Output::Open { id, position, .. } => self.connect(id, position.into()),
            // There is only one.
            Output::Channels(_) => {}
            Output::Close(id) => {
                let closed = self.upstream.borrow_mut().take_if(|(of, _)| *of == id);
                // It says so to this room.
                drop(closed);
            }
            Output::Sharing(sharing) => {
                if let Some(shared) = self.shared.upgrade() {
                    shared.change_sharing(sharing);
                }
            }
            delivery => self.deliveries.borrow_mut().push_back(delivery),
        }
    }

    fn with_lock(&self, act: impl FnOnce(&WebLock)) {
        if let Some(lock) = &*self.lock.borrow() {
            act(lock);
        }
    }

    fn connect(self: &Rc<Self>, id: UpstreamId, position: String) {
        let owner = Rc::new(Upstream::new(id, self));
        match self.template.open_for_tabs(&owner, position) {
            Ok(source) => *self.upstream.borrow_mut() = Some((id, source)),
            Err(error) => {
                let state = crate::connection::State::Closed { error: Some(error) };
                self.tab.borrow_mut().handle_state(id, &state);
            }
        }
    }

    /// Passes on what the user orders, if the connection is this tab's.
    pub(super) fn order(&self, order: Order) {
        if let Some((_, source)) = &*self.upstream.borrow() {
            source.send(order);
        }
    }

    pub(super) fn next_delivery(&self) -> Option<Output> {
        self.deliveries.borrow_mut().pop_front()
    }

    /// How long until the core has to be called.
    pub(super) fn due(&self) -> Option<(Instant, Duration)> {
        let due = self.tab.borrow().poll_timeout()?;
        Some((due, due - self.now()))
    }

    /// The driver has something to do, once the code that runs now is through.
    pub(super) fn wake(&self) {
        self.is_woken.set(true);
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }

    /// Ready once after each [`wake`](Self::wake).
    pub(super) fn poll_woken(&self, context: &Context<'_>) -> Poll<()> {
        if self.is_woken.take() {
            return Poll::Ready(());
        }
        *self.driver.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }

    /// Leaves the others for good.
    pub(super) fn leave(self: &Rc<Self>) {
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
fn with(room: &Weak<Room>, happen: impl FnOnce(&Rc<Room>, Instant)) {
    if let Some(room) = room.upgrade() {
        let now = room.now();
        happen(&room, now);
        room.pump();
        // It delivers, and sets its timer.
        room.wake();
    }
}
