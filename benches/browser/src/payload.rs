//! The payloads of the events.

use serde::Deserialize;

/// The payload of one event type.
pub(crate) trait Payload {
    const EVENT_TYPE: &str;

    /// Returns a number that depends on all fields. The page computes the same number.
    fn weight(&self) -> f64;
}

/// A minimal payload.
#[derive(Debug, Deserialize)]
pub(crate) struct Small {
    n: u32,
}

impl Payload for Small {
    const EVENT_TYPE: &str = "message";

    fn weight(&self) -> f64 {
        f64::from(self.n)
    }
}

/// An update of a price.
#[derive(Debug, Deserialize)]
pub(crate) struct Price {
    symbol: String,
    #[serde(rename = "price")]
    value: f64,
    n: u32,
}

impl Payload for Price {
    const EVENT_TYPE: &str = "priceUpdate";

    fn weight(&self) -> f64 {
        f64::from(self.n) + self.value + length(&self.symbol)
    }
}

/// A table.
#[derive(Debug, Deserialize)]
pub(crate) struct Snapshot {
    n: u32,
    rows: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: u32,
    symbol: String,
    price: f64,
    open: bool,
}

impl Payload for Snapshot {
    const EVENT_TYPE: &str = "snapshot";

    fn weight(&self) -> f64 {
        self.rows.iter().fold(f64::from(self.n), |sum, row| {
            let open = f64::from(u8::from(row.open));
            sum + f64::from(row.id) + row.price + open + length(&row.symbol)
        })
    }
}

fn length(text: &str) -> f64 {
    u32::try_from(text.len()).map_or(f64::INFINITY, f64::from)
}
