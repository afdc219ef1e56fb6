//! The interface through which a card shows and controls its connection, whether it carries one stream or
//! many channels.

use core::fmt::Debug;

use everstream::{EventSource, Mux, SourceStats, States};

/// See the [module](self).
pub(crate) trait Connection: Debug + 'static {
    /// Returns the current state and each change of it.
    fn states(&self) -> States;

    /// Returns the counters.
    fn stats(&self) -> SourceStats;

    /// Returns the last event ID, which a reconnect would send.
    fn last_event_id(&self) -> String;

    /// Drops the connection and reconnects at once.
    fn reconnect(&self);

    /// Closes the connection for good.
    fn close(&self);
}

impl Connection for EventSource {
    fn states(&self) -> States {
        self.states()
    }

    fn stats(&self) -> SourceStats {
        self.stats()
    }

    fn last_event_id(&self) -> String {
        self.last_event_id()
    }

    fn reconnect(&self) {
        self.reconnect();
    }

    fn close(&self) {
        self.close();
    }
}

impl Connection for Mux {
    fn states(&self) -> States {
        self.states()
    }

    fn stats(&self) -> SourceStats {
        self.stats().source
    }

    fn last_event_id(&self) -> String {
        self.last_event_id()
    }

    fn reconnect(&self) {
        self.reconnect();
    }

    fn close(&self) {
        self.close();
    }
}
