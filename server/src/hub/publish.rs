//! Publishing events to channels.

use thiserror::Error;
use tokio::time::Instant;

use super::{ChannelError, Hub, LogError, Position, Subscribed, channel, log::Record};
use crate::sse::Event;

/// The reason why an event was not published.
#[derive(Debug, Error)]
pub enum PublishError {
    /// The channel's name can't go over the wire.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The event type is empty or has a control character.
    #[error("an event type on a channel is not empty and contains no control character")]
    EventType,
    /// The event has more bytes than [`Limits::event`](super::Limits::event) allows.
    #[error(
        "the event has {length} bytes, and {limit} are the limit: publish less, or raise `Limits::event`"
    )]
    TooLarge {
        /// The bytes of the event's data and its type.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// The hub was shut down.
    #[error("the hub was shut down")]
    ShutDown,
    /// The connection to reply to is gone, or has given up the channel.
    #[error("the connection is gone, or no longer has the channel: there is nobody to answer")]
    NobodyToAnswer,
    /// The key is empty or too long.
    #[error("a key has 1 to {MAX_KEY} bytes")]
    Key,
    /// The log did not take the event: it was not published.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log has not answered: the event was published, or it was not.
    #[error(
        "the event may have been published, or not: {0} To be sure that it is published once, publish it by `publish_once`, and again by the same key."
    )]
    MayHaveBeenPublished(#[source] LogError),
}

/// The longest key, in bytes.
const MAX_KEY: usize = 255;

pub(super) fn is_event_type(kind: &str) -> bool {
    !kind.is_empty() && !kind.contains(char::is_control)
}

