//! The place in a component where its source is.

use core::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

use super::source::Openable;
use everstream_core::Error;

/// What is in a slot.
#[derive(Clone, Debug)]
pub(super) enum Content<S> {
    Nothing,
    /// The source could not be built.
    Failed(Error),
    Source(S),
}

impl<S> Content<S> {
    /// The content that building has led to. The console is told of an error: a component that shows neither
    /// its state nor its errors would stay empty without a word.
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

/// Someone who wants to know what is in a slot.
pub(super) trait Listener<S> {
    fn changed(&self, content: &Content<S>);
}

/// Holds the source that is open now, and tells those who listen when that is another one.
///
/// They are told before the code that opened the source returns: so the source knows all its
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

    /// Closes the source that is there and puts in another.
    pub(super) fn replace(&self, content: Content<S>) {
        let former = self.content.replace(content);
        if let Content::Source(source) = former {
            source.close();
        }
        self.listeners
            .borrow_mut()
            .retain(|listener| listener.strong_count() > 0);
        // Whoever is told may come with another listener, or put in something else.
        let listeners = self.listeners.borrow().clone();
        let content = self.content.borrow().clone();
        for listener in listeners.iter().filter_map(Weak::upgrade) {
            listener.changed(&content);
        }
    }

    /// Tells a listener what is here now, and from then on, for as long as it exists.
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
        // Also where somebody kept a handle: what a component opened ends with it.
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
