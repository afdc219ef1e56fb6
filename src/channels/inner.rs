//! What a multiplexer's handles and its driver share.

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

/// Everything that outlives a turn of the driver. The driver holds it without a [`Handle`].
pub(super) struct Inner {
    /// Absolute.
    pub(super) url: String,
    pub(super) defaults: BufferDefaults,
    /// Only the native `EventSource` was asked for.
    pub(super) native_only: bool,
    /// The connection is shared with other tabs, or was to be.
    pub(super) is_shared: bool,
    /// Checks names, and says for native what to listen for.
    pub(super) protocol: Box<dyn Protocol>,
    pub(super) channels: RefCell<Registry>,
    pub(super) states: StateBoard,
    pub(super) errors: ErrorBoard,
    /// If it was asked for.
    pub(super) sharing: SharingBoard,
    /// A subscriber of a channel asks for what native can't do.
    pub(super) needs_fetch: Cell<bool>,
    pub(super) inbox: Rc<Inbox>,
    pub(super) clock: Rc<BrowserClock>,
    /// As of the driver's last turn.
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
            is_shared: template.share.is_some(),
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

    /// Ends every channel; the driver drops the connections at its next turn.
    pub(super) fn close(&self, error: Option<&Error>) {
        if !self.inbox.close() {
            return;
        }
        self.connections.set(0);
        // Whoever is woken finds all of it closed.
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

    /// The state of the connection in use has changed.
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

    /// What a native `EventSource` has to listen for.
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

    /// The subscribers of a channel have come, gone, or ask for something else.
    fn interest_changed(&self, channel: &ChannelSubscribers) {
        channel.router.borrow_mut().prune();
        if channel.router.borrow().needs_fetch() {
            self.needs_fetch.set(true);
        }
        self.inbox.send(Message::Interest);
    }

    /// How many events the channels' subscribers have missed.
    pub(super) fn lagged(&self) -> u64 {
        let channels = self.channels.borrow().all();
        channels
            .iter()
            .map(|channel| channel.router.borrow().lagged())
            .sum()
    }
}

/// Shared by everyone who wants the multiplexer alive; the last one to let go closes it.
pub(super) struct Handle(pub(super) Rc<Inner>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close(None);
    }
}

/// Shared by everyone who wants a channel; the last one to let go gives it up.
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
