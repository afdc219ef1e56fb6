//! An event with an `Rc` in a Leptos signal.
//= `Rc<u64>` can't be shared between threads, which Leptos asks of what is in a signal
//= use the hook of the same name that ends in `_local`, such as `use_event_local`

use std::rc::Rc;

use everstream::leptos::{UseEventSource, use_event_latest};
use futures_util::StreamExt;

fn component(source: UseEventSource) {
    let price = use_event_latest(source, |source| {
        source.on::<u64>("price").map(|item| item.map(Rc::new))
    });
    drop(price);
}

fn main() {}
