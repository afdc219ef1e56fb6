//! What a multiplexer's handles, its streams and its driver share.

use core::cell::{Cell, OnceCell, RefCell};
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use super::errors::ErrorBoard;
use super::sharing::{Relay, Shares};
use super::subscribers::ChannelSubscribers;
use crate::browser::BrowserClock;
use crate::source::{EventSource, Message, SourceStats, Template};
use crate::subscribe::{Hold, SharingBoard, StateBoard};
use everstream_core::Error;
use everstream_core::connection::{Instant, State};
use everstream_core::mux::{Multiplexer, Protocol, StreamId};

pub(super) type Machine = Multiplexer<Rc<ChannelSubscribers>>;

/// Everything that outlives a turn of the driver. The driver holds it without a [`Handle`].
pub(super) struct Shared {
    pub(super) template: Template,
    /// Says for native what to listen for.
    pub(super) protocol: Box<dyn Protocol>,
    /// Where the connection is shared it knows the channels, and opens nothing.
    pub(super) machine: RefCell<Machine>,
    pub(super) sources: RefCell<Vec<(StreamId, EventSource)>>,
    pub(super) states: RefCell<StateBoard>,
    pub(super) errors: RefCell<ErrorBoard>,
    /// Channels whose last handle is gone, unless they have been asked for again since.
    pub(super) departed: RefCell<Vec<Rc<str>>>,
    pub(super) needs_fetch: Cell<bool>,
    pub(super) clock: RefCell<BrowserClock>,
    /// Of the streams that are gone.
    pub(super) past: RefCell<SourceStats>,
    /// What there is if the connection is shared with other tabs.
    pub(super) shares: OnceCell<Shares>,
    /// If that was asked for.
    pub(super) sharing: SharingBoard,
    /// If this one works for all tabs, where what it brings goes.
    pub(super) relay: OnceCell<Rc<Relay>>,
    is_woken: Cell<bool>,
    driver: RefCell<Option<Waker>>,
}

impl Shared {
    pub(super) fn new(template: Template, protocol: Box<dyn Protocol>, machine: Machine) -> Self {
        let clock = BrowserClock::new(&template.request.scope);
        Self {
            template,
            protocol,
            machine: RefCell::new(machine),
            sources: RefCell::default(),
            states: RefCell::new(StateBoard::new()),
            errors: RefCell::default(),
            departed: RefCell::default(),
            needs_fetch: Cell::new(false),
            clock: RefCell::new(clock),
            past: RefCell::default(),
            shares: OnceCell::new(),
            sharing: SharingBoard::default(),
            relay: OnceCell::new(),
            is_woken: Cell::new(false),
            driver: RefCell::default(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.borrow_mut().now()
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

    /// Ends every channel; the driver drops the connections at its next turn.
    pub(super) fn close(&self, error: Option<Error>) {
        self.machine.borrow_mut().close(error.clone());
        self.change_state(&State::Closed { error });
        self.errors.borrow_mut().end();
        self.sharing.end();
        self.wake();
    }

    /// A stream's state has changed. The user sees that of the stream in use.
    pub(super) fn stream_state(&self, id: StreamId, state: &State) {
        {
            let mut machine = self.machine.borrow_mut();
            match state {
                State::Open { .. } => machine.handle_open(self.clock.borrow_mut().now(), id),
                State::Connecting { .. } | State::Waiting { .. } | State::Paused => {
                    machine.handle_lost(id);
                }
                State::Closed { error } => {
                    let now = self.clock.borrow_mut().now();
                    machine.handle_closed(now, id, error.clone());
                }
                // `Idle`, `Subscribing`.
                _ => {}
            }
            if !machine.is_in_use(id) {
                drop(machine);
                self.wake();
                return;
            }
        }
        self.change_state(state);
        self.wake();
    }

    pub(super) fn change_state(&self, state: &State) {
        {
            let mut states = self.states.borrow_mut();
            if let State::Closed { .. } = states.present() {
                return;
            }
            states.change(state);
            for (_, channel) in self.machine.borrow().channels() {
                channel.update_state(state);
            }
        }
        if let Some(relay) = self.relay.get() {
            relay.state(state);
        }
    }

    /// Something went wrong that ends no channel.
    pub(super) fn report(&self, error: &Error) {
        self.errors.borrow_mut().report(error);
        if let Some(relay) = self.relay.get() {
            relay.error(error);
        }
    }

    /// Takes the channels whose last handle is gone, and that were not asked for again since.
    pub(super) fn abandoned(&self) -> Vec<Rc<str>> {
        let mut departed = self.departed.take();
        let machine = self.machine.borrow();
        departed.retain(|name| {
            let channel = machine.subscribers(name);
            channel.is_some_and(|channel| channel.is_abandoned())
        });
        departed
    }

    /// Something has become of channels while the connection's state stayed as it is.
    pub(super) fn update_channel_states(&self) {
        let states = self.states.borrow();
        for (_, channel) in self.machine.borrow().channels() {
            channel.update_state(states.present());
        }
    }

    /// What a native `EventSource` has to listen for.
    pub(super) fn event_types(&self) -> Vec<String> {
        let mut types = self.protocol.control_types(None);
        for (name, channel) in self.machine.borrow().channels() {
            types.extend(self.protocol.control_types(Some(name)));
            let router = channel.router.borrow();
            let wanted = router.types();
            types.extend(wanted.filter_map(|wanted| self.protocol.event_type(name, wanted)));
        }
        types
    }

    /// The subscribers of a channel have come, gone, or ask for something else.
    pub(super) fn interest_changed(&self, channel: &ChannelSubscribers) {
        channel.router.borrow_mut().prune();
        if channel.router.borrow().needs_fetch() {
            self.needs_fetch.set(true);
        }
        for (_, source) in &*self.sources.borrow() {
            source.send(Message::Interest);
        }
    }

    pub(super) fn lagged(&self) -> u64 {
        let machine = self.machine.borrow();
        let channels = machine.channels();
        channels
            .map(|(_, channel)| channel.router.borrow().lagged())
            .sum()
    }
}

/// Shared by everyone who wants the multiplexer alive; the last one to let go closes it.
pub(super) struct Handle(pub(super) Rc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close(None);
    }
}

/// Shared by everyone who wants a channel; the last one to let go unsubscribes.
pub(super) struct ChannelHandle {
    pub(super) name: Rc<str>,
    pub(super) mux: Rc<Handle>,
    pub(super) subscribers: Rc<ChannelSubscribers>,
}

impl Hold for ChannelHandle {
    fn interest_changed(&self) {
        self.mux.0.interest_changed(&self.subscribers);
    }
}

impl Drop for ChannelHandle {
    fn drop(&mut self) {
        // The machine may be in the middle of something.
        let shared = &self.mux.0;
        shared.departed.borrow_mut().push(Rc::clone(&self.name));
        shared.wake();
    }
}
