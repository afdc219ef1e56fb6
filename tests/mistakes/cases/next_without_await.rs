//! The next item without awaiting it.
//= expected future, found `Option<_>`
//= consider `await`ing on the `Future`

use everstream::Subscription;

async fn watch(mut prices: Subscription<f64>) {
    while let Some(price) = prices.next() {
        drop(price);
    }
}

fn main() {}
