//! The protocol's own events, encoded.

use std::{ops::Range, time::Duration};

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

/// A frame that is encoded before it is known for certain at which position.
#[derive(Debug)]
pub(crate) struct Numbered {
    frame: String,
    id: Range<usize>,
}

impl Numbered {
    fn new(route: &str, data: &str, probably: &Position) -> Self {
        let id = probably.to_string();
        let begin = "event: \nid: ".len() + route.len();
        Self {
            frame: frame(Some(route), Some(&id), data),
            id: begin..begin + id.len(),
        }
    }

    /// Returns the frame with its position. Where that has as many digits as was thought, nothing is
    /// moved.
    pub(crate) fn at(mut self, position: &Position) -> Bytes {
        let id = position.to_string();
        if self.frame[self.id.clone()] != id {
            self.frame.replace_range(self.id, &id);
        }
        self.frame.into()
    }
}

/// Encodes a channel's end.
pub(crate) fn complete(channel: &str, probably: &Position) -> Numbered {
    Numbered::new(&format!("@complete {channel}"), "{}", probably)
}

/// Encodes an event of a channel.
pub(crate) fn event(
    channel: &str,
    kind: Option<&str>,
    data: &str,
    probably: &Position,
) -> Numbered {
    match kind {
        None => Numbered::new(channel, data, probably),
        Some(kind) => Numbered::new(&format!("{channel} {kind}"), data, probably),
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
    frame(Some(route), position.as_deref(), &data).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_gets_the_position_that_it_turns_out_to_have() {
        let position = |seq| Position::new("e".into(), seq);
        for (probably, seq) in [(7, 7), (7, 8), (9, 10), (1_000, 3)] {
            let event = event("a", Some("trade"), "id: e-7\nx", &position(probably));
            let expected = format!("event: a trade\nid: e-{seq}\ndata: id: e-7\ndata: x\n\n");
            assert_eq!(event.at(&position(seq)), expected);
            let complete = complete("b", &position(probably)).at(&position(seq));
            let expected = format!("event: @complete b\nid: e-{seq}\ndata: {{}}\n\n");
            assert_eq!(complete, expected);
        }
    }
}
