//! A source that belongs to a component.

use core::fmt;
use std::rc::Rc;

use reactive_graph::effect::Effect;
use reactive_graph::owner::{Owner, StoredValue, on_cleanup};
use reactive_graph::signal::{ArcRwSignal, ReadSignal, RwSignal};
use reactive_graph::traits::{Get, Set, Update, UpdateValue};
use send_wrapper::SendWrapper;

use super::options::Given;
use crate::hooks::attachment::StateWatch;
use crate::hooks::slot::Slot;
use crate::hooks::{Openable, SourceOptions};
use crate::source::{EventSource, EventSourceBuilder};
use everstream_core::Error;
use everstream_core::connection::State;

/// Opens a source that is closed when the component is unmounted.
///
/// `options` are a URL, an [`EventSourceBuilder`](crate::EventSourceBuilder), an `Option` of these,
/// or a signal of one of these or a function that returns one. When the signal changes, or one that the
/// function reads, the source is closed and another is opened; of URLs only when they differ. What was made of the
/// events of the former source is set back then. `None` closes the source and keeps what has been
/// received.
///
/// A value that changes without being a reason to reopen, such as a token, belongs in
/// [`headers_with`](crate::EventSourceBuilder::headers_with), or is read with `get_untracked`.
pub fn use_event_source<Kind>(options: impl Given<SourceOptions, Kind>) -> UseEventSource {
    use_opened(options, EventSourceBuilder::build)
}

/// Keeps open what `build` makes of the options.
pub(super) fn use_opened<S: Openable, Kind>(
    options: impl Given<SourceOptions, Kind>,
    build: impl Fn(EventSourceBuilder) -> Result<S, Error> + 'static,
) -> UseSource<S> {
    let source = UseSource::new();
    let options = options.given();
    let mut before: Option<(u32, SourceOptions)> = None;
    effect(Box::new(move || {
        let again = source.again.get();
        let wanted = options();
        let former = before.replace((again, wanted.clone()));
        let is_open =
            former.is_some_and(|(number, former)| number == again && wanted.is_same_as(&former));
        if !is_open && let Some(slot) = source.slot() {
            slot.replace(wanted.open(&build));
        }
    }));
    source
}

/// Runs in an effect. By a box: an effect of each closure's own is more code than all that is done in it.
pub(super) fn effect(run: Box<dyn FnMut()>) {
    Effect::new(run);
}

/// A component's [`EventSource`], by [`use_event_source`].
pub type UseEventSource = UseSource<EventSource>;

/// A source that belongs to a component. It can be passed to others, which can subscribe too.
pub struct UseSource<S: Openable> {
    /// Filled in the browser only: what is in there must not leave its thread, and a server renders
    /// on many.
    slot: StoredValue<Option<SendWrapper<Mounted<S>>>>,
    state: ReadSignal<State>,
    set_state: StoredValue<ArcRwSignal<State>>,
    /// Counts the calls of `reopen`.
    again: RwSignal<u32>,
}

/// What is there while the component is mounted.
struct Mounted<S: Openable> {
    slot: Rc<Slot<S>>,
    /// Listens for as long as it exists.
    _states: Rc<dyn core::any::Any>,
}

impl<S: Openable> UseSource<S> {
    pub(super) fn new() -> Self {
        if Owner::current().is_none() {
            crate::console::warn(
                "a hook was called outside of a component, so that nothing closes what it opens; call it in \
                 the component's function, not in an event handler or a spawned task",
            );
        }
        let state = ArcRwSignal::new(State::Idle);
        let slot = StoredValue::new(None);
        on_cleanup(move || {
            // Taken out first: what is dropped in there must not find the store locked.
            let mounted = slot.try_update_value(Option::take);
            drop(mounted);
        });
        Self {
            slot,
            state: state.read_only().into(),
            set_state: StoredValue::new(state),
            again: RwSignal::new(0),
        }
    }

    /// The state of the connection.
    #[must_use]
    pub fn state(&self) -> ReadSignal<State> {
        self.state
    }

    /// The source itself, for what the hooks do not offer; `None` unless one is open, and so always
    /// on a server.
    #[must_use]
    pub fn source(&self) -> Option<S> {
        self.slot
            .try_update_value(|slot| slot.as_ref()?.slot.source())?
    }

    /// The slot, unless the component has been unmounted. For effects: they run in the browser only.
    pub(super) fn slot(&self) -> Option<Rc<Slot<S>>> {
        let set_state = self.set_state.try_update_value(|state| state.clone())?;
        self.slot.try_update_value(|mounted| {
            let mounted = mounted.get_or_insert_with(|| {
                let slot = Rc::new(Slot::new());
                let states = StateWatch::new(move |state| set_state.set(state));
                slot.listen(&states);
                SendWrapper::new(Mounted {
                    slot,
                    _states: states,
                })
            });
            Rc::clone(&mounted.slot)
        })
    }
}

impl UseSource<EventSource> {
    /// Closes the source for good, and keeps what has been received.
    pub fn close(&self) {
        if let Some(source) = self.source() {
            source.close();
        }
    }

    /// Drops the connection and connects anew at once, resuming. Without effect once closed.
    pub fn reconnect(&self) {
        if let Some(source) = self.source() {
            source.reconnect();
        }
    }

    /// Closes the source, if it is open, and opens another with the same options: the button to try
    /// again with.
    pub fn reopen(&self) {
        self.again.update(|again| *again = again.wrapping_add(1));
    }
}

#[expect(
    clippy::expl_impl_clone_on_copy,
    reason = "a derive would ask as much of what it is of"
)]
impl<S: Openable> Clone for UseSource<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Openable> Copy for UseSource<S> {}

impl<S: Openable> fmt::Debug for UseSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseSource").finish_non_exhaustive()
    }
}
