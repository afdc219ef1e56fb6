//! The protocol's own events, encoded.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use super::{Position, access::Refusal};
use crate::sse::frame;

/// The version that `@connected` announces.
const PROTOCOL: u32 = 1;

/// The content of `@connected`, apart from the version.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Connected<'a> {
    pub(crate) connection: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) control: Option<&'a str>,
    #[serde(serialize_with = "milliseconds")]
    pub(crate) heartbeat_ms: Duration,
}

fn milliseconds<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

impl Connected<'_> {
    pub(crate) fn encode(&self, position: Option<&Position>) -> Bytes {
        #[derive(Serialize)]
        struct Data<'a> {
            protocol: u32,
            #[serde(flatten)]
            rest: &'a Connected<'a>,
        }
        let data = Data {
            protocol: PROTOCOL,
            rest: self,
        };
        own("@connected", position, &data)
    }
}

pub(crate) fn subscribed(revision: u64, position: Option<&Position>) -> Bytes {
    own("@subscribed", position, &json!({ "revision": revision }))
}

pub(crate) fn gap(channels: &[&str], position: Option<&Position>) -> Bytes {
    own("@gap", position, &json!({ "channels": channels }))
}

pub(crate) fn refused(channel: &str, refusal: &Refusal) -> Bytes {
    own(&format!("@error {channel}"), None, refusal)
}

pub(crate) fn ping(position: &Position) -> Bytes {
    own("@ping", Some(position), &json!({}))
}

/// Encodes a channel's end.
pub(crate) fn complete(channel: &str, position: &Position) -> Bytes {
    own(&format!("@complete {channel}"), Some(position), &json!({}))
}

/// Encodes an event of a channel.
pub(crate) fn event(channel: &str, kind: Option<&str>, data: &str, position: &Position) -> Bytes {
    let position = position.to_string();
    match kind {
        None => frame(Some(channel), Some(&position), data),
        Some(kind) => frame(Some(&format!("{channel} {kind}")), Some(&position), data),
    }
}

/// Whether a frame is an event of a channel.
pub(crate) fn is_of_channel(frame: &[u8], channel: &str) -> bool {
    let route = frame.strip_prefix(b"event: ");
    let rest = route.and_then(|route| route.strip_prefix(channel.as_bytes()));
    rest.is_some_and(|rest| matches!(rest.first(), Some(b'\n' | b' ')))
}

fn own(route: &str, position: Option<&Position>, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).expect("the protocol's own structs are valid JSON");
    let position = position.map(Position::to_string);
    frame(Some(route), position.as_deref(), &data)
}
