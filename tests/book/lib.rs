//! The examples of the book's pages, compiled and run as doc tests. `tests/docs.rs` fails where a page with
//! examples is in no such list.

/// Runs the examples of the page about event streams.
#[cfg(doctest)]
#[doc = include_str!("../../docs/concepts/event-stream.md")]
pub struct EventStream;

/// Compiles the examples of the page about gaps.
#[cfg(doctest)]
#[doc = include_str!("../../docs/concepts/gap.md")]
pub struct Gap;

/// Compiles the examples of the page about channels.
#[cfg(doctest)]
#[doc = include_str!("../../docs/concepts/channel.md")]
pub struct Channel;

/// Runs the examples of the page about testing.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guides/testing.md")]
pub struct Testing;
