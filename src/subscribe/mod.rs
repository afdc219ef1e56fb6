//! From an event to its subscribers: who wants it, in what form, and what if they are slow.
//!
//! The [`Router`](router::Router) knows who asked for which event type. Each subscriber has a
//! [`Buffer`](buffer::Buffer) of its own, which an event enters already decoded, straight from the
//! borrowed text. No browser here either.

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
