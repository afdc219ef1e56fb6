//! Effects that run when their dependencies change, and the scope in which users' closures are called.

use core::cell::RefCell;
use std::rc::Rc;

use dioxus_core::{Runtime, ScopeId, current_scope_id, queue_effect, use_hook};

/// Runs after the first rendering, and after each one whose `deps` differ from the previous rendering's.
/// Never runs on a server, where effects do not run.
pub(super) fn use_after_change<D: PartialEq + Clone + 'static>(
    deps: D,
    run: impl FnOnce(D) + 'static,
) {
    let former = use_hook(|| Rc::new(RefCell::new(None::<D>)));
    if former.borrow().as_ref() != Some(&deps) {
        former.replace(Some(deps.clone()));
        queue_effect(move || run(deps));
    }
}

/// The component in whose scope users' closures are called.
#[derive(Clone)]
pub(super) struct Component {
    runtime: Rc<Runtime>,
    scope: ScopeId,
}

impl Component {
    pub(super) fn current() -> Self {
        Self {
            runtime: Runtime::current(),
            scope: current_scope_id(),
        }
    }

    /// Calls a user's closure in the component's scope, where it may use contexts and global signals. Events
    /// arrive outside of the framework's own calls, when no scope is current.
    pub(super) fn call<T>(&self, closure: impl FnOnce() -> T) -> T {
        self.runtime.in_scope(self.scope, closure)
    }
}
