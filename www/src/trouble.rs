//! What can go wrong in the page itself.

use wasm_bindgen::{JsCast, JsValue};

/// Why the page, or a request beside the streams, failed.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// `index.html` and this code do not fit together.
    #[error("the page has no element `{0}` of the right kind")]
    Missing(String),
    /// The demo server refused a request.
    #[error("{path} was answered with status {status}")]
    Status { path: String, status: u16 },
    /// The demo server answered what was not asked for.
    #[error("the answer of {path} was not understood: {reason}")]
    Answer { path: String, reason: String },
    /// The library refused an option.
    #[error(transparent)]
    Refused(#[from] everstream::Error),
    /// The browser threw.
    #[error("{0}")]
    Browser(String),
}

impl From<JsValue> for Trouble {
    fn from(thrown: JsValue) -> Self {
        Self::Browser(match thrown.dyn_ref::<js_sys::Error>() {
            Some(error) => String::from(error.message()),
            None => format!("{thrown:?}"),
        })
    }
}

impl From<Trouble> for JsValue {
    fn from(trouble: Trouble) -> Self {
        js_sys::Error::new(&trouble.to_string()).into()
    }
}
