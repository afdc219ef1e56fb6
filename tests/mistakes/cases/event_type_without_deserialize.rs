//! A type that serde can't read events into.
//= the trait bound `Price: serde::de::DeserializeOwned` is not satisfied

use everstream::EventSource;

struct Price;

fn watch(source: &EventSource) {
    let prices = source.on::<Price>("price");
    drop(prices);
}

fn main() {}
