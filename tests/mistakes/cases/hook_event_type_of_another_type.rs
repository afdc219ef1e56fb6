//! A signal for an event type, where a function of signals is taken.
//= is not text that a hook can take
//= or a function such as `move || kind.get()`

use everstream::leptos::{UseEventSource, use_event};
use reactive_graph::signal::RwSignal;

fn component(source: UseEventSource, kind: RwSignal<String>) {
    let price = use_event::<f64>(source, kind);
    drop(price);
}

fn main() {}
