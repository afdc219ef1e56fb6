//! The browser's console; outside of a browser nobody is there to hear it.

use crate::web::IS_BROWSER;

/// Warns on the console; outside of a browser nobody is there to hear it.
pub(crate) fn warn(text: &str) {
    if IS_BROWSER {
        web_sys::console::warn_1(&format!("everstream: {text}").into());
    }
}

/// Tells the console of an error that nothing else makes visible.
#[cfg(any(feature = "dioxus", feature = "leptos", feature = "yew"))]
pub(crate) fn error(text: &str) {
    if IS_BROWSER {
        web_sys::console::error_1(&format!("everstream: {text}").into());
    }
}
