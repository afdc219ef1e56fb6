//! `GET /hostile/{kind}`: bodies that are meant to hurt a client.
//!
//! | `kind` | body |
//! |---|---|
//! | `line` | `mib` MiB of one line without an end |
//! | `event` | `mib` MiB of data lines without a blank line |
//! | `comments` | `mib` MiB of comments, then the event |
//! | `ids` | a million blocks with nothing but an `id`, then the event |
//! | `utf8` | `mib` MiB of events of bytes that are no UTF-8, then the event |
//! | `retry-zero`, `retry-huge` | a reconnection time, then the event |
//!
//! "The event" is `{"n":1}` of type `tick` with the ID `1`. A client that resumes from it gets a 204;
//! other clients get the same body again.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde::Deserialize;

use crate::sse::{LastEventId, event_stream};

const MIB: usize = 1 << 20;
const CHUNK: usize = 64 << 10;
const EVENT: &[u8] = b"\n\nid: 1\nevent: tick\ndata: {\"n\":1}\n\n";

#[derive(Deserialize)]
pub(super) struct Size {
    #[serde(default = "one")]
    mib: usize,
}

fn one() -> usize {
    1
}

/// A body that repeats `pattern` between `start` and `end`.
struct Hostile {
    start: &'static [u8],
    pattern: &'static [u8],
    end: &'static [u8],
}

impl Hostile {
    fn of(kind: &str) -> Option<Self> {
        let (start, pattern, end): (&[u8], &[u8], &[u8]) = match kind {
            "line" => (b"data: ", b"x", b""),
            "event" => (b"", b"data: 0123456789abcdef\n", b""),
            "comments" => (b"", b": keep-alive\n", EVENT),
            "utf8" => (
                b"",
                b"event: \xFF\ndata: \xC0\xAF\xED\xA0\x80\xFF\xFE\xE2\x82\n\n",
                EVENT,
            ),
            "retry-zero" => (b"retry: 0", b"", EVENT),
            "retry-huge" => (b"retry: 99999999999999999999", b"", EVENT),
            _ => return None,
        };
        Some(Self {
            start,
            pattern,
            end,
        })
    }

    fn into_response(self, mib: usize) -> Response {
        let mut chunk = Vec::with_capacity(CHUNK);
        while !self.pattern.is_empty() && chunk.len() + self.pattern.len() <= CHUNK {
            chunk.extend_from_slice(self.pattern);
        }
        let chunks = (mib * MIB).checked_div(chunk.len()).unwrap_or(0);
        let chunk = Bytes::from(chunk);
        let body = stream::iter([Bytes::from_static(self.start)])
            .chain(stream::iter(core::iter::repeat_n(chunk, chunks)))
            .chain(stream::iter([Bytes::from_static(self.end)]))
            .filter(|bytes| core::future::ready(!bytes.is_empty()));
        event_stream(body)
    }
}

pub(super) async fn hostile(
    Path(kind): Path<String>,
    Query(Size { mib }): Query<Size>,
    position: LastEventId,
) -> Response {
    if position.as_str().is_some_and(|id| id == "1") {
        return StatusCode::NO_CONTENT.into_response();
    }
    if kind == "ids" {
        return million_ids();
    }
    match Hostile::of(&kind) {
        Some(hostile) => hostile.into_response(mib),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn million_ids() -> Response {
    let blocks = (0..1000_u32).map(|thousand| {
        let mut chunk = String::new();
        for one in 0..1000 {
            chunk.push_str("id: id-");
            chunk.push_str(&(thousand * 1000 + one).to_string());
            chunk.push_str("\n\n");
        }
        Bytes::from(chunk)
    });
    event_stream(stream::iter(blocks.chain([Bytes::from_static(EVENT)])))
}
