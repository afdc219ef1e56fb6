//! Subscribing to the `Result` that opening returns.
//= no method named `on` found for enum `Result<T, E>`
//= use the `?` operator to extract the `EventSource` value

use everstream::{Error, EventSource};

fn watch() -> Result<(), Error> {
    let prices = EventSource::new("/prices").on::<f64>("price");
    drop(prices);
    Ok(())
}

fn main() {}
