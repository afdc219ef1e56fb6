//! Decodes the data of events into types, with serde.
//!
//! The data is JSON, deserialised by `serde_json` from the borrowed text. In WebAssembly this is several
//! times as fast as `JSON.parse` and a conversion (see `benches`).

mod data;
mod or_raw;
mod variants;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::de::DeserializeOwned;

use everstream_core::parse::Event;
use everstream_core::{DecodeError, Error};

pub use data::EventData;
pub use or_raw::OrRaw;
pub(crate) use variants::{Variants, from_event};

/// The result of decoding an event: a value, an error, or `None` for an event to skip.
pub(crate) type Decoded<T> = Option<Result<T, Error>>;

/// Decodes an event that holds JSON.
///
/// An event with empty data, such as the one by which an MCP server sets the last event ID, is no error. It
/// is delivered only if the type deserialises from `null`.
pub(crate) fn unless_empty<T>(
    event: &Event<'_>,
    decode: impl Fn(&Event<'_>) -> Result<T, Error>,
) -> Decoded<T> {
    if !event.data.is_empty() {
        return Some(decode(event));
    }
    let null = Event {
        data: "null",
        ..*event
    };
    decode(&null).ok().map(Ok)
}

/// Decodes an event's base64 data ([RFC 4648]): with or without padding, in either alphabet, ignoring blanks
/// and line feeds.
///
/// [RFC 4648]: https://www.rfc-editor.org/rfc/rfc4648
pub(crate) fn from_base64(event: &Event<'_>) -> Result<Vec<u8>, Error> {
    let digit = |byte: u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    };
    let digits: Vec<u8> = event
        .data
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
        .map(digit)
        .collect();
    STANDARD_NO_PAD.decode(digits).map_err(|error| {
        let message = format!("it is not base64: {error}");
        Error::Decode(Arc::new(DecodeError::new(event, message)))
    })
}

/// Decodes an event's data as JSON.
pub(crate) fn from_json<T: DeserializeOwned>(event: &Event<'_>) -> Result<T, Error> {
    serde_json::from_str(event.data).map_err(|error| undecodable(event, error))
}

fn undecodable(event: &Event<'_>, error: serde_json::Error) -> Error {
    Error::Decode(Arc::new(DecodeError::json(event, error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: &str) -> Event<'_> {
        Event {
            event_type: "message",
            data,
            last_event_id: "7",
        }
    }

    #[test]
    fn an_event_without_data_is_no_mistake() {
        assert_eq!(unless_empty(&event(""), from_json::<u8>), None);
        assert_eq!(
            unless_empty(&event(""), from_json::<Option<u8>>),
            Some(Ok(None))
        );
        assert_eq!(unless_empty(&event("7"), from_json::<u8>), Some(Ok(7)));
        assert!(matches!(
            unless_empty(&event(" "), from_json::<u8>),
            Some(Err(_))
        ));
    }

    #[test]
    fn bytes_come_as_base64() {
        for data in ["+/8AYQ==", "+/8AYQ", "-_8AYQ==", "+/8A\nYQ=="] {
            assert_eq!(
                from_base64(&event(data)),
                Ok(vec![0xFB, 0xFF, 0, b'a']),
                "{data:?}"
            );
        }
        assert_eq!(from_base64(&event("")), Ok(Vec::new()));
        for data in ["a", "!", "{\"a\":1}"] {
            let Err(Error::Decode(error)) = from_base64(&event(data)) else {
                panic!("{data:?}");
            };
            assert_eq!(error.data, data);
        }
    }
}
