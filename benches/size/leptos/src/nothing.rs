//! The page without a source.

use leptos::prelude::*;

use crate::Shown;

pub(crate) fn prices() -> Shown {
    Shown {
        price: RwSignal::new(None).into(),
        state: RwSignal::new("connecting").into(),
    }
}
