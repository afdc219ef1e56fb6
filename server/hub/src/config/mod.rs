//! The checked configuration, with the content of the files that it names.

mod file;
mod names;

use std::{
    fmt::{self, Display, Formatter},
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use axum::http::HeaderValue;
use everstream_server::hub::Limits;
use jsonwebtoken::{Algorithm, DecodingKey};
use toml::de::DeTable;
use tracing_subscriber::filter::LevelFilter;

use self::file::File;
use crate::{patterns::Patterns, routes};

/// Minimum lengths of secret and key, in bytes. HS256 needs the former (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;
const SHORTEST_KEY: usize = 16;

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
    pub(crate) queue: (usize, usize),
    pub(crate) limits: Limits,
    pub(crate) drain: Duration,
    pub(crate) grace: Duration,
}

/// Parameters for the verification of tokens.
pub(crate) struct Tokens {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
    pub(crate) audience: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) cookie: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Location and limits of the log.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) redis: Option<String>,
    pub(crate) prefix: String,
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

fn check_tokens(tokens: file::Tokens) -> Result<Tokens, String> {
    let secret_given = tokens.secret.is_some() || tokens.secret_file.is_some();
    let public_key = |of: fn(&[u8]) -> jsonwebtoken::errors::Result<DecodingKey>| {
        let path = tokens.public_key_file.as_ref().filter(|_| !secret_given);
        let path = path.ok_or_else(|| {
            let algorithm = &tokens.algorithm;
            format!("`tokens.algorithm` is `{algorithm}`, which needs a `public_key_file` and no secret.")
        })?;
        let pem =
            fs::read(path).map_err(|error| unreadable("tokens.public_key_file", path, &error))?;
        of(&pem).map_err(|error| {
            let path = path.display();
            format!("`tokens.public_key_file`: `{path}` holds no such public key ({error}). Give one in PEM.")
        })
    };
    let (algorithm, key) = match &*tokens.algorithm {
        "HS256" if tokens.public_key_file.is_none() => {
            let given = (tokens.secret.clone(), tokens.secret_file.clone());
            let secret = secret("tokens.secret", given, SHORTEST_SECRET)?;
            let key = DecodingKey::from_secret(secret.as_bytes());
            let key = key.map_err(|error| format!("`tokens.secret` can't be used: {error}."))?;
            (Algorithm::HS256, key)
        }
        "HS256" => {
            return Err(
                "`tokens.algorithm` is `HS256`, which needs a `secret` and no `public_key_file`."
                    .to_owned(),
            );
        }
        "RS256" => (Algorithm::RS256, public_key(DecodingKey::from_rsa_pem)?),
        "ES256" => (Algorithm::ES256, public_key(DecodingKey::from_ec_pem)?),
        other => {
            return Err(format!(
                "`tokens.algorithm` is `{other}`. The algorithms are `HS256`, `RS256` and `ES256`."
            ));
        }
    };
    Ok(Tokens {
        algorithm,
        key,
        audience: tokens.audience,
        issuer: tokens.issuer,
        cookie: tokens.cookie,
    })
}

