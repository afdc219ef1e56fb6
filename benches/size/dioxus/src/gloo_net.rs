//! The page with a source of `gloo-net`, its events decoded by `serde_json`.

use std::rc::Rc;

use dioxus::prelude::*;
use futures_util::StreamExt;
use gloo_net::eventsource::State;
use gloo_net::eventsource::futures::EventSource;
use wasm_bindgen_futures::spawn_local;

use crate::{Price, Shown};

pub(crate) fn use_prices() -> Shown {
    let mut price = use_signal(|| None);
    let mut state = use_signal(|| "connecting");
    let mut opened = use_signal(|| None);
    use_effect(move || {
        let mut source = EventSource::new("/demo/ticker").ok();
        let events = source
            .as_mut()
            .and_then(|source| source.subscribe("priceUpdate").ok());
        // The component drops the source and thereby closes it.
        let source = Rc::new(source);
        let watched = Rc::downgrade(&source);
        opened.set(Some(source));
        if let Some(mut events) = events {
            spawn_local(async move {
                while let Some(Ok((_, message))) = events.next().await {
                    let text = message.data().as_string().unwrap_or_default();
                    if let Ok(latest) = serde_json::from_str::<Price>(&text) {
                        price.set(Some(latest));
                    }
                    let source = watched.upgrade();
                    let source = source.as_deref().and_then(Option::as_ref);
                    let is_open = source.is_some_and(|source| source.state() == State::Open);
                    state.set(if is_open { "live" } else { "connecting" });
                }
                state.set("closed");
            });
        }
    });
    Shown {
        price: price(),
        state: state(),
    }
}
