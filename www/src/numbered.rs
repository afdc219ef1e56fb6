//! Events with consecutive numbers as IDs, with the gaps that the server announces among them.

use everstream::{Error, EventSource, MessageEvent};
use futures_util::stream::{PollNext, Stream, StreamExt, select_with_strategy};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// An item of a numbered stream.
#[derive(Debug)]
pub(crate) enum Item<T> {
    /// An event and its number.
    Event { id: u64, data: T },
    /// The server no longer keeps the events before this number.
    Gap { oldest: u64 },
    /// The client reports an error.
    Notice(Error),
}

/// The data of an event of type `gap`.
#[derive(Debug, Deserialize)]
struct Gap {
    oldest: u64,
}

/// Returns the events of one type. A gap comes before the events behind it.
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
    // Both streams end with the same error, so one of the two is dropped.
    let gaps = source
        .on::<Gap>("gap")
        .map(|item| item.ok().map(|Gap { oldest }| Item::Gap { oldest }));
    select_with_strategy(gaps, events, |(): &mut ()| PollNext::Left).filter_map(core::future::ready)
}
