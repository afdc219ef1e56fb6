//! The events of the benchmarks.

use std::fmt::Write;
use std::time::UNIX_EPOCH;

use bytes::Bytes;

use super::stream::PIECE;
use crate::sse::{Event, OneLine};

/// The size of one large event's data, give or take a row.
const LARGE: usize = 32 << 10;

/// A stream that is sent in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Burst {
    Small,
    Ticker,
    Large,
    Drip,
}

impl Burst {
    pub(super) fn render(self, count: u32) -> Bytes {
        let mut body = Vec::new();
        match self {
            Self::Drip => body.extend_from_slice(&snapshot(1, count as usize * PIECE).encode()),
            _ => (1..=count).for_each(|n| body.extend_from_slice(&self.event(n).encode())),
        }
        body.extend_from_slice(&end().encode());
        body.into()
    }

    fn event(self, n: u32) -> Event {
        match self {
            Self::Small => Event::new(format!(r#"{{"n":{n}}}"#)).with_id(u64::from(n)),
            Self::Ticker => price(n),
            Self::Large | Self::Drip => snapshot(n, LARGE),
        }
    }
}

/// Returns a price update.
pub(super) fn price(n: u32) -> Event {
    let data = format!(r#"{{"symbol":"ACME","price":{}.5,"n":{n}}}"#, n % 1000);
    Event::new(data)
        .with_type(OneLine::from_static("priceUpdate"))
        .with_id(u64::from(n))
}

/// Returns an event that carries the time at which it is made.
pub(super) fn stamp(n: u32) -> Event {
    let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64() * 1000.0;
    Event::new(format!(r#"{{"at":{now:.3}}}"#))
        .with_type(OneLine::from_static("stamp"))
        .with_id(u64::from(n))
}

/// Returns the event that follows the last one.
pub(super) fn end() -> Event {
    Event::new("{}").with_type(OneLine::from_static("end"))
}

/// Returns a snapshot of as many rows as fit into `size` bytes.
fn snapshot(n: u32, size: usize) -> Event {
    let mut data = format!(r#"{{"n":{n},"rows":["#);
    for id in 1.. {
        let before = data.len();
        let comma = if id == 1 { "" } else { "," };
        write!(
            data,
            r#"{comma}{{"id":{id},"symbol":"ACME","price":{}.25,"open":{}}}"#,
            id % 1000,
            id % 3 == 0
        )
        .expect("a string takes everything");
        if id > 1 && data.len() + 2 > size {
            data.truncate(before);
            break;
        }
    }
    data.push_str("]}");
    Event::new(data)
        .with_type(OneLine::from_static("snapshot"))
        .with_id(u64::from(n))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn data(body: &Bytes) -> Vec<Value> {
        let text = std::str::from_utf8(body).unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    #[test]
    fn events_are_numbered_and_one_more_ends_the_stream() {
        for burst in [Burst::Small, Burst::Ticker, Burst::Large] {
            let events = data(&burst.render(3));
            let numbers: Vec<_> = events.iter().map(|event| event["n"].as_u64()).collect();
            assert_eq!(numbers, [Some(1), Some(2), Some(3), None], "{burst:?}");
        }
    }

    #[test]
    fn sizes_are_what_they_are_called() {
        let row = 64;
        let large = Burst::Large.render(1).len();
        assert!((LARGE - row..LARGE + row).contains(&large), "{large}");
        let drip = Burst::Drip.render(16);
        assert!(
            (16 * PIECE - row..16 * PIECE + row).contains(&drip.len()),
            "{}",
            drip.len()
        );
        assert_eq!(data(&drip).len(), 2);
    }
}
