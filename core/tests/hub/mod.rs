//! A modelled hub, the network before it, and the edge of a page. The simulations of multiplexers and of
//! sharing tabs use them.

pub(crate) mod edge;
pub(crate) mod habits;
pub(crate) mod net;
pub(crate) mod request;
pub(crate) mod server;
pub(crate) mod spy;
pub(crate) mod truth;
pub(crate) mod wire;
