//! The next item without awaiting it.
//= expected `Next<'_, Subscription<f64>>`, found `Option<_>`

use everstream::Subscription;

async fn watch(mut prices: Subscription<f64>) {
    while let Some(price) = prices.next() {
        drop(price);
    }
}

fn main() {}
