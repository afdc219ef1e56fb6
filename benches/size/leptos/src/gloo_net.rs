//! The page with a source of `gloo-net`, its events decoded by `serde_json`.

use futures_util::StreamExt;
use gloo_net::eventsource::State;
use gloo_net::eventsource::futures::EventSource;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::{Price, Shown};

pub(crate) fn prices() -> Shown {
    let price = RwSignal::new(None);
    let state = RwSignal::new("connecting");
    // The component drops the source and thereby closes it.
    let source = StoredValue::new_local(EventSource::new("/demo/ticker").ok());
    let events = source
        .try_update_value(|source| source.as_mut()?.subscribe("priceUpdate").ok())
        .flatten();
    if let Some(mut events) = events {
        spawn_local(async move {
            while let Some(Ok((_, message))) = events.next().await {
                let text = message.data().as_string().unwrap_or_default();
                if let Ok(latest) = serde_json::from_str::<Price>(&text) {
                    price.set(Some(latest));
                }
                let is_open = source.try_with_value(|source| {
                    let source = source.as_ref();
                    source.is_some_and(|source| source.state() == State::Open)
                });
                state.set(if is_open == Some(true) {
                    "live"
                } else {
                    "connecting"
                });
            }
            state.try_set("closed");
        });
    }
    Shown {
        price: price.into(),
        state: state.into(),
    }
}
