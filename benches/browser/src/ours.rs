//! Everstream in the ways that an application would use it.

use everstream::{EventSource, Subscription, Transport};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::payload::{Payload, Price, Small, Snapshot};
use crate::{Result, Tally};

/// All events, by the names of their types.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Any {
    Message(Small),
    PriceUpdate(Price),
    Snapshot(Snapshot),
    End,
}

/// Reads by a subscription to one event type.
pub(crate) async fn by_type<T>(url: String, count: u32) -> Result<Tally>
where
    T: Payload + DeserializeOwned + 'static,
{
    let source = open(url, Transport::Fetch)?;
    tally(source.on::<T>(T::EVENT_TYPE), count).await
}

/// Reads by a subscription to one event type, over the browser's own `EventSource`.
pub(crate) async fn by_native<T>(url: String, count: u32) -> Result<Tally>
where
    T: Payload + DeserializeOwned + 'static,
{
    let source = open(url, Transport::Native)?;
    tally(source.on::<T>(T::EVENT_TYPE), count).await
}

/// Reads by a subscription to all event types at once.
pub(crate) async fn by_enum(url: String, count: u32) -> Result<Tally> {
    let mut events = open(url, Transport::Fetch)?.events::<Any>()?;
    let mut tally = Tally::default();
    while tally.count < count
        && let Some(event) = events.next().await
    {
        match event? {
            Any::Message(event) => tally.take(&event),
            Any::PriceUpdate(event) => tally.take(&event),
            Any::Snapshot(event) => tally.take(&event),
            Any::End => break,
        }
    }
    Ok(tally)
}

fn open(url: String, transport: Transport) -> Result<EventSource> {
    Ok(EventSource::builder(url).transport(transport).build()?)
}

async fn tally(mut events: Subscription<impl Payload>, count: u32) -> Result<Tally> {
    let mut tally = Tally::default();
    while tally.count < count
        && let Some(event) = events.next().await
    {
        tally.take(&event?);
    }
    Ok(tally)
}
