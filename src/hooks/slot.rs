//! [`Slot`], which holds a component's source.

use core::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

use super::source::Openable;
use everstream_core::Error;

/// The content of a slot.
#[derive(Clone, Debug)]
pub(super) enum Content<S> {
    Nothing,
    /// The source could not be built.
    Failed(Error),
    Source(S),
}

impl<S> Content<S> {
    /// Returns the content for a build result. Logs an error to the console, since a component that shows
    /// neither its state nor its errors would stay empty without explanation.
    pub(super) fn built(source: Result<S, Error>) -> Self {
        match source {
            Ok(source) => Self::Source(source),
            Err(error) => {
                crate::console::error(&error.to_string());
                Self::Failed(error)
            }
        }
    }
}

/// A listener for changes of a slot.
pub(super) trait Listener<S> {
    fn changed(&self, content: &Content<S>);
}

/// Holds the source that is open now, and notifies listeners when another one takes its place.
///
/// Listeners are notified before the code that opened the source returns, so the source knows all its
/// subscribers when it chooses its transport. Dropping the slot closes the source.
pub(super) struct Slot<S: Openable> {
    content: RefCell<Content<S>>,
    listeners: RefCell<Vec<Weak<dyn Listener<S>>>>,
}

impl<S: Openable> Slot<S> {
    pub(super) fn new() -> Self {
        Self {
            content: RefCell::new(Content::Nothing),
            listeners: RefCell::default(),
        }
    }

    pub(super) fn source(&self) -> Option<S> {
        match &*self.content.borrow() {
            Content::Source(source) => Some(source.clone()),
            Content::Nothing | Content::Failed(_) => None,
        }
    }

    /// Closes the current source and replaces it.
    pub(super) fn replace(&self, content: Content<S>) {
        let former = self.content.replace(content);
        if let Content::Source(source) = former {
            source.close();
        }
        self.listeners
            .borrow_mut()
            .retain(|listener| listener.strong_count() > 0);
        // Listeners may add another listener or replace the content, so nothing stays borrowed.
        let listeners = self.listeners.borrow().clone();
        let content = self.content.borrow().clone();
        for listener in listeners.iter().filter_map(Weak::upgrade) {
            listener.changed(&content);
        }
    }

    /// Notifies a listener of the current content, and of every change for as long as the listener exists.
    pub(super) fn listen(&self, listener: &Rc<impl Listener<S> + 'static>) {
        let weak: Weak<dyn Listener<S>> = Rc::downgrade(listener) as _;
        self.listeners.borrow_mut().push(weak);
        let content = self.content.borrow().clone();
        if !matches!(content, Content::Nothing) {
            listener.changed(&content);
        }
    }
}

impl<S: Openable> Drop for Slot<S> {
    fn drop(&mut self) {
        // A source ends with its component, even if other code has kept a handle.
        if let Content::Source(source) = self.content.get_mut() {
            source.close();
        }
    }
}

impl<S: Openable> fmt::Debug for Slot<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}
