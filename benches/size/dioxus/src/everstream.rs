//! The page with a source of this library.

use dioxus::prelude::*;
use everstream::State;
use everstream::dioxus::{use_event, use_event_source};

use crate::{Price, Shown};

pub(crate) fn use_prices() -> Shown {
    let source = use_event_source("/demo/ticker");
    let price = use_event::<Price>(source, "priceUpdate").latest;
    Shown {
        price: price(),
        state: match *source.state().read() {
            State::Open { .. } => "live",
            State::Closed { .. } => "closed",
            _ => "connecting",
        },
    }
}
