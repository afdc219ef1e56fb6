//! A subscription that was given away.
//= borrow of moved value: `prices`

use everstream::Subscription;

async fn watch(mut prices: Subscription<f64>) {
    let shown = prices.log_errors();
    let price = prices.next().await;
    drop((shown, price));
}

fn main() {}
