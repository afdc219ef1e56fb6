//! A type that borrows from the event, which is gone when the item is read.
//= `Price<'_>` must implement `Deserialize<'0>`, for any lifetime `'0`

use everstream::EventSource;

#[derive(serde::Deserialize)]
struct Price<'a> {
    symbol: &'a str,
}

fn watch(source: &EventSource) {
    let prices = source.on::<Price<'_>>("price");
    drop(prices);
}

fn main() {}
