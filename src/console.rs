//! The browser's console.

use crate::web::IS_BROWSER;

/// Warns on the console; outside of a browser nobody is there to hear it.
pub(crate) fn warn(text: &str) {
    if IS_BROWSER {
        web_sys::console::warn_1(&format!("everstream: {text}").into());
    }
}
