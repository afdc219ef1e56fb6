//! From text to types, by serde.
//!
//! The data is JSON and is deserialised from the borrowed text by `serde_json`, which in
//! WebAssembly is several times as fast as `JSON.parse` and a conversion (see `benches`).

mod variants;

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::error::{DecodeError, Error};
use crate::parse::Event;

pub(crate) use variants::{Variants, from_event};

/// The data of an event as JSON.
pub(crate) fn from_json<T: DeserializeOwned>(event: &Event<'_>) -> Result<T, Error> {
    serde_json::from_str(event.data).map_err(|error| undecodable(event, &error))
}

fn undecodable(event: &Event<'_>, error: &serde_json::Error) -> Error {
    Error::Decode(Arc::new(DecodeError {
        event_type: event.event_type.to_owned(),
        last_event_id: event.last_event_id.to_owned(),
        data: event.data.to_owned(),
        message: error.to_string(),
    }))
}
