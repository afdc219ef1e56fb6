//! The checked configuration, with the content of the files that it names.

mod file;
mod names;
mod secrets;

use std::{
    fmt::{self, Display, Formatter},
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::http::HeaderValue;
use everstream_server::hub::Limits;
use toml::de::DeTable;
use tracing_subscriber::filter::LevelFilter;

use self::{
    file::File,
    secrets::{SHORTEST_KEY, check_tokens, secret},
};
use crate::{patterns::Patterns, routes};

pub(crate) use self::secrets::Tokens;

/// The publish key that `--dev` sets.
pub(crate) const DEV_KEY: &str = "everstream-dev-key";

/// A checked configuration.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) internal: SocketAddr,
    pub(crate) path: String,
    pub(crate) heartbeat: Duration,
    pub(crate) origins: Vec<HeaderValue>,
    pub(crate) log_level: LevelFilter,
    /// Key for publishing over HTTP; without it, publishers can't use HTTP.
    pub(crate) key: Option<String>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) anonymous: Patterns,
    pub(crate) log: Log,
    pub(crate) history: History,
    pub(crate) queue: (usize, usize),
    pub(crate) limits: Limits,
    pub(crate) drain: Duration,
    pub(crate) grace: Duration,
}

/// Location and limits of the log.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) redis: Option<String>,
    pub(crate) prefix: String,
}

/// Limits of what is kept of each channel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct History {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) age: Duration,
}

/// The fault of a configuration, in one line.
#[derive(Debug)]
pub(crate) struct ConfigError {
    path: PathBuf,
    line: Option<usize>,
    message: String,
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads a configuration file and the files that it names.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let fail = |line, message| ConfigError {
            path: path.to_owned(),
            line,
            message,
        };
        let text = fs::read_to_string(path).map_err(|error| {
            fail(
                None,
                format!("can't be read: {error}. Name a file of TOML."),
            )
        })?;
        Self::parse(&text).map_err(|(at, message)| {
            let line = at.map(|at| text[..at.min(text.len())].matches('\n').count() + 1);
            fail(line, message)
        })
    }

    /// Returns a trial hub's configuration: loopback, all channels open to all, and the key [`DEV_KEY`].
    pub(crate) fn dev(port: Option<u16>) -> Self {
        let mut file = File::default();
        if let Some(port) = port {
            file.listen.set_port(port);
            file.internal.set_port(0);
        }
        file.anonymous.channels = vec!["*".to_owned()];
        file.publish = Some(file::Publish {
            key: Some(DEV_KEY.to_owned()),
            key_file: None,
        });
        Self::check(file).unwrap_or_else(|message| unreachable!("{message}"))
    }

    /// Parses and checks a configuration, or returns the place and the message of its fault.
    fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        let one_line = |error: toml::de::Error| {
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            (error.span().map(|span| span.start), message)
        };
        let table = DeTable::parse(text).map_err(one_line)?;
        if let Some(unknown) = names::unknown(table.get_ref()) {
            return Err((Some(unknown.span.start), unknown.message));
        }
        let file: File = toml::from_str(text).map_err(one_line)?;
        Self::check(file).map_err(|message| (None, message))
    }

    fn check(file: File) -> Result<Self, String> {
        let origin = |origin: String| {
            let is_origin = origin
                .split_once("://")
                .is_some_and(|(_, host)| !host.is_empty() && !host.contains(['/', '*']));
            HeaderValue::from_str(&origin)
                .ok()
                .filter(|_| is_origin)
                .ok_or_else(|| {
                    format!("`origins` has `{origin}`, which is no origin. Write one as `https://app.example`.")
                })
        };
        let key = match file.publish {
            None => None,
            Some(publish) => Some(secret(
                "publish.key",
                (publish.key, publish.key_file),
                SHORTEST_KEY,
            )?),
        };
        if key.is_none() && file.log.redis.is_none() {
            return Err(
                "nobody could publish. Set `key` or `key_file` in `[publish]`, or `redis` in `[log]`, where other nodes publish."
                    .to_owned(),
            );
        }
        let tokens = file.tokens.map(check_tokens).transpose()?;
        if tokens.is_none() && file.anonymous.channels.is_empty() {
            return Err(
                "nobody could subscribe. Say in `[tokens]` how tokens are verified, or in `[anonymous]` which `channels` everybody may have."
                    .to_owned(),
            );
        }
        Ok(Self {
            listen: file.listen,
            internal: file.internal,
            path: path(&file.path)?,
            heartbeat: seconds("heartbeat_seconds", file.heartbeat_seconds, 0.001)?,
            origins: file.origins.into_iter().map(origin).collect::<Result<_, _>>()?,
            log_level: file.log_level.parse().map_err(|_| {
                let level = &file.log_level;
                format!("`log_level` is `{level}`. The levels are `off`, `error`, `warn`, `info`, `debug` and `trace`.")
            })?,
            key,
            tokens,
            anonymous: Patterns::new(file.anonymous.channels)
                .map_err(|error| format!("`anonymous.channels`: {error}"))?,
            log: Log {
                events: file.log.events,
                bytes: file.log.bytes,
                redis: file.log.redis,
                prefix: file.log.prefix,
            },
            history: History {
                events: file.history.events,
                bytes: file.history.bytes,
                age: seconds("history.age_seconds", file.history.age_seconds, 0.0)?,
            },
            queue: (file.queue.events, file.queue.bytes),
            limits: limits(&file.limits)?,
            drain: seconds("shutdown.drain_seconds", file.shutdown.drain_seconds, 0.0)?,
            grace: seconds("shutdown.grace_seconds", file.shutdown.grace_seconds, 0.0)?,
        })
    }
}

/// Returns the path of the streams without a slash at its end.
fn path(given: &str) -> Result<String, String> {
    let path = given.strip_suffix('/').unwrap_or(given);
    let is_unreserved = |sign: char| sign.is_ascii_alphanumeric() || "-._~".contains(sign);
    let mut segments = path.split('/');
    let is_path = segments.next() == Some("")
        && segments.all(|segment| !segment.is_empty() && segment.chars().all(is_unreserved));
    if !is_path {
        return Err(format!(
            "`path` is `{given}`, which is no path of letters, digits, `-`, `.`, `_` and `~`, each segment behind a `/`. Write one as `/events`."
        ));
    }
    if path.is_empty() || routes::TAKEN.contains(&path) {
        return Err(format!(
            "`path` is `{given}`, which is taken. Choose another one."
        ));
    }
    Ok(path.to_owned())
}

fn limits(file: &file::Limits) -> Result<Limits, String> {
    let mut limits = Limits::default();
    limits.channel_name = file.channel_name;
    limits.event = file.event;
    limits.event_id = file.event_id;
    limits.channels = file.channels;
    limits.set = file.set;
    limits.body = seconds("limits.body_seconds", file.body_seconds, 0.001)?;
    limits.connections = file.connections;
    limits.connections_per_identity = file.connections_per_identity;
    limits.control_requests = file.control_requests;
    limits.unread_heartbeats = file.unread_heartbeats;
    Ok(limits)
}

fn seconds(name: &str, seconds: f64, least: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|_| seconds >= least)
        .ok_or_else(|| {
            format!("`{name}` is `{seconds}`. It is a number of seconds, {least} or more.")
        })
}

#[cfg(test)]
mod tests;
