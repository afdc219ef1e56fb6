//! An adapter that has thrown the errors away.
//= is nothing that a hook can read events from
//= or an adapter whose items are `Result<T, everstream::Error>`, such as `.map(|item| item.map(change))`

use everstream::leptos::{UseEventSource, use_event_latest};
use futures_util::StreamExt;

fn component(source: UseEventSource) {
    let bytes = use_event_latest(source, |source| {
        source.on::<u64>("bytes").map(|item| item.unwrap_or(0))
    });
    drop(bytes);
}

fn main() {}
