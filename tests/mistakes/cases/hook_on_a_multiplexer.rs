//! Subscribing to a multiplexer in place of one of its channels.
//= a hook can't subscribe to `Mux`
//= a multiplexer has channels: subscribe to what `use_channel` returns

use everstream::leptos::{UseMux, use_event};

fn component(mux: UseMux) {
    let price = use_event::<f64>(mux, "message");
    drop(price);
}

fn main() {}
