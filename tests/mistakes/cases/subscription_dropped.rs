//! A subscription that nobody keeps.
//= unused `Subscription` that must be used
//= a subscription that is dropped receives nothing
#![deny(unused_must_use)]

use everstream::EventSource;

fn watch(source: &EventSource) {
    source.on::<f64>("price");
}

fn main() {}
