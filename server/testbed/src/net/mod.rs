//! An HTTP/1.1 server for [`axum`] routers that can break its own connections and restart itself.

mod connection;
mod server;
mod socket;

pub use connection::Connection;
pub use server::{Restarter, Server};
