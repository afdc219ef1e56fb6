//! The interactive part of the page.

use everstream::State;
use everstream::leptos::{use_event, use_event_reduce, use_event_source};
use leptos::prelude::*;
use serde::Deserialize;

#[derive(Clone, Deserialize)]
struct PriceUpdate {
    symbol: String,
}

#[component]
pub fn Prices() -> impl IntoView {
    let source = use_event_source("/demo/ticker");
    let latest = use_event::<PriceUpdate>(source, "priceUpdate").latest;
    let updates = use_event_reduce(
        source,
        |source| source.on::<PriceUpdate>("priceUpdate"),
        || 0,
        |updates, item| *updates += u32::from(item.is_ok()),
    );
    let state = source.state();
    let spelled = move || match state.get() {
        State::Idle => "idle",
        State::Open { .. } => "live",
        State::Closed { .. } => "closed",
        _ => "connecting",
    };
    view! {
        <p class="state">{spelled}</p>
        <p class="updates">{updates}</p>
        <p class="latest">{move || latest.get().map(|update| update.symbol)}</p>
        <button on:click=move |_| source.close()>"Close"</button>
    }
}
