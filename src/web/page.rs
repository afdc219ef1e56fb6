//! The page's lifecycle, as signals.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Document, PageTransitionEvent, VisibilityState};

use super::Scope;
use everstream_core::connection::Signal;

/// Listens to the page until dropped.
#[derive(Debug)]
pub(crate) struct Page {
    document: Option<Document>,
    _listeners: Vec<EventListener>,
}

impl Page {
    /// Calls `on_signal` at each change. A worker only has the network's `online` and `offline`.
    pub(crate) fn watch(scope: &Scope, on_signal: impl Fn(Signal) + Clone + 'static) -> Self {
        let target = scope.as_event_target();
        let plain = |target, name, signal| {
            let on_signal = on_signal.clone();
            EventListener::new(target, name, move |_| on_signal(signal))
        };
        let mut listeners = vec![
            plain(target, "online", Signal::Online),
            plain(target, "offline", Signal::Offline),
        ];
        let document = match scope {
            Scope::Window(window) => window.document(),
            Scope::Worker(_) => None,
        };
        if let Some(document) = &document {
            listeners.push(plain(document, "resume", Signal::Thawed));
            let restored = on_signal.clone();
            listeners.push(EventListener::new(target, "pageshow", move |event| {
                let transition = event.dyn_ref::<PageTransitionEvent>();
                if transition.is_some_and(PageTransitionEvent::persisted) {
                    restored(Signal::Restored);
                }
            }));
            let changed = document.clone();
            listeners.push(EventListener::new(
                document,
                "visibilitychange",
                move |_| on_signal(visibility(&changed)),
            ));
        }
        Self {
            document,
            _listeners: listeners,
        }
    }

    pub(crate) fn is_hidden(&self) -> bool {
        self.document
            .as_ref()
            .is_some_and(|document| visibility(document) == Signal::Hidden)
    }
}

fn visibility(document: &Document) -> Signal {
    match document.visibility_state() {
        VisibilityState::Hidden => Signal::Hidden,
        _ => Signal::Visible,
    }
}
