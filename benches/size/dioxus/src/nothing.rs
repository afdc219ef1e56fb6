//! The page without a source.

use dioxus::prelude::*;

use crate::Shown;

pub(crate) fn use_prices() -> Shown {
    let price = use_signal(|| None);
    let state = use_signal(|| "connecting");
    Shown {
        price: price(),
        state: state(),
    }
}
