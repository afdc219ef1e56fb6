//! The page without a source.

use yew::prelude::*;

use crate::Shown;

#[hook]
pub(crate) fn use_prices() -> Shown {
    let price = use_state(|| None);
    let state = use_state(|| "connecting");
    Shown {
        price: (*price).clone(),
        state: *state,
    }
}
