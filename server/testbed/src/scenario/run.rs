//! A running scenario: its script, and the record of its clients.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, Method},
};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::time::Instant;

use super::script::Script;
use crate::sse::LastEventId;

/// Without a bound, a client that reconnects without a pause would fill the memory with attempts.
const MAX_ATTEMPTS: usize = 10_000;

#[derive(Debug)]
pub(super) struct Run {
    pub(super) script: Script,
    created: Instant,
    report: Mutex<Report>,
}

/// The answer of `/scenario/{key}/report`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    attempts: Vec<Record>,
    active: usize,
    preflights: usize,
}

/// The record of one connection.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    at_ms: u64,
    method: String,
    query: String,
    last_event_id: Option<String>,
    headers: BTreeMap<String, String>,
    body: String,
    sent: u64,
    closed_at_ms: Option<u64>,
    preflights: usize,
}

/// A request for the stream, as an axum extractor.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) last_event_id: LastEventId,
    query: String,
    body: String,
}

impl<S: Send + Sync> FromRequest<S> for Arrival {
    type Rejection = BytesRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, BytesRejection> {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        let body = Bytes::from_request(request, state).await?;
        let query = parts.uri.query();
        Ok(Self {
            last_event_id: LastEventId::of(&parts.headers, query),
            query: query.unwrap_or_default().to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
            method: parts.method,
            headers: parts.headers,
        })
    }
}

impl Run {
    pub(super) fn new(script: Script) -> Self {
        Self {
            script,
            created: Instant::now(),
            report: Mutex::default(),
        }
    }

    pub(super) fn report(&self) -> Report {
        self.report.lock().clone()
    }

    pub(super) fn count_preflight(&self) {
        self.report.lock().preflights += 1;
    }

    /// Records a connection; returns `None` when there have been too many.
    pub(super) fn enter(self: &Arc<Self>, arrival: &Arrival) -> Option<Visit> {
        let mut report = self.report.lock();
        let index = report.attempts.len();
        if index == MAX_ATTEMPTS {
            return None;
        }
        let record = Record {
            at_ms: self.elapsed_ms(),
            method: arrival.method.to_string(),
            query: arrival.query.clone(),
            last_event_id: arrival.last_event_id.as_str().map(str::to_owned),
            headers: headers_by_name(&arrival.headers),
            body: arrival.body.clone(),
            sent: 0,
            closed_at_ms: None,
            preflights: report.preflights,
        };
        report.attempts.push(record);
        report.active += 1;
        Some(Visit {
            run: Arc::clone(self),
            index,
        })
    }

    /// Returns how many events there have been so far: one per interval since the scenario began.
    pub(super) fn heard_or_not(&self, interval: Duration) -> u64 {
        let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
        self.elapsed_ms() / interval.max(1)
    }

    fn elapsed_ms(&self) -> u64 {
        self.created
            .elapsed()
            .as_millis()
            .try_into()
            .unwrap_or(u64::MAX)
    }
}

fn headers_by_name(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut by_name = BTreeMap::<_, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        by_name
            .entry(name.to_string())
            .and_modify(|values| values.extend([", ", &value]))
            .or_insert_with(|| value.to_string());
    }
    by_name
}

/// One connection while it lasts. The holder drops it with the response, which also happens when the
/// client leaves.
#[derive(Debug)]
pub(super) struct Visit {
    run: Arc<Run>,
    /// Index of the connection in the run, counted from 0.
    pub(super) index: usize,
}

impl Visit {
    pub(super) fn run(&self) -> &Arc<Run> {
        &self.run
    }

    pub(super) fn count_sent(&self, events: u64) {
        self.run.report.lock().attempts[self.index].sent += events;
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut report = self.run.report.lock();
        report.active -= 1;
        report.attempts[self.index].closed_at_ms = Some(self.run.elapsed_ms());
    }
}
