//! A hub's options.

use std::{sync::Arc, time::Duration};

use axum::http::HeaderValue;
use parking_lot::Mutex;

use super::{
    Access, Hub, Limits, Shared,
    access::{Everybody, Gate},
    archive::History,
    http::Origins,
    log::{Log, Memory},
    outbox::Bound,
    subscribed::{OnSubscribe, Subscribed},
    switchboard::Switchboard,
    window::Capacity,
};
use crate::random;

/// A hub's options, from [`Hub::builder`].
#[must_use = "a builder does nothing until it builds"]
pub struct HubBuilder {
    heartbeat: Duration,
    capacity: Capacity,
    history: (Capacity, Duration),
    bound: Bound,
    limits: Limits,
    control: bool,
    origins: Origins,
    gate: Arc<dyn Gate>,
    guarded: bool,
    on_subscribe: Option<Arc<dyn Fn(Hub, Subscribed) + Send + Sync>>,
}

impl std::fmt::Debug for HubBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HubBuilder").finish_non_exhaustive()
    }
}

impl Default for HubBuilder {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(15),
            capacity: Capacity {
                events: 10_000,
                bytes: 64 << 20,
            },
            history: (
                Capacity {
                    events: 100,
                    bytes: 1 << 20,
                },
                Duration::from_secs(3600),
            ),
            bound: Bound {
                events: 256,
                bytes: 256 << 10,
            },
            limits: Limits::default(),
            control: true,
            origins: Origins::None,
            gate: Arc::new(Everybody),
            guarded: false,
            on_subscribe: None,
        }
    }
}

