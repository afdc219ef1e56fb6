//! The Yew hooks open nothing when they render on a server.

use everstream::yew::{use_event, use_event_list, use_event_source};
use everstream::{State, yew::List};
use yew::prelude::*;

#[component]
fn Price() -> Html {
    // No source can be built from this URL, so the state would show an attempt to build one.
    let source = use_event_source("http://[");
    let price = use_event::<u64>(&source, "price");
    let lines = use_event_list(&source, |source| source.on_text("line"), 10);
    assert!(source.source().is_none());
    // The calls have no effect where there is no source.
    source.close();
    source.reconnect();
    html! {
        <p>
            { price.latest } { price.error.map(|error| error.to_string()) }
            { lines.with(List::len) }
            { if matches!(source.state(), State::Idle) { "idle" } else { "busy" } }
        </p>
    }
}

#[tokio::test]
async fn a_server_renders_the_first_state_and_opens_nothing() {
    let html = yew::ServerRenderer::<Price>::new()
        .hydratable(false)
        .render()
        .await;
    assert_eq!(html, "<p>0idle</p>");
}
