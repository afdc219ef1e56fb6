//! The error for data that doesn't have the form its subscriber asked for.

use core::error::Error as StdError;
use core::fmt;
use std::sync::Arc;

use crate::http::boundary;
use crate::parse::Event;

/// Limits on the data that a message shows, in bytes: before the position at fault, and in all.
const BEFORE: usize = 30;
const EXCERPT: usize = 60;

/// A payload that could not be deserialised, with the whole event as received. Its
/// [`source`](StdError::source) is serde's error.
#[derive(Clone)]
#[non_exhaustive]
pub struct DecodeError {
    /// The event's type.
    pub event_type: String,
    /// The last event ID after this event.
    pub last_event_id: String,
    /// The data, as received.
    pub data: String,
    /// The message of serde's error, or of another decoder.
    pub message: String,
    /// The line of the data that is at fault, counted from 1; 0 if unknown.
    pub line: usize,
    /// The byte position in that line, counted from 1; 0 if unknown.
    pub column: usize,
    /// Whether the data is JSON, but of another shape than the subscriber asked for.
    pub is_json: bool,
    source: Option<Arc<serde_json::Error>>,
}

impl DecodeError {
    /// Describes data that was expected to be JSON of a certain shape.
    #[must_use]
    pub fn json(event: &Event<'_>, error: serde_json::Error) -> Self {
        let mut undecoded = Self::new(event, error.to_string());
        undecoded.line = error.line();
        undecoded.column = error.column();
        undecoded.is_json = error.is_data();
        undecoded.source = Some(Arc::new(error));
        undecoded
    }

    /// Describes data that was expected to have a form other than JSON.
    #[must_use]
    pub fn new(event: &Event<'_>, message: String) -> Self {
        Self {
            event_type: event.event_type.to_owned(),
            last_event_id: event.last_event_id.to_owned(),
            data: event.data.to_owned(),
            message,
            line: 0,
            column: 0,
            is_json: false,
            source: None,
        }
    }

    /// Returns the data around the position at fault, and whether text was cut before and after it.
    fn excerpt(&self) -> (bool, &str, bool) {
        let data = &*self.data;
        let line: usize = data
            .split_inclusive('\n')
            .take(self.line.saturating_sub(1))
            .map(str::len)
            .sum();
        let fault = line + self.column.saturating_sub(1);
        let start = boundary(data, fault.saturating_sub(BEFORE));
        let end = boundary(data, start + EXCERPT);
        let excerpt = data.get(start..end).unwrap_or_default();
        (start > 0, excerpt, end < data.len())
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            event_type,
            message,
            ..
        } = self;
        write!(
            f,
            "the data of a `{event_type}` event is not what was asked for: {message}; it is `"
        )?;
        let (is_begun, excerpt, is_cut) = self.excerpt();
        if is_begun {
            f.write_str("…")?;
        }
        for char in excerpt.chars() {
            // A line feed would split one log line in two.
            let char = if char.is_control() { ' ' } else { char };
            fmt::Write::write_char(f, char)?;
        }
        f.write_str(if is_cut { "…`" } else { "`" })?;
        if self.source.is_some() && !self.is_json {
            f.write_str(". The data isn't JSON: `on_text` delivers it as it is")?;
        }
        Ok(())
    }
}

impl StdError for DecodeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&**self.source.as_ref()?)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `source` is left out: it repeats `message`.
        f.debug_struct("DecodeError")
            .field("event_type", &self.event_type)
            .field("last_event_id", &self.last_event_id)
            .field("data", &self.data)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl PartialEq for DecodeError {
    fn eq(&self, other: &Self) -> bool {
        // `source` is left out: `message` is its text.
        self.event_type == other.event_type
            && self.last_event_id == other.last_event_id
            && self.data == other.data
            && self.message == other.message
    }
}

impl Eq for DecodeError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn undecoded(data: &str) -> Error {
        let event = Event {
            event_type: "price",
            data,
            last_event_id: "7",
        };
        let error = serde_json::from_str::<f64>(data).expect_err("it is no number");
        Error::Decode(DecodeError::json(&event, error).into())
    }

    #[test]
    fn the_message_shows_what_was_received_and_where_it_is_at_fault() {
        let long = format!("[{}\"é\"]", "1, ".repeat(40));
        for (data, expected) in [
            (
                "hello",
                "the data of a `price` event is not what was asked for: expected value at line 1 column 1; it is \
                 `hello`. The data isn't JSON: `on_text` delivers it as it is",
            ),
            (
                "\"1.5\"",
                "the data of a `price` event is not what was asked for: invalid type: string \"1.5\", expected f64 \
                 at line 1 column 5; it is `\"1.5\"`",
            ),
            (
                "1\n2",
                "the data of a `price` event is not what was asked for: trailing characters at line 2 column 1; it \
                 is `1 2`. The data isn't JSON: `on_text` delivers it as it is",
            ),
        ] {
            assert_eq!(undecoded(data).to_string(), expected);
        }
        let told = undecoded(&long).to_string();
        assert!(
            told.contains("; it is `[1, 1, 1, ") && told.ends_with("1,…`"),
            "{told}"
        );
        assert!(told.len() < 200, "{told}");
    }

    #[test]
    fn the_excerpt_is_of_the_place_at_fault_whatever_is_around_it() {
        let data = format!("[{}x]", "é, ".repeat(100));
        let event = Event {
            event_type: "a",
            data: &data,
            last_event_id: "",
        };
        for column in 1..=data.len() + 2 {
            let mut error = DecodeError::new(&event, String::new());
            (error.line, error.column) = (1, column);
            let (_, excerpt, _) = error.excerpt();
            assert!(excerpt.len() <= EXCERPT, "{column}: {excerpt}");
        }
        let mut error = DecodeError::new(&event, String::new());
        (error.line, error.column) = (1, data.len() - 1);
        assert!(error.to_string().contains("é, x]`"), "{error}");
    }

    #[test]
    fn what_serde_says_is_the_source() {
        let error = undecoded("{\"a\":true}");
        let source = StdError::source(&error).expect("a source");
        let serde = source
            .downcast_ref::<serde_json::Error>()
            .expect("serde's own");
        assert!(serde.is_data());
        let Error::Decode(decode) = &error else {
            panic!("{error:?}")
        };
        assert_eq!((decode.line, decode.column), (1, 0));
        assert!(decode.is_json);
    }
}