impl Hub {
    /// Publishes an event to a channel, and returns its position, which becomes its ID. An ID that was
    /// set is ignored.
    ///
    /// # Errors
    ///
    /// When the channel's name or the event type can't be sent, when the hub was shut down, or when
    /// the log can't be reached.
    ///
    /// ```
    /// # use everstream_server::{hub::Hub, sse::{Event, OneLine}};
    /// # async fn example(hub: Hub) -> Result<(), everstream_server::hub::PublishError> {
    /// let trade = Event::new("{}").with_type(OneLine::from_static("trade"));
    /// let position = hub.publish("prices", trade).await?;
    /// println!("published at {position}");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish(&self, channel: &str, event: Event) -> Result<Position, PublishError> {
        self.append(&[self.record(channel, &event)?], None).await
    }

    /// Publishes an event and returns its position. If an event was published by the same key in the
    /// last five minutes, publishes nothing and returns the position of that event.
    ///
    /// Use it wherever publishing is tried again: after [`PublishError::MayHaveBeenPublished`], or when
    /// the publisher itself was restarted. A key is whatever names the event in the application, such as
    /// the ID of a message. The rest of the event isn't compared. When the answer of the log is missing,
    /// this method tries again by itself.
    ///
    /// The log remembers keys, for all nodes. A log in memory remembers at most 100 000.
    ///
    /// # Errors
    ///
    /// Fails as [`publish`](Self::publish) does, and when the key is empty or has more than 255 bytes.
    ///
    /// ```
    /// # use everstream_server::{hub::{Hub, PublishError}, sse::Event};
    /// # async fn example(hub: Hub) -> Result<(), PublishError> {
    /// let first = hub.publish_once("order-17", "orders", Event::new("paid")).await?;
    /// let again = hub.publish_once("order-17", "orders", Event::new("paid")).await?;
    /// assert_eq!(first, again);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish_once(
        &self,
        key: &str,
        channel: &str,
        event: Event,
    ) -> Result<Position, PublishError> {
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(PublishError::Key);
        }
        self.append(&[self.record(channel, &event)?], Some(key))
            .await
    }

    /// Publishes several events in a row, without another event between them, and returns their
    /// positions. Either all of them are published, or none.
    ///
    /// # Errors
    ///
    /// Fails as [`publish`](Self::publish) does.
    ///
    /// ```
    /// # use everstream_server::{hub::{Hub, PublishError}, sse::Event};
    /// # async fn example(hub: Hub) -> Result<(), PublishError> {
    /// let positions = hub
    ///     .publish_batch([("bids", Event::new("99")), ("asks", Event::new("101"))])
    ///     .await?;
    /// assert_eq!(positions[1].seq(), positions[0].seq() + 1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn publish_batch<'a>(
        &self,
        events: impl IntoIterator<Item = (&'a str, Event)>,
    ) -> Result<Vec<Position>, PublishError> {
        let events: Vec<_> = events.into_iter().collect();
        let records: Vec<_> = events
            .iter()
            .map(|(channel, event)| self.record(channel, event))
            .collect::<Result<_, _>>()?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let first = self.append(&records, None).await?;
        Ok(first.following().take(records.len()).collect())
    }

    /// Publishes an event to a channel for one subscriber alone: the connection that
    /// [`HubBuilder::on_subscribe`](super::HubBuilder::on_subscribe) was told of. Returns the event's
    /// position.
    ///
    /// The event has its place among the channel's other events, and comes once. A client that loses its
    /// connection before the event has come doesn't get it later. When the client is back,
    /// `on_subscribe` is told again, with [`Subscribed::is_resumed`].
    ///
    /// # Errors
    ///
    /// Fails as [`publish`](Self::publish) does, and when the connection has gone meanwhile or has
    /// given up the channel.
    pub async fn reply(
        &self,
        to: &Subscribed,
        channel: &str,
        event: Event,
    ) -> Result<Position, PublishError> {
        self.check_event(channel, &event)?;
        let connection = &to.connection;
        if !self.shared.switchboard.lock().has(connection, channel) {
            return Err(PublishError::NobodyToAnswer);
        }
        let record = Record::Reply {
            connection,
            channel,
            kind: event.event_type(),
            data: event.data(),
        };
        self.append(&[record], None).await
    }

    /// Ends a channel. Its subscribers are told, even those that are away, and it leaves their sets.
    ///
    /// A later subscription or event begins the channel anew.
    ///
    /// # Errors
    ///
    /// Fails as [`publish`](Self::publish) does.
    pub async fn complete(&self, channel: &str) -> Result<Position, PublishError> {
        self.check_channel(channel)?;
        self.append(&[Record::Complete { channel }], None).await
    }

    pub(super) fn check_channel(&self, channel: &str) -> Result<(), ChannelError> {
        channel::check(channel, self.shared.limits.channel_name)
    }

    /// Returns an event as it goes into the log.
    fn record<'a>(&self, channel: &'a str, event: &'a Event) -> Result<Record<'a>, PublishError> {
        self.check_event(channel, event)?;
        Ok(Record::Event {
            channel,
            kind: event.event_type(),
            data: event.data(),
        })
    }

    fn check_event(&self, channel: &str, event: &Event) -> Result<(), PublishError> {
        self.check_channel(channel)?;
        let kind = event.event_type();
        if kind.is_some_and(|kind| !is_event_type(kind)) {
            return Err(PublishError::EventType);
        }
        let data = event.data();
        let (length, limit) = (
            data.len() + kind.map_or(0, str::len),
            self.shared.limits.event,
        );
        if length > limit {
            return Err(PublishError::TooLarge { length, limit });
        }
        Ok(())
    }

    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(name = "publish", level = "debug", skip_all, fields(records = records.len()))
    )]
    pub(super) async fn append(
        &self,
        records: &[Record<'_>],
        once: Option<&str>,
    ) -> Result<Position, PublishError> {
        if self.shared.switchboard.lock().is_closed() {
            return Err(PublishError::ShutDown);
        }
        let (begun, telemetry) = (Instant::now(), &self.shared.telemetry);
        let appended = self.shared.log.append(records, once).await;
        telemetry
            .publish_seconds
            .record(begun.elapsed().as_secs_f64());
        appended.map_err(|error| {
            telemetry.publish_errors.increment(1);
            traced!(warn, %error, "nothing was published, or it isn't known whether it was");
            if error.may_be_done() {
                PublishError::MayHaveBeenPublished(error)
            } else {
                error.into()
            }
        })
    }
}
