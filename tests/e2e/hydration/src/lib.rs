//! A page that a server renders and a browser hydrates: whole, or only its islands with the feature
//! `islands`.

#![allow(
    unreachable_pub,
    clippy::must_use_candidate,
    reason = "`component` and `island` repeat `pub` for what they make of it, and leave attributes out"
)]

mod prices;

use leptos::prelude::*;
use prices::Prices;

/// The content of the page's body.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <h1>"Prices"</h1>
        <main>
            <Part/>
        </main>
    }
}

#[cfg(feature = "islands")]
#[island]
fn Part() -> impl IntoView {
    view! { <Prices/> }
}

#[cfg(not(feature = "islands"))]
#[component]
fn Part() -> impl IntoView {
    view! { <Prices/> }
}

/// Hydrates what the server has rendered. Leptos' script calls this function by its name.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    #[cfg(feature = "islands")]
    leptos::mount::hydrate_islands();
    #[cfg(not(feature = "islands"))]
    leptos::mount::hydrate_body(App);
}
