//! Many components with one channel each, which count their renderings.

use everstream::yew::{EverstreamProvider, use_channel, use_event};
use yew::prelude::*;

use crate::forms::WantedProps;
use crate::number;
use crate::support::renderings::{channel, rendered};
use crate::support::{Tick, spell};

#[component]
pub(crate) fn Widgets(WantedProps { wanted }: &WantedProps) -> Html {
    let widget = |number| html! { <Widget key={number} {number}/> };
    // The widgets form a list of their own, because Yew ignores keys beside a sibling without one.
    let widgets: Html = (0..wanted.count()).map(widget).collect();
    html! {
        <EverstreamProvider url={wanted.url()}>
            <p class="state"></p>
            { widgets }
        </EverstreamProvider>
    }
}

#[derive(Properties, PartialEq)]
struct WidgetProps {
    number: usize,
}

#[component]
fn Widget(props: &WidgetProps) -> Html {
    rendered(props.number);
    let channel = use_channel(channel(props.number));
    let latest = use_event::<Tick>(&channel, "message").latest;
    html! {
        <>
            <p class={format!("state-{}", props.number)}>{ spell(channel.state()) }</p>
            <p class={format!("latest-{}", props.number)}>{ number(latest.map(|tick| tick.n)) }</p>
        </>
    }
}
