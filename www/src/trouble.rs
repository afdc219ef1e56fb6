//! Errors of the page itself.

use wasm_bindgen::{JsCast, JsValue};

/// The reason why the page, or a request besides the streams, failed.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// `index.html` and this code don't match.
    #[error("the page has no element `{0}` of the right kind")]
    Missing(String),
    /// The demo server refused a request.
    #[error("{path} was answered with status {status}")]
    Status { path: String, status: u16 },
    /// The demo server gave an unexpected answer.
    #[error("the answer of {path} was not understood: {reason}")]
    Answer { path: String, reason: String },
    /// The library refused an option.
    #[error(transparent)]
    Refused(#[from] everstream::Error),
    /// The browser threw an exception.
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
