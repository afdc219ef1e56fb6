//! The Leptos hooks open nothing when they render on a server.

use std::sync::Once;

use everstream::leptos::{use_event, use_event_list, use_event_source};
use everstream::{EventSource, State};
use leptos::prelude::*;

#[component]
fn Price() -> impl IntoView {
    // No source can be built from this URL, so the state would show an attempt to build one.
    let source = use_event_source(|| EventSource::builder("http://["));
    let price = use_event::<u64>(source, "price");
    let lines = use_event_list(source, |source| source.on_text("line"), 10);
    let state = source.state();
    assert!(source.source().is_none());
    // The calls have no effect where there is no source.
    source.close();
    source.reconnect();
    source.reopen();
    view! {
        <p>
            {move || price.latest.get()} {move || price.error.get().map(|error| error.to_string())}
            {move || lines.with(everstream::leptos::List::len)}
            {move || matches!(state.get(), State::Idle).then_some("idle")}
        </p>
    }
}

fn render() -> String {
    static EXECUTOR: Once = Once::new();
    EXECUTOR.call_once(|| any_spawner::Executor::init_tokio().expect("no other executor"));
    let owner = Owner::new();
    let html = owner.with(|| view! { <Price/> }.to_html());
    owner.cleanup();
    html
}

#[tokio::test]
async fn a_server_renders_the_first_state_and_opens_nothing() {
    let html = render();
    assert!(html.contains("idle"), "{html}");
    assert!(html.contains('0'), "{html}");
    // Gives spawned tasks their turn, so that anything they did would show.
    tokio::task::yield_now().await;
}

/// Servers render on many threads, and drop on one thread what another has created.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_rendered_on_one_thread_is_dropped_on_another() {
    render();
    let owner = Owner::new();
    let view = owner.with(|| view! { <Price/> });
    let html = std::thread::spawn(move || {
        let html = owner.with(|| view.to_html());
        drop(owner);
        html
    });
    assert!(html.join().expect("no panic").contains("idle"));
}