impl HubBuilder {
    /// Sets how long a stream is silent before it sends `@ping`: 15 seconds unless set. Clients are
    /// told, so that they notice a dead connection.
    ///
    /// # Panics
    ///
    /// If the interval is less than a millisecond, the unit in which clients are told.
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        assert!(
            interval >= Duration::from_millis(1),
            "a heartbeat takes a millisecond or more"
        );
        self.heartbeat = interval;
        self
    }

    /// Sets how much the log keeps for clients to resume from: 10 000 events and 64 MiB unless set. Both
    /// bounds hold: at most `events` events, of at most `bytes` bytes together.
    pub fn log_capacity(mut self, events: usize, bytes: usize) -> Self {
        self.capacity = Capacity { events, bytes };
        self
    }

    /// Sets how much of each channel is kept for clients to resume from when newer events of other
    /// channels have filled the log: 100 events, of at most 1 MiB together, for an hour unless set. A
    /// channel with many events then causes no gap on quiet ones.
    ///
    /// All channels together keep at most as much as the log itself, see
    /// [`log_capacity`](Self::log_capacity). Beyond that, the channel with the most gives up its oldest
    /// event. A client is told of a gap only on channels that have lost events which it hasn't had.
    ///
    /// Each node keeps this history in its own memory, also where the log is in Redis. A node that was
    /// started later has only what the log in Redis still has.
    pub fn channel_history(mut self, events: usize, bytes: usize, age: Duration) -> Self {
        self.history = (Capacity { events, bytes }, age);
        self
    }

    /// Sets how much may wait for one client: 256 events and 256 KiB unless set. A client that reads
    /// more slowly is served from the log, and told of a gap where the log no longer has its events.
    pub fn client_queue(mut self, events: usize, bytes: usize) -> Self {
        self.bound = Bound { events, bytes };
        self
    }

    /// Sets the most that clients and publishers may ask for, see [`Limits`].
    pub fn limits(mut self, set: impl FnOnce(&mut Limits)) -> Self {
        set(&mut self.limits);
        self
    }

    /// Leaves out the control: to change their set, clients then open a new connection.
    pub fn without_control(mut self) -> Self {
        self.control = false;
        self
    }

    /// Lets pages of these origins use the hub, with credentials.
    ///
    /// ```
    /// # use everstream_server::hub::Hub;
    /// let origin = axum::http::HeaderValue::from_static("https://app.example");
    /// let hub = Hub::builder().allow_origins([origin]).build();
    /// ```
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = HeaderValue>) -> Self {
        self.origins = Origins::These(origins.into_iter().collect());
        self
    }

    /// Lets pages of any origin use the hub, with credentials.
    ///
    /// Where cookies identify the sender of a request, this lets any page read the streams of its
    /// visitors.
    pub fn allow_any_origin(mut self) -> Self {
        self.origins = Origins::Any;
        self
    }

    /// Sets who may have which channel. Unless set, every client may have every channel.
    pub fn access(mut self, access: impl Access) -> Self {
        self.gate = Arc::new(access);
        self.guarded = true;
        self
    }

    /// Sets a hook that is called when channels have come into force for a connection. It can send the
    /// connection their present state by [`Hub::reply`], for example.
    ///
    /// The hook runs in a task of its own, once for each request that adds channels, on the node that
    /// holds the connection. What it [publishes](Hub::publish) reaches the new subscriber and all others
    /// of the channel. What it [replies](Hub::reply) reaches the new subscriber alone. Read the state
    /// after the hook was called, so that no event is missing between the two. The first events may be in
    /// the state already.
    ///
    /// ```
    /// # use everstream_server::{hub::Hub, sse::Event};
    /// # async fn state_of(channel: &str) -> String { channel.to_owned() }
    /// let hub = Hub::builder()
    ///     .on_subscribe(|hub, subscribed| async move {
    ///         for channel in &subscribed.channels {
    ///             let state = Event::new(state_of(channel).await);
    ///             if let Err(error) = hub.reply(&subscribed, channel, state).await {
    ///                 eprintln!("{error}");
    ///             }
    ///         }
    ///     })
    ///     .build();
    /// ```
    pub fn on_subscribe<F>(
        mut self,
        hook: impl Fn(Hub, Subscribed) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.on_subscribe = Some(Arc::new(move |hub, subscribed| {
            tokio::spawn(hook(hub, subscribed));
        }));
        self
    }

    /// Builds a hub that keeps its log in memory.
    #[must_use]
    pub fn build(self) -> Hub {
        let epoch = random::name()[..12].into();
        let switchboard = Switchboard::new(epoch, 0, self.capacity, self.kept(), self.guarded);
        let switchboard = Arc::new(Mutex::new(switchboard));
        let log = Memory {
            switchboard: Arc::clone(&switchboard),
            once: Mutex::default(),
        };
        self.build_on(switchboard, Arc::new(log))
    }

    /// Builds one of several nodes that share a log in Redis. Each node takes any event, any stream and
    /// any control request. The log's keys begin with `prefix`.
    ///
    /// With the feature `redis-tls`, `rediss://` is Redis over TLS. One of the system's authorities must
    /// have signed its certificate.
    ///
    /// Two other setups of Redis need no other option:
    ///
    /// - Sentinels name the master: `redis-sentinel://user:password@host:26379,host:26379/master`, with
    ///   the credentials of Redis, and a database as `/master/0`. With `rediss-sentinel://`, Sentinels and
    ///   Redis use TLS. The hub goes on at another master after a failover, with a gap, since the master
    ///   may lack the last events.
    /// - In a cluster, name any of its servers. All keys of a hub are in one slot, so one server has the
    ///   whole log; the hub finds it, and follows the slot when it moves.
    ///
    /// Give every node the same capacity. Redis counts only the log's events, not their bytes.
    ///
    /// # Errors
    ///
    /// When Redis can't be reached, or can't be used ([`LogError::is_final`](super::LogError::is_final)). If Redis is away later, publishing fails, and open streams stay
    /// open. When it is back, streams go on, after a gap if it has lost anything.
    ///
    /// ```no_run
    /// # use everstream_server::hub::{Hub, LogError};
    /// # async fn example() -> Result<(), LogError> {
    /// let hub = Hub::builder().build_on_redis("redis://127.0.0.1/", "dashboard").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "redis")]
    pub async fn build_on_redis(self, url: &str, prefix: &str) -> Result<Hub, super::LogError> {
        let kept = (self.capacity, self.kept());
        let connecting = super::redis::Redis::connect(url, prefix, kept, self.guarded);
        let (switchboard, log) = connecting.await?;
        Ok(self.build_on(switchboard, Arc::new(log)))
    }

    fn kept(&self) -> History {
        let (channel, age) = self.history;
        History {
            channel,
            total: self.capacity,
            age,
        }
    }

    pub(crate) fn build_on(self, switchboard: Arc<Mutex<Switchboard>>, log: Arc<dyn Log>) -> Hub {
        let telemetry = switchboard.lock().telemetry.clone();
        let shared = Arc::new(Shared {
            switchboard,
            log,
            gate: self.gate,
            origins: self.origins,
            heartbeat: self.heartbeat,
            bound: self.bound,
            limits: self.limits,
            rates: Mutex::default(),
            sweeper: Mutex::default(),
            control: self.control,
            telemetry,
        });
        if let Some(hook) = self.on_subscribe {
            // A strong reference in its own hook would keep the hub alive forever.
            let hub = Arc::downgrade(&shared);
            let on_subscribe = OnSubscribe::new(move |subscribed| {
                if let Some(shared) = hub.upgrade() {
                    hook(Hub { shared }, subscribed);
                }
            });
            shared.switchboard.lock().on_subscribe = on_subscribe;
        }
        Hub { shared }
    }
}
