//! The Dioxus hooks open nothing when they render on a server.

use dioxus::prelude::*;
use everstream::State;
use everstream::dioxus::{
    use_channel, use_event, use_event_list, use_event_source, use_mux_provider,
};

#[component]
fn Price() -> Element {
    // No source can be built from these URLs, so the states would show an attempt to build one.
    let source = use_event_source("http://[");
    use_mux_provider("http://[");
    let channel = use_channel("price");
    let price = use_event::<u64>(source, "price");
    let lines = use_event_list(source, |source| source.on_text("line"), 10);
    assert!(source.source().is_none());
    // Both calls have no effect where there is no source.
    source.close();
    source.reconnect();
    let is_idle = |state: ReadSignal<State>| matches!(*state.read(), State::Idle);
    rsx! {
        p {
            {(price.latest)().map(|price| price.to_string())}
            {(price.error)().map(|error| error.to_string())}
            {lines.read().len().to_string()}
            if is_idle(source.state()) && is_idle(channel.state()) { "idle" }
        }
    }
}

#[tokio::test]
async fn a_server_renders_the_first_state_and_opens_nothing() {
    let mut dom = VirtualDom::new(Price);
    dom.rebuild_in_place();
    // Gives spawned tasks and effects their turn, so that anything they did would show.
    dom.wait_for_suspense().await;
    assert_eq!(dioxus::ssr::render(&dom), "<p>0idle</p>");
}

/// Servers drop a rendering when its client has gone, and run several renderings one after another on a
/// thread.
#[tokio::test]
async fn a_rendering_that_is_dropped_leaves_nothing() {
    for _ in 0..3 {
        let mut dom = VirtualDom::new(Price);
        dom.rebuild_in_place();
        drop(dom);
    }
}
