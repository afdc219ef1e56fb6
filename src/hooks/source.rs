//! The traits of what a component can open and what its hooks can subscribe to.

use serde::de::DeserializeOwned;

use crate::channels::{Channel, Mux};
use crate::source::EventSource;
use crate::subscribe::{States, Subscription};
use everstream_core::Error;

/// A connection that a component can hold open: an [`EventSource`], a [`Mux`], or a [`Channel`] of one.
///
/// This trait is sealed.
#[diagnostic::on_unimplemented(
    message = "a component can't have `{Self}` open",
    label = "not an `EventSource`, a `Mux` or a `Channel`"
)]
pub trait Openable: sealed::Sealed + Clone + 'static {
    #[doc(hidden)]
    fn states(&self) -> States;

    #[doc(hidden)]
    fn close(&self);
}

/// A source that hooks can subscribe to: an [`EventSource`] or a [`Channel`].
#[diagnostic::on_unimplemented(
    message = "a hook can't subscribe to `{Self}`",
    label = "not an `EventSource` or a `Channel`",
    note = "a multiplexer has channels: subscribe to what `use_channel` returns"
)]
pub trait Source: Openable {
    #[doc(hidden)]
    fn on<T: DeserializeOwned + 'static>(&self, event_type: &str) -> Subscription<T>;

    #[doc(hidden)]
    fn events<E: DeserializeOwned + 'static>(&self) -> Result<Subscription<E>, Error>;
}

impl Openable for EventSource {
    fn states(&self) -> States {
        self.states()
    }

    fn close(&self) {
        self.close();
    }
}

impl Openable for Mux {
    fn states(&self) -> States {
        self.states()
    }

    fn close(&self) {
        self.close();
    }
}

impl Openable for Channel {
    fn states(&self) -> States {
        self.states()
    }

    /// Does nothing: dropping the last handle unsubscribes the channel, and others may still use it.
    fn close(&self) {}
}

impl Source for EventSource {
    fn on<T: DeserializeOwned + 'static>(&self, event_type: &str) -> Subscription<T> {
        self.on(event_type)
    }

    fn events<E: DeserializeOwned + 'static>(&self) -> Result<Subscription<E>, Error> {
        self.events()
    }
}

impl Source for Channel {
    fn on<T: DeserializeOwned + 'static>(&self, event_type: &str) -> Subscription<T> {
        self.on(event_type)
    }

    fn events<E: DeserializeOwned + 'static>(&self) -> Result<Subscription<E>, Error> {
        self.events()
    }
}

mod sealed {
    use super::{Channel, EventSource, Mux};

    pub trait Sealed {}

    impl Sealed for EventSource {}
    impl Sealed for Mux {}
    impl Sealed for Channel {}
}
