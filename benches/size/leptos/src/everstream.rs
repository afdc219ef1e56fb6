//! The page with a source of this library.

use everstream::State;
use everstream::leptos::{use_event, use_event_source};
use leptos::prelude::*;

use crate::{Price, Shown};

pub(crate) fn prices() -> Shown {
    let source = use_event_source("/demo/ticker");
    let state = source.state();
    Shown {
        price: use_event::<Price>(source, "priceUpdate").latest.into(),
        state: Signal::derive(move || match state.get() {
            State::Open { .. } => "live",
            State::Closed { .. } => "closed",
            _ => "connecting",
        }),
    }
}
