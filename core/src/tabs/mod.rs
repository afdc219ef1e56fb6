//! One connection for all tabs: the core that decides, on the protocol between the tabs.
//!
//! Tabs that share elect a leader. It holds the one connection, for everything that any of them asks for,
//! and hands what comes to the others. What it hands on is a log: each [`Entry`] has an index, every tab has
//! a prefix of the log, and keeps its end for others. So a hole is filled from any tab that has it, and a new
//! leader, once it has what the most advanced tab has, reconnects from there as a single tab would.
//!
//! Leaders follow each other in [terms](Term). A tab that has gone further than the next leader knows, on
//! what only it has received, drops what comes again. A tab that can't be helped any more is
//! told of a gap.
//!
//! A [`Tab`] is a state machine in the style of [`Connection`](crate::connection::Connection): it knows no
//! lock, no channel between tabs and no clock. Who may lead is decided by a lock of the browser, or by the
//! tabs among themselves; see [`Election`].

mod codec;
mod config;
mod entry;
mod history;
mod log;
mod machine;
mod message;
mod place;
mod seen;
mod sharing;
mod sorted;
mod term;
mod timing;
mod wire;

pub use config::{Config, Election};
pub use entry::{Entry, Fact};
pub use history::History;
pub use log::Standing;
pub use machine::{Output, Tab, UpstreamId};
pub use message::{Batch, Beat, Begin, Body, Claim, Have, Message};
pub use place::{Place, read_position};
pub use sharing::{Role, Sharing};
pub use sorted::Set;
pub use term::{TabId, Term};
pub use timing::Timing;