/// Returns a secret, either as given in the configuration or from the only line of a file.
fn secret(
    name: &str,
    given: (Option<String>, Option<PathBuf>),
    shortest: usize,
) -> Result<String, String> {
    let secret = match given {
        (Some(secret), None) => secret,
        (None, Some(path)) => {
            let text = fs::read_to_string(&path)
                .map_err(|error| unreadable(&format!("{name}_file"), &path, &error))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        (None, None) => return Err(format!("`{name}` is missing. Set it, or `{name}_file`.")),
        (Some(_), Some(_)) => {
            return Err(format!(
                "`{name}` and `{name}_file` are both set. Set one of them."
            ));
        }
    };
    if secret.len() < shortest {
        let length = secret.len();
        return Err(format!(
            "`{name}` has {length} bytes, which can be guessed. It needs {shortest} or more."
        ));
    }
    Ok(secret)
}

fn unreadable(name: &str, path: &Path, error: &std::io::Error) -> String {
    format!("`{name}`: `{}` can't be read: {error}.", path.display())
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
mod tests {
    use super::*;

    const LEAST: &str = "[publish]\nkey = '0123456789abcdef'\n[anonymous]\nchannels = ['*']\n";

    fn error(text: &str) -> String {
        let (at, message) = Config::parse(text).unwrap_err();
        assert!(!message.contains('\n'), "{message}");
        let line = at.map_or(0, |at| text[..at].matches('\n').count() + 1);
        format!("{line}: {message}")
    }

    #[test]
    fn the_example_has_every_key_and_the_defaults() {
        let example = include_str!("../../everstream-hub.toml");
        let uncommented: String = example
            .lines()
            .map(|line| match line.strip_prefix("#") {
                // A line with a key behind a `#` is a key that the example leaves unset.
                Some(key) if !key.starts_with(' ') => format!("{key}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        // A key that the configuration doesn't know would fail here.
        let table = DeTable::parse(&uncommented).unwrap();
        assert_eq!(names::unknown(table.get_ref()), None);
        let file: File = toml::from_str(example).unwrap();
        let (example, default) = (Config::check(file).unwrap(), Config::parse(LEAST).unwrap());
        assert_eq!(example.listen, default.listen);
        assert_eq!(example.internal, default.internal);
        assert_eq!(example.path, default.path);
        assert_eq!(example.heartbeat, default.heartbeat);
        assert_eq!(example.limits, default.limits);
        assert_eq!(example.limits, Limits::default());
        assert_eq!(example.queue, default.queue);
        assert_eq!(format!("{:?}", example.log), format!("{:?}", default.log));
        assert_eq!(
            (example.drain, example.grace),
            (default.drain, default.grace)
        );
    }

    #[test]
    fn trying_out_needs_no_file() {
        let config = Config::dev(None);
        assert!(config.listen.ip().is_loopback() && config.internal.ip().is_loopback());
        assert!(config.anonymous.contain("any") && config.key.as_deref() == Some(DEV_KEY));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
        let text = format!("lisen = '127.0.0.1:1'\n{LEAST}");
        assert_eq!(
            error(&text),
            "1: there is no key `lisen` at the top. Did you mean `listen`?"
        );
        let text = format!("{LEAST}[limits]\n\nchanels = 3\n");
        assert_eq!(
            error(&text),
            "7: there is no key `chanels` in `[limits]`. Did you mean `channels`?"
        );
        let text = format!("{LEAST}[shutdown]\ncolour = 3\n");
        let keys = "The keys there are `drain_seconds`, `grace_seconds`.";
        assert_eq!(
            error(&text),
            format!("6: there is no key `colour` in `[shutdown]`. {keys}")
        );
    }

    #[test]
    fn what_is_no_toml_or_of_another_type_is_said_in_a_line() {
        assert!(error("listen = \n").starts_with("1: "));
        let text = format!("{LEAST}[limits]\nchannels = 'many'\n");
        assert!(
            error(&text).starts_with("6: invalid type"),
            "{}",
            error(&text)
        );
        assert!(error("listen = 'here'\n").starts_with("1: "));
    }

    #[test]
    fn a_hub_that_would_be_of_no_use_is_refused() {
        assert!(error("[anonymous]\nchannels = ['a']").contains("nobody could publish"));
        assert!(error("[publish]\nkey = '0123456789abcdef'").contains("nobody could subscribe"));
    }

    #[test]
    fn secrets_that_can_be_guessed_are_refused() {
        let text = LEAST.replace("0123456789abcdef", "short");
        assert!(error(&text).contains("`publish.key` has 5 bytes"));
        let text = format!("{LEAST}[tokens]\nalgorithm = 'HS256'\nsecret = 'short'\n");
        assert!(error(&text).contains("`tokens.secret` has 5 bytes"));
        let text = format!("{LEAST}[tokens]\nalgorithm = 'HS256'\n");
        assert!(error(&text).contains("`tokens.secret` is missing"));
    }

    #[test]
    fn algorithms_and_keys_belong_together() {
        for (tokens, expected) in [
            ("algorithm = 'none'", "The algorithms are"),
            ("", "The algorithms are"),
            ("algorithm = 'RS256'", "needs a `public_key_file`"),
            (
                "algorithm = 'ES256'\nsecret = 'x'",
                "needs a `public_key_file`",
            ),
            (
                "algorithm = 'HS256'\npublic_key_file = 'x'",
                "needs a `secret`",
            ),
            (
                "algorithm = 'RS256'\npublic_key_file = '/no/such'",
                "can't be read",
            ),
        ] {
            let error = error(&format!("{LEAST}[tokens]\n{tokens}\n"));
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn numbers_paths_and_origins_are_checked() {
        for (top, expected) in [
            ("heartbeat_seconds = 0", "`heartbeat_seconds` is `0`"),
            ("heartbeat_seconds = -1", "`heartbeat_seconds` is `-1`"),
            ("heartbeat_seconds = nan", "`heartbeat_seconds` is `NaN`"),
            ("path = 'events'", "no path"),
            ("path = '//'", "no path"),
            ("path = '/a//b'", "no path"),
            ("path = '/:id'", "no path"),
            ("path = '/*all'", "no path"),
            ("path = '/{id}'", "no path"),
            ("path = '/a?b'", "no path"),
            ("path = '/publish'", "is taken"),
            ("path = '/presence'", "is taken"),
            ("path = '/healthz/'", "is taken"),
            ("path = '/'", "is taken"),
            ("origins = ['*']", "no origin"),
            ("origins = ['https://a.example/']", "no origin"),
            ("log_level = 'loud'", "`log_level` is `loud`"),
        ] {
            let error = error(&format!("{top}\n{LEAST}"));
            assert!(error.contains(expected), "{error}");
        }
        let text = LEAST.replace("'*'", "'a*b'");
        assert!(error(&text).contains("`anonymous.channels`"));
    }
}
