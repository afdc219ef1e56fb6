//! Reports when a page is suspended and when it is active again.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{PageTransitionEvent, VisibilityState};

use super::Scope;

/// Listens until dropped. A worker has no such events.
pub(crate) struct Sleep {
    _listeners: Vec<EventListener>,
}

impl Sleep {
    /// Calls `on_change(true)` when the page is frozen, put into the back/forward cache or closed. Calls
    /// `on_change(false)` when the page is active again, and whenever it becomes visible, since not every
    /// browser reports a freeze.
    pub(crate) fn watch(scope: &Scope, on_change: impl Fn(bool) + Clone + 'static) -> Self {
        let mut listeners = Vec::new();
        if let Scope::Window(window) = scope {
            let changed = on_change.clone();
            listeners.push(EventListener::new(window, "pagehide", move |_| {
                changed(true);
            }));
            let changed = on_change.clone();
            listeners.push(EventListener::new(window, "pageshow", move |event| {
                let transition = event.dyn_ref::<PageTransitionEvent>();
                if transition.is_some_and(PageTransitionEvent::persisted) {
                    changed(false);
                }
            }));
            if let Some(document) = window.document() {
                let changed = on_change.clone();
                let frozen = move |_: &web_sys::Event| changed(true);
                listeners.push(EventListener::new(&document, "freeze", frozen));
                let thawed = on_change.clone();
                listeners.push(EventListener::new(&document, "resume", move |_| {
                    thawed(false);
                }));
                let shown = document.clone();
                listeners.push(EventListener::new(
                    &document,
                    "visibilitychange",
                    move |_| {
                        if shown.visibility_state() == VisibilityState::Visible {
                            on_change(false);
                        }
                    },
                ));
            }
        }
        Self {
            _listeners: listeners,
        }
    }
}
