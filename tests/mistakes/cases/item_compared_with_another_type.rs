//! The item of a subscription of one type, taken for another.
//= expected `Option<u64>`, found `Option<f64>`

use everstream::EventSource;

async fn watch(source: &EventSource) -> Option<u64> {
    let mut prices = source.on::<f64>("price").log_errors();
    prices.next().await
}

fn main() {}
