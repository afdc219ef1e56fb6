//! From the options of a source to a multiplexer.

use super::mux::Mux;
use crate::source::EventSourceBuilder;
use everstream_core::Error;
use everstream_core::mux::{EverstreamProtocol, Protocol};

impl EventSourceBuilder {
    /// Builds a multiplexer that speaks the protocol of `everstream-server`; see
    /// [`Mux`](crate::Mux). All options hold for its connection, but for the method and the body, which
    /// are the protocol's.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub fn multiplex(self) -> Result<Mux, Error> {
        self.multiplex_with(EverstreamProtocol::new())
    }

    /// Builds a multiplexer that speaks another protocol.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build), and [`Error::InvalidOption`] if it is to be [`shared`](Self::shared)
    /// and the protocol does not say [who may share](Protocol::share_key).
    pub fn multiplex_with<P: Protocol + Clone + 'static>(self, protocol: P) -> Result<Mux, Error> {
        let template = self.template_for(&protocol)?;
        Mux::open(template, protocol)
    }
}
