//! [`Channel`], the handle that users hold.

use core::fmt;
use std::rc::Rc;

use super::inner::ChannelHandle;
use crate::subscribe::intake::{self, BufferDefaults, Intake};
use crate::subscribe::router::Interest;
use crate::subscribe::{Hold, States, Subscriber, Subscription};
use crate::typed::{EventData, OrRaw};
use everstream_core::connection::{ReadyState, State};
use everstream_core::{Error, MessageEvent};

/// A channel of a [`Mux`](crate::Mux). It works like an [`EventSource`](crate::EventSource) of its own, over
/// the multiplexer's connection.
///
/// Clones, and handles that [`Mux::channel`](crate::Mux::channel) returns for the same name, refer to the
/// same channel. The channel is unsubscribed when the last handle and the last subscription are dropped.
///
/// A subscription's stream ends without an error when the server completes the channel, and with
/// [`Error::Channel`] when the server refuses it. The other channels go on.
#[derive(Clone)]
#[must_use = "a channel that is dropped is given up"]
pub struct Channel {
    handle: Rc<ChannelHandle>,
}

impl Channel {
    pub(super) fn of(handle: Rc<ChannelHandle>) -> Self {
        Self { handle }
    }

    /// Subscribes to the events of one type; see [`EventSource::on`](crate::EventSource::on).
    pub fn on<T: EventData>(&self, event_type: impl Into<String>) -> Subscription<T> {
        intake::on(self, event_type.into())
    }

    /// See [`EventSource::on_message`](crate::EventSource::on_message).
    pub fn on_message<T: EventData>(
        &self,
        event_type: impl Into<String>,
    ) -> Subscription<MessageEvent<T>> {
        intake::on_message(self, event_type.into())
    }

    /// See [`EventSource::on_text`](crate::EventSource::on_text).
    pub fn on_text(&self, event_type: impl Into<String>) -> Subscription<MessageEvent> {
        intake::on_text(self, event_type.into())
    }

    /// Subscribes to the events of one type whose data is base64, and decodes it into bytes; see
    /// [`EventSource::on_bytes`](crate::EventSource::on_bytes).
    pub fn on_bytes(&self, event_type: impl Into<String>) -> Subscription<MessageEvent<Vec<u8>>> {
        intake::on_bytes(self, event_type.into())
    }

    /// Subscribes to events of several types as one enum; see
    /// [`EventSource::events`](crate::EventSource::events).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventSource::events`](crate::EventSource::events).
    pub fn events<E: EventData>(&self) -> Result<Subscription<E>, Error> {
        intake::events(self)
    }

    /// See [`EventSource::events_message`](crate::EventSource::events_message).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventSource::events`](crate::EventSource::events).
    pub fn events_message<E: EventData>(&self) -> Result<Subscription<MessageEvent<E>>, Error> {
        intake::events_message(self)
    }

    /// See [`EventSource::all`](crate::EventSource::all).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventSource::all`](crate::EventSource::all).
    pub fn all<T: EventData>(&self) -> Result<Subscription<T>, Error> {
        intake::all(self)
    }

    /// See [`EventSource::all_message`](crate::EventSource::all_message).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventSource::all_message`](crate::EventSource::all_message).
    pub fn all_message<T: EventData>(&self) -> Result<Subscription<MessageEvent<T>>, Error> {
        intake::all_message(self)
    }

    /// See [`EventSource::all_or_raw`](crate::EventSource::all_or_raw).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventSource::all_or_raw`](crate::EventSource::all_or_raw).
    pub fn all_or_raw<T: EventData>(&self) -> Result<Subscription<OrRaw<T>>, Error> {
        intake::all_or_raw(self)
    }

    /// See [`EventSource::events_or_raw`](crate::EventSource::events_or_raw).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventSource::events_or_raw`](crate::EventSource::events_or_raw).
    pub fn events_or_raw<T: EventData>(&self) -> Result<Subscription<OrRaw<T>>, Error> {
        intake::events_or_raw(self)
    }

    /// Subscribes to every event of the channel, as text. Requires fetch.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`EventSource::raw`](crate::EventSource::raw).
    pub fn raw(&self) -> Result<Subscription<MessageEvent>, Error> {
        intake::raw(self)
    }

    /// Streams the current state, then every change of it. It is [`State::Subscribing`] while the connection
    /// is open but does not carry the channel yet, and [`State::Closed`] once the channel has ended.
    /// Otherwise it is the connection's state. A connection that replaces another without loss causes no
    /// change.
    pub fn states(&self) -> States {
        let connection = self.handle.mux.0.states.present();
        self.handle.subscribers.observe(&connection)
    }

    /// Returns the current state.
    #[must_use]
    pub fn state(&self) -> State {
        let connection = self.handle.mux.0.states.present();
        self.handle.subscribers.state(&connection)
    }

    /// Returns the current state as the standard's `readyState`.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.state().ready_state()
    }

    /// Returns the channel's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.handle.subscribers.name
    }
}

impl Intake for Channel {
    fn buffer_defaults(&self) -> BufferDefaults {
        self.handle.mux.0.defaults
    }

    fn is_native_only(&self) -> bool {
        self.handle.mux.0.native_only
    }

    fn add(&self, interest: Interest, subscriber: Rc<dyn Subscriber>) {
        self.handle.subscribers.add(interest, subscriber);
        self.handle.interest_changed();
    }

    fn hold(&self) -> Rc<dyn Hold> {
        Rc::clone(&self.handle) as Rc<dyn Hold>
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}
