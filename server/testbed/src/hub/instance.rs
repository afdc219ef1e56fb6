//! A hub that can be broken, and that records its requests.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::{Body, BodyDataStream},
    extract::Request,
    http::StatusCode,
    response::Response,
};
use bytes::Bytes;
use everstream_server::hub::{ConnectionInfo, Hub};
use futures_util::{Stream, StreamExt, stream};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::{sync::broadcast, time::Instant};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use super::settings::{Settings, SettingsError};
use crate::net::Connection;

/// Without a bound, a client that asks without a pause would fill the memory with records.
const MAX_RECORDS: usize = 10_000;

/// Number of raw writes that may wait for one stream.
const RAW_WRITES: usize = 64;

/// A hub and the record of its requests.
#[derive(Debug)]
pub(crate) struct Instance {
    settings: Settings,
    created: Instant,
    current: Mutex<Current>,
    raw: broadcast::Sender<Bytes>,
    open: Arc<AtomicUsize>,
    record: Mutex<Record>,
}

/// The parts that a restart replaces.
#[derive(Debug)]
struct Current {
    hub: Hub,
    dropped: CancellationToken,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Record {
    opened: usize,
    opens: Vec<Opening>,
    controls: Vec<Control>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Opening {
    at_ms: u128,
    method: String,
    query: String,
    last_event_id: Option<String>,
    body: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Control {
    at_ms: u128,
    body: String,
    status: u16,
}

/// The answer of `/hub/{id}/report`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    head: String,
    open: usize,
    connections: Vec<Set>,
    #[serde(flatten)]
    record: Record,
}

#[derive(Debug, Serialize)]
struct Set {
    id: String,
    revision: u64,
    channels: Vec<String>,
}

impl From<ConnectionInfo> for Set {
    fn from(connection: ConnectionInfo) -> Self {
        Self {
            id: connection.id,
            revision: connection.revision,
            channels: connection.channels,
        }
    }
}

impl Instance {
    pub(crate) fn new(settings: Settings) -> Result<Self, SettingsError> {
        let hub = settings.build()?;
        Ok(Self {
            settings,
            created: Instant::now(),
            current: Mutex::new(Current {
                hub,
                dropped: CancellationToken::new(),
            }),
            raw: broadcast::Sender::new(RAW_WRITES),
            open: Arc::default(),
            record: Mutex::default(),
        })
    }

    /// Returns the current hub, which a restart replaces.
    pub(crate) fn hub(&self) -> Hub {
        self.current.lock().hub.clone()
    }

    /// Returns the number of open streams.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Closes all connections.
    pub(crate) fn drop_connections(&self) {
        std::mem::take(&mut self.current.lock().dropped).cancel();
    }

    /// Closes all connections, and begins a new log.
    pub(crate) fn restart(&self) -> Result<(), SettingsError> {
        let hub = self.settings.build()?;
        let mut current = self.current.lock();
        current.hub = hub;
        std::mem::take(&mut current.dropped).cancel();
        Ok(())
    }

    /// Writes bytes into all open streams, and returns how many streams there are.
    pub(super) fn write_raw(&self, bytes: Bytes) -> usize {
        // An error means that no stream is open.
        self.raw.send(bytes).unwrap_or(0)
    }

    pub(super) fn report(&self) -> Report {
        let hub = self.hub();
        Report {
            head: hub.head().to_string(),
            open: self.open(),
            connections: hub.connections().into_iter().map(Set::from).collect(),
            record: self.record.lock().clone(),
        }
    }

    /// Lets the hub answer a request whose path is below its own.
    pub(crate) async fn answer(&self, connection: Connection, request: Request) -> Response {
        let (hub, dropped) = {
            let current = self.current.lock();
            (current.hub.clone(), current.dropped.clone())
        };
        let is_control = request.uri().path() == "/control";
        let is_preflight = request.method() == axum::http::Method::OPTIONS;
        let (request, opening) = self.read(request).await;
        let body = opening.body.clone();
        if !is_control && !is_preflight {
            self.remember(|record| {
                record.opened += 1;
                push(&mut record.opens, opening);
            });
        }
        let mut router = hub.router::<()>();
        let response: Result<Response, Infallible> = router.call(request).await;
        let response = response.unwrap_or_else(|never| match never {});
        if is_control && !is_preflight {
            let (at_ms, status) = (self.elapsed(), response.status().as_u16());
            self.remember(|record| {
                push(
                    &mut record.controls,
                    Control {
                        at_ms,
                        body,
                        status,
                    },
                );
            });
        }
        if is_control || is_preflight || response.status() != StatusCode::OK {
            return response;
        }
        response.map(|body| {
            Body::from_stream(self.breakable(body.into_data_stream(), connection, dropped))
        })
    }

    fn remember(&self, what: impl FnOnce(&mut Record)) {
        what(&mut self.record.lock());
    }

    fn elapsed(&self) -> u128 {
        self.created.elapsed().as_millis()
    }

    async fn read(&self, request: Request) -> (Request, Opening) {
        let (parts, body) = request.into_parts();
        // The hub bounds the body by itself; the report can do without a body that the hub would refuse.
        let body = axum::body::to_bytes(body, 4 << 20)
            .await
            .unwrap_or_default();
        let header = parts.headers.get("last-event-id");
        let opening = Opening {
            at_ms: self.elapsed(),
            method: parts.method.to_string(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            last_event_id: header.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned()),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        (Request::from_parts(parts, Body::from(body)), opening)
    }

    /// Returns a stream that raw writes go into, and that ends with its connection.
    fn breakable(
        &self,
        frames: BodyDataStream,
        connection: Connection,
        dropped: CancellationToken,
    ) -> impl Stream<Item = Result<Bytes, axum::Error>> + Send + 'static {
        let counted = Counted::enter(&self.open);
        let silent_after = self.settings.silent_after;
        let silence = stream::pending().take(silent_after.map_or(0, |_| 1));
        let spoken = frames.take(silent_after.unwrap_or(usize::MAX));
        let frames = Box::pin(spoken.chain(silence));
        let state = (frames, self.raw.subscribe(), counted);
        stream::unfold(state, move |(mut frames, mut raw, counted)| {
            let (connection, dropped) = (connection.clone(), dropped.clone());
            async move {
                let frame = tokio::select! {
                    biased;
                    () = dropped.cancelled() => connection.close().await,
                    Ok(bytes) = raw.recv() => Ok(bytes),
                    frame = frames.next() => frame?,
                };
                Some((frame, (frames, raw, counted)))
            }
        })
    }
}

fn push<T>(records: &mut Vec<T>, record: T) {
    if records.len() < MAX_RECORDS {
        records.push(record);
    }
}

/// Counts a stream as open until it is dropped.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn enter(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
