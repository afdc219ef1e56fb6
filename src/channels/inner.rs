//! The state that a multiplexer's handles and its driver share.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use super::errors::ErrorBoard;
use super::registry::Registry;
use super::subscribers::ChannelSubscribers;
use crate::source::Template;
use crate::subscribe::intake::BufferDefaults;
use crate::subscribe::{Hold, SharingBoard, StateBoard};
use crate::web::{BrowserClock, Inbox, Message};
use everstream_core::Error;
use everstream_core::connection::{State, Stats};
use everstream_core::mux::Protocol;

/// The state that outlives a turn of the driver. The driver holds it without a [`Handle`], so that it doesn't
/// keep the multiplexer open.
pub(super) struct Inner {
    /// The absolute URL.
    pub(super) url: String,
    pub(super) defaults: BufferDefaults,
    /// Whether the user chose `Transport::Native`.
    pub(super) native_only: bool,
    /// Checks channel names, and lists the event types that a native `EventSource` listens for.
    pub(super) protocol: Box<dyn Protocol>,
    pub(super) channels: RefCell<Registry>,
    pub(super) states: StateBoard,
    pub(super) errors: ErrorBoard,
    /// Empty unless the multiplexer is shared.
    pub(super) sharing: SharingBoard,
    /// Whether a channel's subscriber needs what native can't do.
    pub(super) needs_fetch: Cell<bool>,
    pub(super) inbox: Rc<Inbox>,
    pub(super) clock: Rc<BrowserClock>,
    /// The counters as of the driver's last turn.
    pub(super) stats: RefCell<Stats>,
    pub(super) connections: Cell<usize>,
    pub(super) last_event_id: RefCell<String>,
}

impl Inner {
    pub(super) fn new(template: &Template, protocol: Box<dyn Protocol>) -> Self {
        let request = &template.request;
        Self {
            url: request.url.clone(),
            defaults: template.buffer,
            native_only: template.native_only,
            protocol,
            channels: RefCell::default(),
            states: StateBoard::new(),
            errors: ErrorBoard::default(),
            sharing: SharingBoard::default(),
            needs_fetch: Cell::new(false),
            inbox: Rc::default(),
            clock: Rc::new(BrowserClock::new(&request.scope)),
            stats: RefCell::default(),
            connections: Cell::new(0),
            last_event_id: RefCell::new(template.config.last_event_id.clone()),
        }
    }

    /// Ends every channel. The driver drops the connections on its next turn.
    pub(super) fn close(&self, error: Option<&Error>) {
        if !self.inbox.close() {
            return;
        }
        self.connections.set(0);
        // All state closes before the wakers run: user code that they call must not find it half closed.
        let awaited = self.states.close(error);
        let channels = self.channels.borrow_mut().take_all();
        let ended: Vec<_> = channels
            .iter()
            .map(|channel| channel.set_end(error))
            .collect();
        for (channel, awaited) in channels.iter().zip(ended) {
            channel.tell_end(awaited);
        }
        awaited.wake();
        self.errors.end();
        self.sharing.end();
    }

    /// Publishes the new state of the connection in use.
    pub(super) fn change_state(&self, state: &State) {
        if let State::Closed { error } = state {
            return self.close(error.as_ref());
        }
        if self.inbox.is_closed() {
            return;
        }
        self.states.change(state);
        let is_open = matches!(state, State::Open { .. });
        let channels = self.channels.borrow().all();
        for channel in channels {
            if !is_open {
                channel.set_in_force(false);
            }
            channel.update_state(state);
        }
    }

    /// Returns the event types that a native `EventSource` must listen for.
    pub(super) fn event_types(&self) -> Vec<String> {
        let mut types = self.protocol.control_types(None);
        for channel in self.channels.borrow().all() {
            types.extend(self.protocol.control_types(Some(&channel.name)));
            let router = channel.router.borrow();
            let wanted = router.types();
            types.extend(
                wanted.filter_map(|wanted| self.protocol.event_type(&channel.name, wanted)),
            );
        }
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Called when a channel's subscribers come, go or change their interest.
    fn interest_changed(&self, channel: &ChannelSubscribers) {
        channel.router.borrow_mut().prune();
        if channel.router.borrow().needs_fetch() {
            self.needs_fetch.set(true);
        }
        self.inbox.send(Message::Interest);
    }

    /// Returns how many events the channels' subscribers have missed.
    pub(super) fn lagged(&self) -> u64 {
        let channels = self.channels.borrow().all();
        channels
            .iter()
            .map(|channel| channel.router.borrow().lagged())
            .sum()
    }
}

/// Keeps the multiplexer open. Handles and channels share it; dropping the last reference closes the
/// multiplexer.
pub(super) struct Handle(pub(super) Rc<Inner>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close(None);
    }
}

/// Keeps a channel subscribed. Its handles and subscriptions share it; dropping the last reference
/// unsubscribes.
pub(super) struct ChannelHandle {
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
        let inner = &self.mux.0;
        let subscribers = Rc::clone(&self.subscribers);
        inner.channels.borrow_mut().depart(subscribers);
        inner.inbox.send(Message::Interest);
    }
}
