//! Messages on the browser's console.

use crate::web::IS_BROWSER;

/// Logs a warning on the console. Does nothing outside a browser.
pub(crate) fn warn(text: &str) {
    if IS_BROWSER {
        web_sys::console::warn_1(&format!("everstream: {text}").into());
    }
}

/// Logs an error on the console, for errors that nothing else makes visible. Does nothing outside a browser.
#[cfg(any(feature = "dioxus", feature = "leptos", feature = "yew"))]
pub(crate) fn error(text: &str) {
    if IS_BROWSER {
        web_sys::console::error_1(&format!("everstream: {text}").into());
    }
}
