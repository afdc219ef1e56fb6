//! What a card's connection is shown and steered by, whether it carries one stream or many channels.

use core::fmt::Debug;

use everstream::{EventSource, Mux, SourceStats, States};

/// See the [module](self).
pub(crate) trait Connection: Debug + 'static {
    /// The state now and every change of it.
    fn states(&self) -> States;

    /// The counters.
    fn stats(&self) -> SourceStats;

    /// What it would resume from.
    fn last_event_id(&self) -> String;

    /// Drops the connection and connects anew at once.
    fn reconnect(&self);

    /// Closes it for good.
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
