//! The browser's console.

/// Warns on the console; outside of a browser nobody is there to hear it.
pub(crate) fn warn(text: &str) {
    if cfg!(target_arch = "wasm32") {
        web_sys::console::warn_1(&format!("everstream: {text}").into());
    }
}
