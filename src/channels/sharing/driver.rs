//! The task behind a multiplexer that shares: says what it asks for, and takes what comes to its subscribers.

use std::rc::Rc;

use super::super::handle::Shared;
use super::super::subscribers::ChannelSubscribers;
use crate::sharing::{Group, Pulse};
use crate::source::deliver;
use crate::subscribe::router::Parcel;
use everstream_core::connection::State;
use everstream_core::mux::Subscribers;
use everstream_core::parse::Event;
use everstream_core::tabs::{Entry, Fact, Output};

pub(super) struct Driver {
    shared: Rc<Shared>,
    group: Rc<dyn Group>,
    pulse: Pulse,
}

impl Driver {
    pub(super) fn new(shared: Rc<Shared>, group: Rc<dyn Group>, pulse: Pulse) -> Self {
        Self {
            shared,
            group,
            pulse,
        }
    }

    /// Runs until the multiplexer is closed. As for one that stands by itself, what the code before a turn
    /// has changed is one change.
    pub(super) async fn run(mut self) {
        let mut is_changed = true;
        loop {
            // First what has ended: it is not to be asked for again.
            self.deliver_all().await;
            if is_changed {
                self.ask_for();
                self.deliver_all().await;
            }
            if self.shared.machine.borrow().is_closed() {
                return;
            }
            let changed = self.pulse.next(|context| self.shared.poll_woken(context));
            is_changed = changed.await.is_some();
        }
    }

    async fn deliver_all(&self) {
        self.group.pump();
        while let Some(delivery) = self.group.next_delivery() {
            self.deliver(delivery).await;
        }
    }

    /// The machine knows the channels, and serves none of them.
    fn ask_for(&self) {
        for name in self.shared.abandoned() {
            self.shared.machine.borrow_mut().take(&name);
        }
        let machine = self.shared.machine.borrow();
        let names = machine.channels().map(|(name, _)| name.into());
        self.group.ask_for(names.collect());
    }

    fn subscribers(&self, name: &str) -> Option<Rc<ChannelSubscribers>> {
        self.shared.machine.borrow().subscribers(name).cloned()
    }

    async fn deliver(&self, delivery: Output) {
        match delivery {
            Output::Event(entry) => self.deliver_event(&entry).await,
            Output::InForce(name) => {
                if let Some(channel) = self.subscribers(&name) {
                    channel.in_force(true);
                    channel.update_state(self.shared.states.borrow().present());
                }
            }
            Output::Gap(name) => {
                if let Some(channel) = self.subscribers(&name) {
                    channel.gap();
                }
            }
            Output::Skipped(name, error) => {
                if let Some(channel) = self.subscribers(&name) {
                    channel.router.borrow().skipped(None, &error);
                }
            }
            Output::End(name, error) => {
                let ended = self.shared.machine.borrow_mut().take(&name);
                if let Some(channel) = ended {
                    channel.end(error);
                }
                // It may have been asked for again since.
                self.shared.wake();
            }
            Output::State(state) => self.change_state(&state),
            Output::Closed(error) => self.shared.close(error),
            // The group has done them.
            _ => {}
        }
    }

    async fn deliver_event(&self, entry: &Entry) {
        let Fact::Event {
            channel,
            event_type,
            data,
            id,
        } = &entry.fact
        else {
            return;
        };
        let Some(channel) = self.subscribers(channel) else {
            return;
        };
        if let Some(shares) = self.shared.shares.get() {
            let mut stats = shares.stats.borrow_mut();
            stats.events += 1;
            stats.last_activity = Some(self.shared.now());
        }
        let event = Event {
            event_type,
            data,
            last_event_id: id,
        };
        // The connection is not this tab's to hold up.
        deliver(
            &channel.router,
            |router| router.takers(event_type),
            &Parcel::Event(event),
            false,
        )
        .await;
    }

    fn change_state(&self, state: &State) {
        if let State::Waiting { error, .. } = state
            && let Some(shares) = self.shared.shares.get()
        {
            shares.stats.borrow_mut().last_error = Some(error.clone());
        }
        if !matches!(state, State::Open { .. }) {
            for (_, channel) in self.shared.machine.borrow().channels() {
                channel.in_force(false);
            }
        }
        self.shared.change_state(state);
    }
}
