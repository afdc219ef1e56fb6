//! A type that serde can't read events into.
//= the data of events can't be read into `Price`
//= derive it: `#[derive(serde::Deserialize)]`

use everstream::EventSource;

struct Price;

fn watch(source: &EventSource) {
    let prices = source.on::<Price>("price");
    drop(prices);
}

fn main() {}
