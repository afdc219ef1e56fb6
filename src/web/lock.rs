//! A lock that at most one tab of an origin holds, by the Web Locks API.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

use super::Scope;

/// One tab's side of a named lock: requests it, holds it and releases it. Dropping it releases the lock.
///
/// `web-sys` marks this interface as unstable, so its members are called by name.
pub(crate) struct WebLock {
    manager: JsValue,
    request: Function,
    name: String,
    on_change: Rc<dyn Fn(LockChange)>,
    present: RefCell<Option<Rc<Request>>>,
}

/// A change of the lock's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockChange {
    /// This tab holds the lock.
    Held,
    /// The lock was taken away.
    Lost,
    /// The lock is not available here.
    Refused,
}

/// One request, until it is settled.
#[derive(Default)]
struct Request {
    /// Aborts the wait. A steal has none, since it doesn't wait.
    controller: Option<AbortController>,
    /// Releases the lock while it is held.
    release: RefCell<Option<Function>>,
    was_granted: Cell<bool>,
    /// The request is no longer wanted.
    is_over: Cell<bool>,
}

impl WebLock {
    /// Creates the lock. `None` if the API is missing, as on insecure origins. Where the API exists but
    /// refuses locks, as in a sandboxed frame, `on_change` receives [`LockChange::Refused`].
    pub(crate) fn new(
        scope: &Scope,
        name: &str,
        on_change: impl Fn(LockChange) + 'static,
    ) -> Option<Self> {
        let global: &JsValue = scope.as_event_target();
        let navigator = Reflect::get(global, &JsValue::from_str("navigator")).ok()?;
        let manager = Reflect::get(&navigator, &JsValue::from_str("locks")).ok()?;
        if manager.is_undefined() {
            return None;
        }
        let request = Reflect::get(&manager, &JsValue::from_str("request")).ok()?;
        Some(Self {
            manager,
            request: request.dyn_into().ok()?,
            name: name.to_owned(),
            on_change: Rc::new(on_change),
            present: RefCell::default(),
        })
    }

    /// Queues for the lock.
    pub(crate) fn request(&self) {
        self.release();
        let controller = AbortController::new().ok();
        let options = Object::new();
        if let Some(controller) = &controller {
            set(&options, "signal", &controller.signal());
        }
        self.ask(&options, controller);
    }

    /// Takes the lock from its present holder.
    pub(crate) fn steal(&self) {
        self.release();
        let options = Object::new();
        set(&options, "steal", &JsValue::TRUE);
        self.ask(&options, None);
    }

    /// Releases the lock, or leaves the queue.
    pub(crate) fn release(&self) {
        if let Some(request) = self.present.take() {
            request.end();
        }
    }

    fn ask(&self, options: &Object, controller: Option<AbortController>) {
        let request = Rc::new(Request {
            controller,
            ..Request::default()
        });
        let granted = {
            let request = Rc::clone(&request);
            let on_change = Rc::clone(&self.on_change);
            Closure::<dyn FnMut() -> Promise>::new(move || {
                // This promise settles when the lock is released.
                let held = Promise::new(&mut |release, _| {
                    *request.release.borrow_mut() = Some(release);
                });
                request.was_granted.set(true);
                if request.is_over.get() {
                    request.end();
                } else {
                    on_change(LockChange::Held);
                }
                held
            })
        };
        let arguments = js_sys::Array::of3(
            &JsValue::from_str(&self.name),
            options,
            granted.as_ref().unchecked_ref(),
        );
        let settled = Reflect::apply(&self.request, &self.manager, &arguments);
        *self.present.borrow_mut() = Some(Rc::clone(&request));
        let on_change = Rc::clone(&self.on_change);
        spawn_local(async move {
            if let Ok(settled) = settled.and_then(JsCast::dyn_into::<Promise>) {
                // The promise rejects if the lock is refused or stolen, and fulfils if it is released.
                let _ = JsFuture::from(settled).await;
            }
            if !request.is_over.replace(true) {
                on_change(if request.was_granted.get() {
                    LockChange::Lost
                } else {
                    LockChange::Refused
                });
            }
            drop(granted);
        });
    }
}

impl Request {
    fn end(&self) {
        self.is_over.set(true);
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        } else if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

impl Drop for WebLock {
    fn drop(&mut self) {
        self.release();
    }
}

fn set(options: &Object, name: &str, value: &JsValue) {
    // `Reflect.set` fails only on values that are not objects.
    let _ = Reflect::set(options, &JsValue::from_str(name), value);
}
