//! The page with a source of this library.

use everstream::State;
use everstream::yew::{use_event, use_event_source};
use yew::prelude::*;

use crate::{Price, Shown};

#[hook]
pub(crate) fn use_prices() -> Shown {
    let source = use_event_source("/demo/ticker");
    Shown {
        price: use_event::<Price>(&source, "priceUpdate").latest,
        state: match source.state() {
            State::Open { .. } => "live",
            State::Closed { .. } => "closed",
            _ => "connecting",
        },
    }
}
