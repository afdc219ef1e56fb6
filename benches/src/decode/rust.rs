//! The routes that stay in Rust. The text is there already, as after this library's parser.

use std::hint::black_box;

use super::payload::Payload;
use super::route::Route;

pub(crate) fn routes<T: Payload>(text: &str) -> Vec<Route<'_, T>> {
    vec![
        Route::new("text: serde_json::from_str", move || {
            serde_json::from_str(black_box(text)).expect("valid")
        }),
        Route::new("bytes: serde_json::from_slice", move || {
            serde_json::from_slice(black_box(text.as_bytes())).expect("valid")
        }),
    ]
}
