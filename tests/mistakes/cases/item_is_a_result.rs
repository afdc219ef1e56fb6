//! An item taken for the event: it may be a gap.
//= no field `price` on type `Result<Price, everstream::Error>`

use everstream::Subscription;

#[derive(serde::Deserialize)]
struct Price {
    price: f64,
}

async fn watch(mut prices: Subscription<Price>) {
    while let Some(price) = prices.next().await {
        show(price.price);
    }
}

fn show(_: f64) {}

fn main() {}
