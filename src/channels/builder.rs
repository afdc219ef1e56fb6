//! Builds a multiplexer from a source's options.

use super::mux::Mux;
use crate::source::EventSourceBuilder;
use everstream_core::Error;
use everstream_core::mux::{EverstreamProtocol, Protocol};

impl EventSourceBuilder {
    /// Builds a multiplexer that speaks the protocol of `everstream-server`; see [`Mux`](crate::Mux). All
    /// options apply to its connection, except for the method and the body, which the protocol sets.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`build`](Self::build).
    pub fn multiplex(self) -> Result<Mux, Error> {
        self.multiplex_with(EverstreamProtocol::new())
    }

    /// Builds a multiplexer that speaks another protocol.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`build`](Self::build), and [`Error::InvalidOption`] if the multiplexer is
    /// [`shared`](Self::shared) and the protocol does not say [which tabs may share](Protocol::share_key).
    pub fn multiplex_with<P: Protocol + Clone + 'static>(self, protocol: P) -> Result<Mux, Error> {
        let template = self.template_for(&protocol)?;
        Mux::open(template, protocol)
    }
}
