//! A page with the price of a share and the state of its source. It shows what the source adds to the size.

use leptos::prelude::*;

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
    price: Signal<Option<Price>>,
    state: Signal<&'static str>,
}

fn main() {
    leptos::mount::mount_to_body(|| {
        let Shown { price, state } = source::prices();
        let price = move || {
            let price = price.get();
            price.map(|price| format!("{}: {}", price.symbol, price.price))
        };
        view! {
            <p>{price}</p>
            <p>{move || state.get()}</p>
        }
    });
}
