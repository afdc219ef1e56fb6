//! The global scope: a window, or a worker of any kind.

use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventTarget, Performance, RequestInit, Window, WorkerGlobalScope};

use everstream_core::Error;
use everstream_core::http::{refusal_of_url, without_credentials};

/// Whether the target is a browser's. Elsewhere, also on WASI, calls of browser APIs panic.
pub(crate) const IS_BROWSER: bool = cfg!(all(target_arch = "wasm32", not(target_os = "wasi")));

/// The global scope.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    Window(Window),
    Worker(WorkerGlobalScope),
}

impl Scope {
    pub(crate) fn current() -> Result<Self, Error> {
        let unsupported = Error::Unsupported {
            what: "a browser's window or worker",
            remedy: "create the source on the client; when rendering on a server, leave it out",
        };
        if !IS_BROWSER {
            return Err(unsupported);
        }
        js_sys::global()
            .dyn_into()
            .map(Self::Window)
            .or_else(|global| global.dyn_into().map(Self::Worker))
            .map_err(|_| unsupported)
    }

    pub(crate) fn as_event_target(&self) -> &EventTarget {
        match self {
            Self::Window(window) => window,
            Self::Worker(worker) => worker,
        }
    }

    /// Calls `fetch` with a URL instead of a `Request`. Once `WebKit` has garbage-collected a `Request`, its
    /// abort signal has no effect, and the connection would stay open.
    pub(crate) fn fetch(&self, url: &str, init: &RequestInit) -> Promise {
        match self {
            Self::Window(window) => window.fetch_with_str_and_init(url, init),
            Self::Worker(worker) => worker.fetch_with_str_and_init(url, init),
        }
    }

    pub(crate) fn performance(&self) -> Option<Performance> {
        match self {
            Self::Window(window) => window.performance(),
            Self::Worker(worker) => worker.performance(),
        }
    }

    /// Whether the scope has a native `EventSource`; service workers have none.
    pub(crate) fn has_event_source(&self) -> bool {
        Reflect::has(self.as_event_target(), &JsValue::from_str("EventSource")).unwrap_or(false)
    }

    /// Resolves a URL as the standard's constructor does: against the document's base URL or the worker's own
    /// URL.
    pub(crate) fn resolve(&self, url: &str) -> Result<web_sys::Url, Error> {
        let base = match self {
            Self::Window(window) => window
                .document()
                .and_then(|document| document.base_uri().ok().flatten()),
            Self::Worker(worker) => Some(worker.location().href()),
        };
        let resolved = match &base {
            Some(base) => web_sys::Url::new_with_base(url, base),
            None => web_sys::Url::new(url),
        };
        let resolved = resolved.map_err(|_| Error::InvalidUrl {
            url: without_credentials(url),
            reason: match base {
                Some(base) => format!("it does not resolve against `{base}`"),
                None => "it is not absolute, and there is no base URL here".to_owned(),
            },
        })?;
        checked(resolved)
    }

    pub(crate) fn origin(&self) -> String {
        match self {
            Self::Window(window) => window.origin(),
            Self::Worker(worker) => worker.origin(),
        }
    }
}

/// Resolves a URL against another.
pub(crate) fn resolve_from(url: &str, base: &str) -> Result<web_sys::Url, Error> {
    let resolved = web_sys::Url::new_with_base(url, base);
    checked(resolved.map_err(|_| Error::InvalidUrl {
        url: without_credentials(url),
        reason: format!("it does not resolve against `{base}`"),
    })?)
}

/// Refuses a URL that can never be opened.
fn checked(url: web_sys::Url) -> Result<web_sys::Url, Error> {
    let has_credentials = !url.username().is_empty() || !url.password().is_empty();
    match refusal_of_url(&url.protocol(), has_credentials) {
        Some(reason) => Err(Error::InvalidUrl {
            url: without_credentials(&url.href()),
            reason,
        }),
        None => Ok(url),
    }
}
