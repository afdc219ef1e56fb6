//! Events in the event stream format.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use serde::Serialize;
use thiserror::Error;

/// A value that fits on one line of an event stream: an event type or an ID.
///
/// A line break would begin another field, and clients ignore an ID that contains NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneLine(Cow<'static, str>);

/// The error for a text that doesn't fit on one line, since it contains a line break or NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an event type or ID contains no line break and no NUL")]
pub struct LineError;

impl OneLine {
    /// Creates a value known at compile time.
    ///
    /// # Panics
    ///
    /// If the text contains a line break or NUL; in a `const`, that fails the build.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        assert!(
            fits_one_line(text),
            "an event type or ID contains no line break and no NUL"
        );
        Self(Cow::Borrowed(text))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for OneLine {
    type Error = LineError;

    fn try_from(text: &str) -> Result<Self, LineError> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for OneLine {
    type Error = LineError;

    fn try_from(text: String) -> Result<Self, LineError> {
        if fits_one_line(&text) {
            Ok(Self(Cow::Owned(text)))
        } else {
            Err(LineError)
        }
    }
}

impl From<u64> for OneLine {
    fn from(number: u64) -> Self {
        Self(Cow::Owned(number.to_string()))
    }
}

const fn fits_one_line(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if matches!(bytes[at], b'\r' | b'\n' | 0) {
            return false;
        }
        at += 1;
    }
    true
}

/// An event to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    kind: Option<OneLine>,
    id: Option<OneLine>,
    data: String,
}

impl Event {
    /// Creates an event with this data alone: its type is `message`, and the reader's last event ID stays.
    ///
    /// The format has only one line break: a CR or CRLF in the data arrives as LF.
    pub fn new(data: impl Into<String>) -> Self {
        Self {
            kind: None,
            id: None,
            data: data.into(),
        }
    }

    /// Creates an event whose data is `value` as JSON, on one line.
    ///
    /// # Errors
    ///
    /// Fails when the value can't be written as JSON, such as a map whose keys aren't strings.
    ///
    /// ```
    /// use everstream_server::sse::Event;
    ///
    /// #[derive(serde::Serialize)]
    /// struct Price {
    ///     symbol: &'static str,
    ///     price: f64,
    /// }
    ///
    /// let event = Event::json(&Price { symbol: "ACME", price: 12.5 })?;
    /// assert_eq!(event.with_type("trade".try_into()?).data(), r#"{"symbol":"ACME","price":12.5}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json(value: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        Ok(Self::new(serde_json::to_string(value)?))
    }

    /// Sets the event type.
    #[must_use]
    pub fn with_type(self, event_type: OneLine) -> Self {
        Self {
            kind: Some(event_type),
            ..self
        }
    }

    /// Sets the ID, which becomes the reader's last event ID.
    #[must_use]
    pub fn with_id(self, id: impl Into<OneLine>) -> Self {
        Self {
            id: Some(id.into()),
            ..self
        }
    }

    /// Returns the event as it goes over the wire, including the blank line at its end.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let id = self.id.as_ref().map(OneLine::as_str);
        frame(self.event_type(), id, &self.data).into()
    }

    /// Returns the event type, if one was set.
    #[must_use]
    pub fn event_type(&self) -> Option<&str> {
        self.kind.as_ref().map(OneLine::as_str)
    }

    /// Returns the data.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }
}

/// Encodes an event of these fields; `kind` and `id` must fit on one line.
pub(crate) fn frame(kind: Option<&str>, id: Option<&str>, data: &str) -> String {
    let mut frame = String::with_capacity(data.len() + 64);
    if let Some(kind) = kind {
        push_field(&mut frame, "event", kind);
    }
    if let Some(id) = id {
        push_field(&mut frame, "id", id);
    }
    for line in lines(data) {
        push_field(&mut frame, "data", line);
    }
    frame.push('\n');
    frame
}

/// Returns a comment, which clients skip: bytes to send while there are no events.
#[must_use]
pub fn comment(text: &str) -> Bytes {
    let mut frame = String::with_capacity(text.len() + 4);
    for line in lines(text) {
        push_field(&mut frame, "", line);
    }
    frame.push('\n');
    frame.into()
}

/// Returns a `retry` field, which sets how long a client waits before it reconnects.
#[must_use]
pub fn reconnection_time(time: Duration) -> Bytes {
    format!("retry: {}\n\n", time.as_millis()).into()
}

fn push_field(frame: &mut String, name: &str, value: &str) {
    frame.extend([name, ": ", value, "\n"]);
}

/// Splits a text at the format's own line breaks: CRLF, LF and CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some(end) = text.find(['\r', '\n']) else {
            return Some(text);
        };
        let (line, tail) = text.split_at(end);
        rest = Some(tail.strip_prefix("\r\n").unwrap_or(&tail[1..]));
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_its_fields_and_a_blank_line() {
        let event = Event::new("{}")
            .with_type(OneLine::from_static("tick"))
            .with_id(7);
        assert_eq!(event.encode(), "event: tick\nid: 7\ndata: {}\n\n");
        assert_eq!(Event::new("bare").encode(), "data: bare\n\n");
    }

    #[test]
    fn every_line_of_data_gets_a_field() {
        assert_eq!(
            Event::new("a\nb\r\nc\rd").encode(),
            "data: a\ndata: b\ndata: c\ndata: d\n\n"
        );
        assert_eq!(Event::new("\n").encode(), "data: \ndata: \n\n");
        assert_eq!(
            Event::new("").encode(),
            "data: \n\n",
            "without a data field it is no event"
        );
    }

    #[test]
    fn leading_spaces_survive_the_one_that_clients_strip() {
        assert_eq!(Event::new("  indented").encode(), "data:   indented\n\n");
    }

    #[test]
    fn a_line_break_cannot_smuggle_in_a_field() {
        for text in ["a\ndata: b", "a\rb", "a\0b"] {
            assert_eq!(OneLine::try_from(text.to_owned()), Err(LineError));
        }
    }

    #[test]
    fn comments_and_reconnection_time() {
        assert_eq!(comment("ping"), ": ping\n\n");
        assert_eq!(
            reconnection_time(Duration::from_millis(1500)),
            "retry: 1500\n\n"
        );
    }
}
