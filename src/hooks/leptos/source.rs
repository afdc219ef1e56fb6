//! Hooks for a source that belongs to a component.

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

/// Opens a source, and closes it when the component is unmounted.
///
/// `options` are a URL, an [`EventSourceBuilder`](crate::EventSourceBuilder), an `Option` of these, a signal
/// of one of these, or a function that returns one. A change of the signal, or of one that the function
/// reads, closes the source and opens another. What was built from the previous source's events is then
/// reset. An equal URL does not reopen. `None` closes the source and keeps what has been received.
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

/// Runs a boxed closure in an effect. A separate effect type for each closure would be more code than the
/// closures themselves.
pub(super) fn effect(run: Box<dyn FnMut()>) {
    Effect::new(run);
}

/// A component's [`EventSource`], from [`use_event_source`].
pub type UseEventSource = UseSource<EventSource>;

/// A source that belongs to a component. Other components that receive it can subscribe too.
pub struct UseSource<S: Openable> {
    /// Filled only in the browser: its content must not leave its thread, and a server renders on many.
    slot: StoredValue<Option<SendWrapper<Mounted<S>>>>,
    state: ReadSignal<State>,
    set_state: StoredValue<ArcRwSignal<State>>,
    /// The number of `reopen` calls.
    again: RwSignal<u32>,
}

/// The slot and the watch of its state, while the component is mounted.
struct Mounted<S: Openable> {
    slot: Rc<Slot<S>>,
    /// Keeps the watch listening.
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
            // Taken out first, since destructors must not find the store locked.
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

    /// Returns the state of the connection.
    #[must_use]
    pub fn state(&self) -> ReadSignal<State> {
        self.state
    }

    /// Returns the source itself, for what the hooks do not offer. `None` unless a source is open, so always
    /// `None` on a server.
    #[must_use]
    pub fn source(&self) -> Option<S> {
        self.slot
            .try_update_value(|slot| slot.as_ref()?.slot.source())?
    }

    /// Returns the slot, unless the component has been unmounted. Creates it, so only effects may call this:
    /// they run only in the browser.
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

    /// Drops the connection and reconnects at once, resuming. Does nothing once the source is closed.
    pub fn reconnect(&self) {
        if let Some(source) = self.source() {
            source.reconnect();
        }
    }

    /// Closes the source, if it is open, and opens another with the same options, such as for a "Try again"
    /// button.
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
