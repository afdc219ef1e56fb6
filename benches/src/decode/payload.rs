//! The payloads to decode.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A type that a payload is decoded into and compared as.
pub(crate) trait Payload: DeserializeOwned + PartialEq + std::fmt::Debug {}

impl<T: DeserializeOwned + PartialEq + std::fmt::Debug> Payload for T {}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Price {
    symbol: String,
    price: f64,
    n: u32,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Chat {
    choices: Vec<Choice>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Choice {
    delta: Delta,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Delta {
    content: String,
}

pub(crate) fn price() -> String {
    r#"{"symbol":"ACME","price":1.5,"n":1}"#.to_owned()
}

pub(crate) fn chat() -> String {
    r#"{"choices":[{"delta":{"content":"tok"}}]}"#.to_owned()
}

/// Returns 32 KiB of prices.
pub(crate) fn prices() -> String {
    let price = price();
    let prices = vec![price.as_str(); 32 * 1024 / (price.len() + 1)];
    format!("[{}]", prices.join(","))
}
