//! The configuration file as written, with its defaults.

use std::{net::SocketAddr, path::PathBuf};

use serde::Deserialize;

/// The whole configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct File {
    /// Address that clients connect to.
    pub(crate) listen: SocketAddr,
    /// Address of the health and metrics routes, which aren't public.
    pub(crate) internal: SocketAddr,
    /// Path of the streams.
    pub(crate) path: String,
    pub(crate) heartbeat_seconds: f64,
    /// Origins, beside the hub's own, whose pages may use the hub.
    pub(crate) origins: Vec<String>,
    /// `error`, `warn`, `info`, `debug`, `trace` or `off`.
    pub(crate) log_level: String,
    pub(crate) publish: Option<Publish>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) anonymous: Anonymous,
    pub(crate) log: Log,
    pub(crate) history: History,
    pub(crate) queue: Queue,
    pub(crate) limits: Limits,
    pub(crate) shutdown: Shutdown,
}

impl Default for File {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            internal: ([127, 0, 0, 1], 8081).into(),
            path: "/events".to_owned(),
            heartbeat_seconds: 15.0,
            origins: Vec::new(),
            log_level: "info".to_owned(),
            publish: None,
            tokens: None,
            anonymous: Anonymous::default(),
            log: Log::default(),
            history: History::default(),
            queue: Queue::default(),
            limits: Limits::default(),
            shutdown: Shutdown::default(),
        }
    }
}

/// Settings of publishing over HTTP.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Publish {
    pub(crate) key: Option<String>,
    pub(crate) key_file: Option<PathBuf>,
}

/// Settings for the verification of tokens.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tokens {
    pub(crate) algorithm: String,
    pub(crate) secret: Option<String>,
    pub(crate) secret_file: Option<PathBuf>,
    pub(crate) public_key_file: Option<PathBuf>,
    pub(crate) audience: Option<String>,
    pub(crate) issuer: Option<String>,
    /// Cookie that holds the token when a request has no `Authorization` header.
    pub(crate) cookie: Option<String>,
}

/// Channels granted to clients without a token.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Anonymous {
    pub(crate) channels: Vec<String>,
}

/// The log kept for clients that reconnect.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) redis: Option<String>,
    pub(crate) prefix: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            events: 10_000,
            bytes: 64 << 20,
            redis: None,
            prefix: "everstream".to_owned(),
        }
    }
}

/// The events that are kept of each channel when newer ones have filled the log.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct History {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) age_seconds: f64,
}

impl Default for History {
    fn default() -> Self {
        Self {
            events: 100,
            bytes: 1 << 20,
            age_seconds: 3600.0,
        }
    }
}

/// Limits of the events that wait for one client.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Queue {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            events: 256,
            bytes: 256 << 10,
        }
    }
}

/// Limits on what clients and publishers may ask for.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    pub(crate) channel_name: usize,
    pub(crate) event: usize,
    pub(crate) event_id: usize,
    pub(crate) channels: usize,
    pub(crate) set: usize,
    pub(crate) body_seconds: f64,
    pub(crate) connections: usize,
    pub(crate) connections_per_identity: usize,
    pub(crate) control_requests: u32,
    pub(crate) unread_heartbeats: u32,
}

impl Default for Limits {
    fn default() -> Self {
        let limits = everstream_server::hub::Limits::default();
        Self {
            channel_name: limits.channel_name,
            event: limits.event,
            event_id: limits.event_id,
            channels: limits.channels,
            set: limits.set,
            body_seconds: limits.body.as_secs_f64(),
            connections: limits.connections,
            connections_per_identity: limits.connections_per_identity,
            control_requests: limits.control_requests,
            unread_heartbeats: limits.unread_heartbeats,
        }
    }
}

/// Timing of a shutdown.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Shutdown {
    /// Time for which `/healthz` says that the node is about to leave, before the streams end.
    pub(crate) drain_seconds: f64,
    /// Time that responses under way may take after that.
    pub(crate) grace_seconds: f64,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            drain_seconds: 0.0,
            grace_seconds: 10.0,
        }
    }
}
