//! The next item without awaiting it.
//= found `Option<_>`

use everstream::Subscription;

async fn watch(mut prices: Subscription<f64>) {
    while let Some(price) = prices.next() {
        drop(price);
    }
}

fn main() {}
