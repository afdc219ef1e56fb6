//! Many components with one channel each, which count their renderings.

use dioxus::prelude::*;
use everstream::dioxus::{use_channel, use_event, use_mux_provider};

use crate::support::renderings::{channel, rendered};
use crate::support::{Tick, Wanted, spell};

#[component]
pub(crate) fn Widgets(wanted: Wanted) -> Element {
    use_mux_provider(wanted.url());
    rsx! {
        p { class: "state" }
        for number in 0..wanted.count() {
            Widget { key: "{number}", number }
        }
    }
}

#[component]
fn Widget(number: usize) -> Element {
    rendered(number);
    let channel = use_channel(channel(number));
    let latest = use_event::<Tick>(channel, "message").latest;
    rsx! {
        p { class: "state-{number}", {spell(&channel.state().read())} }
        p { class: "latest-{number}", {crate::number(latest().map(|tick| tick.n))} }
    }
}
