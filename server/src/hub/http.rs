//! The hub's routes.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{OriginalUri, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http_body_util::LengthLimitError;
use serde::Deserialize;
use serde_json::json;
use thiserror::Error;

use super::{
    ChannelError, LogError, Refusal, Shared, channel,
    stream::Line,
    switchboard::{Begin, Change, Wish},
    wire,
};
use crate::{
    random,
    sse::{LastEventId, event_stream},
};

/// The longest body that is read: more than ten thousand long names.
const MAX_BODY: usize = 2 << 20;

/// The seconds after which a client may ask again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

const CONTROL: &str = "control";

/// Why a request fails.
#[derive(Debug, Error)]
enum Failure {
    #[error("the body is not readable")]
    Unreadable,
    #[error("the set is too large: {0}")]
    TooLarge(String),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0:?} is not a channel: {1}")]
    Channel(String, ChannelError),
    #[error("`from` is a position, a space and a channel")]
    From,
    #[error("there is no such connection, open a new one")]
    NotFound,
    #[error("the connection is another principal's")]
    Forbidden,
    #[error("the hub is shutting down")]
    ShutDown,
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the request was refused")]
    Refused(Refusal),
}

impl Failure {
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unreadable => (StatusCode::BAD_REQUEST, "unreadable"),
            Self::Json(_) => (StatusCode::BAD_REQUEST, "malformed_json"),
            Self::Channel(..) => (StatusCode::BAD_REQUEST, "malformed_channel"),
            Self::From => (StatusCode::BAD_REQUEST, "malformed_from"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "set_too_large"),
            Self::NotFound => (StatusCode::NOT_FOUND, "unknown_connection"),
            Self::Forbidden | Self::Refused(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::ShutDown => (StatusCode::SERVICE_UNAVAILABLE, "shutting_down"),
            Self::Log(_) => (StatusCode::SERVICE_UNAVAILABLE, "log_unavailable"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Self::Refused(refusal) = self {
            return refusal.into_response();
        }
        let (status, code) = self.status_and_code();
        let body = Json(json!({ "code": code, "message": self.to_string() }));
        let mut response = (status, body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}

/// The routes, below wherever they are nested.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(hub: Arc<Shared>) -> Router<S> {
    let cors = hub.cors.clone();
    let mut router = Router::new().route("/", get(open).post(open));
    if hub.control {
        router = router.route("/control", post(control));
    }
    let router = router.with_state(hub);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// Opens a stream.
async fn open(State(hub): State<Arc<Shared>>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY)
        .await
        .map_err(|error| unread(&error))?;
    let query = parts.uri.query().unwrap_or_default();
    let asked = Asked::parse(query.as_bytes(), &body)?;
    hub.check_size(asked.channels.len())?;
    let begin = match LastEventId::of(&parts.headers, Some(query)).as_str() {
        Some(id) => begin_after(id),
        None => asked.position.as_deref().map_or(Begin::Now, begin_after),
    };

    let (wish, begin) = {
        let principal = hub.gate.identify(&parts).await.map_err(Failure::Refused)?;
        let admission = principal.admit(asked.channels, &HashSet::new()).await;
        let wish = Wish {
            identity: admission.identity,
            channels: admission.allowed,
            from: asked.from,
            refused: admission.refused,
        };
        (wish, begin)
    };
    hub.reach(wish.from.values().chain([&begin])).await?;

    let connection = format!("{}{}", hub.log.node(), random::name());
    let control = hub.control.then(|| control_reference(&parts));
    let bound = hub.bound;
    let joined =
        hub.switchboard
            .lock()
            .join(connection.clone(), &wish, &begin, bound, |position| {
                let connected = wire::Connected {
                    connection: &connection,
                    control: control.as_deref(),
                    heartbeat_ms: hub.heartbeat,
                };
                connected.encode(position)
            });
    let (key, outbox) = joined.ok_or(Failure::ShutDown)?;
    let line = Line::new(Arc::clone(&hub), key, outbox);
    let mut response = event_stream(line.into_stream());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Where the control is, as a relative reference: it holds also behind a proxy that serves the hub
/// under another path.
fn control_reference(parts: &Parts) -> String {
    let original = parts.extensions.get::<OriginalUri>();
    let path = original.map_or_else(|| parts.uri.path(), |uri| uri.path());
    match path.rsplit('/').next() {
        // The `./` keeps a colon in the segment from being read as the end of a scheme.
        Some(last) if !last.is_empty() => format!("./{last}/{CONTROL}"),
        _ => CONTROL.to_owned(),
    }
}

/// What a request to open asks for.
#[derive(Debug, Default)]
struct Asked {
    channels: Vec<String>,
    from: HashMap<String, Begin>,
    position: Option<String>,
}

impl Asked {
    /// Reads the pairs of the query and of the body.
    fn parse(query: &[u8], body: &[u8]) -> Result<Self, Failure> {
        let mut asked = Self::default();
        let mut seen = HashSet::new();
        for (name, value) in form_urlencoded::parse(query).chain(form_urlencoded::parse(body)) {
            match &*name {
                "channel" => {
                    let channel = checked(value.into_owned())?;
                    if seen.insert(channel.clone()) {
                        asked.channels.push(channel);
                    }
                }
                "from" => {
                    let (begin, channel) = value.split_once(' ').ok_or(Failure::From)?;
                    asked
                        .from
                        .insert(checked(channel.to_owned())?, parse_begin(begin));
                }
                "lastEventId" if !value.is_empty() => asked.position = Some(value.into_owned()),
                // Applications may have parameters of their own.
                _ => {}
            }
        }
        Ok(asked)
    }
}

fn checked(name: String) -> Result<String, Failure> {
    match channel::check(&name) {
        Ok(()) => Ok(name),
        Err(error) => Err(Failure::Channel(name, error)),
    }
}

fn parse_begin(text: &str) -> Begin {
    if text == "now" {
        Begin::Now
    } else {
        begin_after(text)
    }
}

fn begin_after(id: &str) -> Begin {
    id.parse().map_or(Begin::Unknown, Begin::After)
}

/// The body of a control request.
#[derive(Debug, Deserialize)]
struct Order {
    connection: String,
    revision: u64,
    channels: Vec<String>,
    #[serde(default)]
    from: HashMap<String, String>,
}

/// Changes a connection's set.
async fn control(State(hub): State<Arc<Shared>>, request: Request) -> Result<StatusCode, Failure> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY)
        .await
        .map_err(|error| unread(&error))?;
    let order: Order = serde_json::from_slice(&body)?;
    hub.check_size(order.channels.len())?;
    let channels: Vec<_> = order
        .channels
        .into_iter()
        .map(checked)
        .collect::<Result<_, _>>()?;
    let from = order
        .from
        .into_iter()
        .map(|(channel, begin)| (channel, parse_begin(&begin)));

    let principal = hub.gate.identify(&parts).await.map_err(Failure::Refused)?;
    let in_force = hub.in_force(&order.connection, &principal.identity())?;
    let admission = principal.admit(channels, &in_force).await;
    let wish = Wish {
        identity: admission.identity,
        channels: admission.allowed,
        from: from.collect(),
        refused: admission.refused,
    };
    match hub.change(&order.connection, order.revision, &wish).await? {
        Change::Taken => Ok(StatusCode::ACCEPTED),
        Change::Forbidden => Err(Failure::Forbidden),
        Change::NotFound => Err(Failure::NotFound),
    }
}

impl Shared {
    fn check_size(&self, channels: usize) -> Result<(), Failure> {
        if channels > self.max_channels {
            let limit = format!("at most {} channels", self.max_channels);
            return Err(Failure::TooLarge(limit));
        }
        Ok(())
    }

