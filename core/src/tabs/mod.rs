//! One connection for all tabs: the state machine of each tab, and the protocol between the tabs.
//!
//! Tabs that share elect a leader. The leader holds the one connection, for everything that any tab asks
//! for, and relays to the others what comes. The relayed facts form a log, in which each [`Entry`] has an
//! index. Every tab has a prefix of the log, and keeps its end for others. A hole can therefore be filled
//! from any tab that has it. A new leader first gets what the most advanced tab has, and then reconnects
//! from there as a single tab would.
//!
//! Leaders follow each other in [terms](Term). A tab may have received entries that the next leader doesn't
//! know of. It drops their events when they come again. A tab that can't get what it misses any more is told
//! of a gap.
//!
//! A [`Tab`] is a state machine in the style of [`Connection`](crate::connection::Connection): it touches no
//! lock, no channel between tabs and no clock. Either a lock of the browser decides which tab may lead, or
//! the tabs decide among themselves; see [`Election`].

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
pub use entry::{Entry, Fact, Start};
pub use history::History;
pub use log::Standing;
pub use machine::{Output, Tab, UpstreamId};
pub use message::{Batch, Beat, Begin, Body, Claim, Have, Message, Replay};
pub use place::{Place, read_position};
pub use sharing::{Role, Sharing};
pub use sorted::Set;
pub use term::{TabId, Term};
pub use timing::Timing;
