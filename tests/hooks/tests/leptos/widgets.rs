//! Many components with one channel each, which count their renderings.

#![allow(
    unreachable_pub,
    reason = "`component` repeats `pub` for what it makes of it"
)]

use everstream::leptos::{provide_mux, use_channel, use_event};
use leptos::prelude::*;

use crate::support::renderings::{channel, rendered};
use crate::support::{Tick, Wanted, spell};

#[component]
pub(crate) fn Widgets(wanted: RwSignal<Option<Wanted>>) -> impl IntoView {
    provide_mux(move || wanted.get().as_ref().map(Wanted::options));
    let count = move || wanted.with(|wanted| wanted.as_ref().map_or(0, Wanted::count));
    view! {
        <p class="state"></p>
        <For each=move || 0..count() key=|number| *number let(number)>
            <Widget number/>
        </For>
    }
}

#[component]
fn Widget(number: usize) -> impl IntoView {
    let channel = use_channel(channel(number));
    let latest = use_event::<Tick>(channel, "message").latest;
    let state = channel.state();
    let state = move || {
        rendered(number);
        state.with(spell)
    };
    let latest = move || {
        rendered(number);
        crate::number(latest.get().map(|tick| tick.n))
    };
    view! {
        <p class=format!("state-{number}")>{state}</p>
        <p class=format!("latest-{number}")>{latest}</p>
    }
}
