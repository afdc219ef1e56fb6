//! The hub: publish to channels on one side, streams of many channels on the other.
//!
//! ```
//! use axum::Router;
//! use everstream_server::{hub::Hub, sse::Event};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), everstream_server::hub::PublishError> {
//! let hub = Hub::builder().build();
//! let app: Router = Router::new().nest("/events", hub.router());
//! hub.publish("prices", Event::new(r#"{"ACME":123}"#)).await?;
//! # Ok(())
//! # }
//! ```

mod access;
mod builder;
mod channel;
mod http;
mod log;
mod outbox;
mod position;
#[cfg(feature = "redis")]
mod redis;
mod stream;
mod subscriber;
mod switchboard;
mod window;
mod wire;

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use parking_lot::Mutex;
use thiserror::Error;
use tower_http::cors::CorsLayer;

use self::{
    access::Gate,
    log::{Log, Record},
    outbox::Bound,
    switchboard::Switchboard,
};
use crate::sse::Event;

pub use self::{
    access::{Access, Refusal},
    builder::HubBuilder,
    channel::ChannelError,
    log::LogError,
    position::{Position, PositionError},
};

/// Takes events for channels, and carries each to the clients which have subscribed to its channel.
///
/// Cheap to clone: all clones are one hub.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

/// What the hub's clones, routes and streams share.
pub(crate) struct Shared {
    switchboard: Arc<Mutex<Switchboard>>,
    log: Arc<dyn Log>,
    gate: Arc<dyn Gate>,
    cors: Option<CorsLayer>,
    heartbeat: Duration,
    bound: Bound,
    max_channels: usize,
    control: bool,
}

/// Why an event was not published.
#[derive(Debug, Error)]
pub enum PublishError {
    /// The channel has no name that goes over the wire.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// The event type is empty or has a control character.
    #[error("an event type on a channel is not empty and contains no control character")]
    EventType,
    /// The hub was shut down.
    #[error("the hub was shut down")]
    ShutDown,
    /// The log did not take it.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// An open connection, as [`Hub::connections`] describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// Its name, which only its client knows.
    pub id: String,
    /// The revision of the set in force, 0 as long as it is the one it was opened with.
    pub revision: u64,
    /// The set, in order.
    pub channels: Vec<String>,
}

impl Hub {
    /// The options of a hub to be.
    pub fn builder() -> HubBuilder {
        HubBuilder::default()
    }

    /// Publishes an event to a channel, and returns its position, which is its ID; one that was set
    /// is ignored.
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
        channel::check(channel)?;
        let kind = event.event_type();
        if kind.is_some_and(|kind| kind.is_empty() || kind.contains(char::is_control)) {
            return Err(PublishError::EventType);
        }
        let data = event.data();
        self.append(Record::Event {
            channel,
            kind,
            data,
        })
        .await
    }

    /// Ends a channel: its subscribers are told, also those who are away, and it leaves their sets.
    ///
    /// Whoever subscribes later, or publishes, begins it anew.
    ///
    /// # Errors
    ///
    /// As for [`publish`](Self::publish).
    pub async fn complete(&self, channel: &str) -> Result<Position, PublishError> {
        channel::check(channel)?;
        self.append(Record::Complete { channel }).await
    }

    async fn append(&self, record: Record<'_>) -> Result<Position, PublishError> {
        if self.shared.switchboard.lock().is_closed() {
            return Err(PublishError::ShutDown);
        }
        Ok(self.shared.log.append(record).await?)
    }

    /// The routes, to be nested wherever streams are to be opened: there they take `GET`, and `POST`
    /// with a form, and below it `POST /control`.
    ///
    /// ```
    /// # use axum::Router;
    /// # use everstream_server::hub::Hub;
    /// # #[derive(Clone)] struct AppState;
    /// let hub = Hub::builder().build();
    /// let app: Router<AppState> = Router::new().nest("/events", hub.router());
    /// ```
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        http::router(Arc::clone(&self.shared))
    }

    /// Ends all streams after what is queued for them, and refuses new ones with 503: clients
    /// reconnect to another node, or to this one when it is back, and resume from where they were.
    ///
    /// Call it before the server's own graceful shutdown, which waits for streams to end.
    pub fn shutdown(&self) {
        self.shared.switchboard.lock().close();
    }

    /// The position of the last event.
    #[must_use]
    pub fn head(&self) -> Position {
        self.shared.switchboard.lock().head()
    }

    /// The connections that this node holds, with their sets.
    #[must_use]
    pub fn connections(&self) -> Vec<ConnectionInfo> {
        let switchboard = self.shared.switchboard.lock();
        let connections = switchboard.connections();
        connections
            .map(|(id, revision, channels)| ConnectionInfo {
                id: id.to_owned(),
                revision,
                channels,
            })
            .collect()
    }
}

impl Debug for Hub {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}
