//! Delivers events to their subscribers: which ones, in what form, and what happens if one is slow.
//!
//! The [`Router`](router::Router) maps event types to subscribers. Each subscriber has a
//! [`Buffer`](buffer::Buffer) of its own, into which events are decoded straight from the borrowed text.
//! Nothing here uses a browser API.

mod board;
pub(crate) mod buffer;
mod good;
pub(crate) mod held;
pub(crate) mod intake;
pub(crate) mod pipe;
pub(crate) mod router;
mod states;
mod subscriber;
mod subscription;
mod wakers;

pub(crate) use board::Awaited;
pub use buffer::Overflow;
pub use good::{LogErrors, OnError};
pub(crate) use states::{SharingBoard, StateBoard};
pub use states::{SharingChanges, States};
pub(crate) use subscriber::Subscriber;
pub(crate) use subscription::Hold;
pub use subscription::Subscription;
