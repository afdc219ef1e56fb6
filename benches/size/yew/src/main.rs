//! A page with the price of a share and the state of its source. It shows what the source adds to the size.

use std::rc::Rc;

use yew::prelude::*;

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
    price: Option<Rc<Price>>,
    state: &'static str,
}

#[component]
fn App() -> Html {
    let Shown { price, state } = source::use_prices();
    html! {
        <>
            <p>{ price.map(|price| format!("{}: {}", price.symbol, price.price)) }</p>
            <p>{ state }</p>
        </>
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
