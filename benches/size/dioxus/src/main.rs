//! A page with the price of a share and the state of its source. It shows what the source adds to the size.

use dioxus::prelude::*;

#[cfg(not(any(feature = "everstream", feature = "gloo-net")))]
#[path = "nothing.rs"]
mod source;
#[cfg(feature = "everstream")]
#[path = "everstream.rs"]
mod source;
#[cfg(all(feature = "gloo-net", not(feature = "everstream")))]
#[path = "gloo_net.rs"]
mod source;

/// The payload of the server's events.
#[derive(Clone)]
#[cfg_attr(
    any(feature = "everstream", feature = "gloo-net"),
    derive(serde::Deserialize)
)]
struct Price {
    symbol: String,
    price: f64,
}

/// The two texts of the page.
struct Shown {
    price: Option<Price>,
    state: &'static str,
}

#[component]
fn App() -> Element {
    let Shown { price, state } = source::use_prices();
    rsx! {
        p { {price.map(|price| format!("{}: {}", price.symbol, price.price))} }
        p { "{state}" }
    }
}

fn main() {
    dioxus::launch(App);
}
