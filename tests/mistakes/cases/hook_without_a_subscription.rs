//! A closure that subscribes and returns nothing.
//= `()` is nothing that a hook can read events from
//= return what `on`, `on_text`, `events` or `raw` returns, without awaiting it

use everstream::leptos::{UseEventSource, use_event_latest};

fn component(source: UseEventSource) {
    let line = use_event_latest(source, |source| {
        drop(source.on_text("line"));
    });
    drop(line);
}

fn main() {}
