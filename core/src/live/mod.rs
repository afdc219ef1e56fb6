//! Live state: a snapshot and a stream of changes that never disagree, decided without a browser.
//!
//! A [`Live`] joins the answers of a load, which an edge requests, with the events of a stream. The edge
//! passes each [`Input`] in with the time and a random number, and does what [`Live::poll_output`] returns.
//! The machine subscribes first and loads afterwards. It keeps the events that arrive meanwhile, applies those
//! that the snapshot doesn't contain, and drops the others. After a gap it marks the state as stale and loads
//! once more.

mod config;
mod io;
mod load;
mod machine;
mod order;
mod stamps;

#[cfg(test)]
mod tests;

pub use config::LiveConfig;
pub use io::{Freshness, Input, LoadId, Loaded, Output, Refusal};
pub use machine::Live;
pub use order::{Order, compare};
pub use stamps::Stamp;
