//! Subscribing to a builder.
//= no method named `on` found for struct `EventSourceBuilder`

use everstream::EventSource;

fn watch() {
    let prices = EventSource::builder("/prices").on::<f64>("price");
    drop(prices);
}

fn main() {}
