//! A modelled hub, the network before it, and the edge of a page: what the simulations of multiplexers, and of
//! tabs that share, have in common.

pub(crate) mod edge;
pub(crate) mod habits;
pub(crate) mod net;
pub(crate) mod request;
pub(crate) mod server;
pub(crate) mod spy;
pub(crate) mod truth;
pub(crate) mod wire;
