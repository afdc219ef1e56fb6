//! Whether an element is visible, so that an invisible plot isn't drawn.

use core::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

use crate::trouble::Trouble;

/// Watches one element until it is dropped.
#[derive(Debug)]
pub(crate) struct Visibility {
    visible: Rc<Cell<bool>>,
    observer: IntersectionObserver,
    _callback: Closure<dyn FnMut(js_sys::Array)>,
}

impl Visibility {
    pub(crate) fn of(element: &Element) -> Result<Self, Trouble> {
        let visible = Rc::new(Cell::new(false));
        let seen = Rc::clone(&visible);
        let callback = Closure::new(move |entries: js_sys::Array| {
            // The last entry is the newest.
            if let Ok(entry) = entries.pop().dyn_into::<IntersectionObserverEntry>() {
                seen.set(entry.is_intersecting());
            }
        });
        let observer = IntersectionObserver::new(callback.as_ref().unchecked_ref())?;
        observer.observe(element);
        Ok(Self {
            visible,
            observer,
            _callback: callback,
        })
    }

    pub(crate) fn get(&self) -> bool {
        self.visible.get()
    }
}

impl Drop for Visibility {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
