//! Events whose IDs are consecutive numbers, with the gaps that the server announces among them.

use everstream::{Error, EventSource, MessageEvent};
use futures_util::stream::{PollNext, Stream, StreamExt, select_with_strategy};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What comes from a numbered stream.
#[derive(Debug)]
pub(crate) enum Item<T> {
    /// An event and its number.
    Event { id: u64, data: T },
    /// The server no longer has what comes before this number.
    Gap { oldest: u64 },
    /// The client has something to say about the stream.
    Notice(Error),
}

/// The data of an event of type `gap`.
#[derive(Debug, Deserialize)]
struct Gap {
    oldest: u64,
}

/// The events of one type. A gap comes before the events behind it.
pub(crate) fn numbered<T: DeserializeOwned + 'static>(
    source: &EventSource,
    event_type: &str,
) -> impl Stream<Item = Item<T>> + use<T> {
    let events = source.on_message::<T>(event_type).map(|item| match item {
        Ok(MessageEvent {
            data,
            last_event_id,
            ..
        }) => Some(Item::Event {
            id: last_event_id.parse().ok()?,
            data,
        }),
        Err(error) => Some(Item::Notice(error)),
    });
    // Both streams end with the same error; one of them is enough.
    let gaps = source
        .on::<Gap>("gap")
        .map(|item| item.ok().map(|Gap { oldest }| Item::Gap { oldest }));
    select_with_strategy(gaps, events, |(): &mut ()| PollNext::Left).filter_map(core::future::ready)
}
