//! The hub: publishing to channels on one side, streams of many channels on the other.
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

/// Reports something by `tracing`, where that feature is on.
macro_rules! traced {
    ($level:ident, $($what:tt)*) => {
        #[cfg(feature = "tracing")]
        tracing::$level!($($what)*)
    };
}

mod access;
mod archive;
mod builder;
mod channel;
mod grant;
mod http;
mod limits;
mod log;
mod once;
mod outbox;
mod page;
mod position;
mod presence;
mod publish;
mod rates;
mod recall;
#[cfg(feature = "redis")]
mod redis;
#[cfg(test)]
mod simulation;
mod stream;
mod subscribed;
mod subscriber;
mod sweeper;
mod switchboard;
mod telemetry;
mod window;
mod wire;

use std::{
    fmt::{self, Debug, Formatter},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use self::{
    access::Gate,
    http::Origins,
    log::{Log, Record},
    outbox::Bound,
    rates::Rates,
    switchboard::Switchboard,
    telemetry::Telemetry,
};

pub use self::{
    access::{Access, Refusal},
    builder::HubBuilder,
    channel::ChannelError,
    grant::Grant,
    limits::Limits,
    log::LogError,
    position::{Position, PositionError},
    presence::{PresenceError, Present},
    publish::PublishError,
    subscribed::Subscribed,
};

/// Takes events for channels, and carries each to the clients that have subscribed to its channel.
///
/// Cheap to clone: all clones are one hub.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

/// The state that the hub's clones, routes and streams share.
pub(crate) struct Shared {
    switchboard: Arc<Mutex<Switchboard>>,
    log: Arc<dyn Log>,
    gate: Arc<dyn Gate>,
    origins: Origins,
    heartbeat: Duration,
    bound: Bound,
    limits: Limits,
    rates: Mutex<Rates>,
    sweeper: Mutex<Option<JoinHandle<()>>>,
    control: bool,
    telemetry: Telemetry,
}

/// Names the streams that [`Hub::disconnect`] ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnect<'a> {
    /// All streams of the principal with this identity.
    Identity(&'a str),
    /// The stream with this name, which is its [`ConnectionInfo::id`].
    Connection(&'a str),
}

/// An open connection, as [`Hub::connections`] describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionInfo {
    /// The connection's name, which only its client knows.
    pub id: String,
    /// The identity of the connection's principal.
    pub identity: String,
    /// The revision of the set in force, or 0 while it is the set that the connection was opened with.
    pub revision: u64,
    /// The channels of the set, in order.
    pub channels: Vec<String>,
}

impl Hub {
    /// Returns the options of a new hub.
    pub fn builder() -> HubBuilder {
        HubBuilder::default()
    }

    /// Takes a channel from the principal of an identity, on every node. The channel leaves the sets of
    /// all its connections, which are told by `@error <channel>` with the code `revoked`. Events of the
    /// channel that are queued for them are no longer sent.
    ///
    /// Have [`Access::may_subscribe`] refuse the channel first. Requests that are being judged meanwhile
    /// are judged again, so that none of them slips through.
    ///
    /// Streams of this node have lost the channel when this returns, those of other nodes a moment
    /// later.
    ///
    /// # Errors
    ///
    /// Fails as [`publish`](Self::publish) does.
    pub async fn revoke(&self, identity: &str, channel: &str) -> Result<Position, PublishError> {
        self.check_channel(channel)?;
        self.recall(Record::Revoke { identity, channel }).await
    }

    /// Ends streams at once, on every node: those of an identity, or a single one.
    ///
    /// The clients reconnect, so have [`Access::principal`] refuse those that must stay away first.
    ///
    /// # Errors
    ///
    /// Fails as [`publish`](Self::publish) does.
    ///
    /// ```
    /// # use everstream_server::hub::{Disconnect, Hub};
    /// # async fn example(hub: Hub) -> Result<(), everstream_server::hub::PublishError> {
    /// hub.disconnect(Disconnect::Identity("alice")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn disconnect(&self, whom: Disconnect<'_>) -> Result<Position, PublishError> {
        self.recall(match whom {
            Disconnect::Identity(identity) => Record::DisconnectIdentity { identity },
            Disconnect::Connection(connection) => Record::DisconnectConnection { connection },
        })
        .await
    }

    async fn recall(&self, record: Record<'_>) -> Result<Position, PublishError> {
        let position = self.append(&[record], None).await?;
        // The record is in the log. If this node lags behind, it takes effect here once it is read.
        let _ = self.shared.log.reach(&position).await;
        Ok(position)
    }

    /// Returns the routes, to be nested wherever streams are to be opened. There they take `GET`, and
    /// `POST` with a form; below, they take `POST /control`.
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

    /// Ends all streams after what is queued for them, and refuses new ones with 503. Clients reconnect
    /// to another node, or to this one when it is back, and resume from where they were.
    ///
    /// Call this before the server's own graceful shutdown, which waits for streams to end.
    pub fn shutdown(&self) {
        self.shared.switchboard.lock().close();
    }

    /// Returns the position of the last event.
    #[must_use]
    pub fn head(&self) -> Position {
        self.shared.switchboard.lock().head()
    }

    /// Returns the position from which a client misses nothing that isn't in a state read afterwards.
    ///
    /// Read the state after this call, and give both to the client, which begins the channel there
    /// (`Mux::channel_after`). The client may get an event that the state already reflects, but misses
    /// none.
    ///
    /// ```
    /// # use everstream_server::hub::{Hub, Position};
    /// # async fn prices() -> String { String::new() }
    /// # async fn example(hub: Hub) -> (Position, String) {
    /// let position = hub.snapshot_position();
    /// let state = prices().await;
    /// (position, state)
    /// # }
    /// ```
    #[must_use]
    pub fn snapshot_position(&self) -> Position {
        self.head()
    }

    /// Checks that the log can be reached at the moment, so that this node can publish and takes
    /// streams.
    ///
    /// Use it for a health check. A log in memory can always be reached.
    ///
    /// # Errors
    ///
    /// When the log can't be reached.
    pub async fn check_log(&self) -> Result<(), LogError> {
        self.shared.log.check().await
    }

    /// Returns the connections that this node holds, with their sets.
    #[must_use]
    pub fn connections(&self) -> Vec<ConnectionInfo> {
        // Only pointers are copied while the lock is held.
        let connections = self.shared.switchboard.lock().connections();
        let described = connections.into_iter().map(|connection| {
            let mut channels: Vec<String> =
                connection.set.keys().map(ToString::to_string).collect();
            channels.sort_unstable();
            ConnectionInfo {
                id: connection.id.to_string(),
                identity: connection.identity.to_string(),
                revision: connection.revision,
                channels,
            }
        });
        described.collect()
    }
}

impl Debug for Hub {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}