    /// Waits until this node knows the positions that a client has from another node.
    async fn reach(&self, begins: impl Iterator<Item = &Begin>) -> Result<(), Failure> {
        let positions = begins.filter_map(Begin::position);
        // By epoch, the last of them is enough.
        let mut last: HashMap<&str, _> = HashMap::new();
        for position in positions {
            let known = last.entry(position.epoch()).or_insert(position);
            if known.seq() < position.seq() {
                *known = position;
            }
        }
        for position in last.into_values() {
            self.log.reach(position).await?;
        }
        Ok(())
    }

    fn in_force(&self, connection: &str, identity: &str) -> Result<HashSet<Arc<str>>, Failure> {
        let switchboard = self.switchboard.lock();
        if switchboard.is_closed() {
            return Err(Failure::ShutDown);
        }
        Ok(switchboard
            .in_force(connection, identity)
            .into_iter()
            .collect())
    }

    async fn change(
        &self,
        connection: &str,
        revision: u64,
        wish: &Wish,
    ) -> Result<Change, Failure> {
        if connection.starts_with(self.log.node()) {
            self.reach(wish.from.values()).await?;
            return Ok(self.switchboard.lock().change(connection, revision, wish));
        }
        Ok(self.log.forward(connection, revision, wish).await?)
    }
}

fn unread(error: &axum::Error) -> Failure {
    let source = std::error::Error::source(error);
    if source.is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) {
        Failure::TooLarge(format!("a body has at most {MAX_BODY} bytes"))
    } else {
        Failure::Unreadable
    }
}
