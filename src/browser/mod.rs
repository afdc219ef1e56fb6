//! The small parts of the browser that are not the connection: scope, clocks, turns of the event
//! loop, the page's life. Each is a translation without a decision.

mod clock;
mod macrotask;
mod page;
mod scope;

pub(crate) use clock::BrowserClock;
pub(crate) use macrotask::Macrotask;
pub(crate) use page::Page;
pub(crate) use scope::Scope;

use wasm_bindgen::{JsCast, JsValue};

/// What a thrown value says of itself.
pub(crate) fn describe(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    }
}
