//! Hooks for a source that belongs to a component.

use core::fmt;
use std::rc::Rc;

use dioxus_core::use_hook;
use dioxus_signals::{CopyValue, ReadSignal, ReadableExt, Signal, WritableExt};

use super::effect::use_after_change;
use crate::hooks::attachment::StateWatch;
use crate::hooks::slot::{Content, Slot};
use crate::hooks::{AsUrl, Openable, SourceOptions};
use crate::source::{EventSource, EventSourceBuilder};
use everstream_core::Error;
use everstream_core::connection::State;

/// Opens a URL, and closes it when the component is unmounted. Another URL in a later rendering closes the
/// source, opens another, and resets what was built from the previous one's events.
///
/// The URL is a string, a signal or memo of one, a function that returns one, or an `Option` of these. `None`
/// closes the source and keeps what has been received. For a builder, use [`use_event_source_with`].
pub fn use_event_source(url: impl AsUrl) -> UseEventSource {
    use_event_source_with(url.url(), Option::clone)
}

/// Opens a source with options, and opens another whenever `deps` differ from the previous rendering's.
///
/// `options` returns an [`EventSourceBuilder`], a URL, or an `Option` of these. `None` closes the source and
/// keeps what has been received.
///
/// A value that changes without being a reason to reopen, such as a token, belongs in
/// [`headers_with`](EventSourceBuilder::headers_with), not in `deps`.
///
/// ```
/// # use everstream::{EventSource, dioxus::{use_event_list, use_event_source_with}};
/// # fn component(service: String) {
/// let source = use_event_source_with(service, |service| {
///     EventSource::builder(format!("/logs/{service}")).header("authorization", "Bearer secret")
/// });
/// let lines = use_event_list(source, |source| source.on_text("line"), 100);
/// # let _ = lines;
/// # }
/// ```
pub fn use_event_source_with<D, O>(
    deps: D,
    options: impl FnOnce(&D) -> O + 'static,
) -> UseEventSource
where
    D: PartialEq + Clone + 'static,
    O: Into<SourceOptions>,
{
    use_opened(deps, options, EventSourceBuilder::build)
}

/// Keeps open what `build` makes of the options.
pub(super) fn use_opened<S: Openable, D, O>(
    deps: D,
    options: impl FnOnce(&D) -> O + 'static,
    build: fn(EventSourceBuilder) -> Result<S, Error>,
) -> UseSource<S>
where
    D: PartialEq + Clone + 'static,
    O: Into<SourceOptions>,
{
    let source = use_source();
    // Reading `again` renders the component when `reopen` is called.
    let again = *source.again.read();
    use_after_change((deps, again), move |(deps, _)| {
        let options = options(&deps).into();
        if let Some(slot) = source.slot() {
            slot.replace(options.open(build));
        }
    });
    source
}

/// A component's [`EventSource`], from [`use_event_source`].
pub type UseEventSource = UseSource<EventSource>;

/// A source that belongs to a component. Other components that receive it can subscribe too.
pub struct UseSource<S: Openable> {
    mounted: CopyValue<Mounted<S>>,
    state: ReadSignal<State>,
    /// The number of `reopen` calls.
    again: Signal<u32>,
}

/// The source's slot and the watch of its state, while the component is mounted.
struct Mounted<S: Openable> {
    slot: Rc<Slot<S>>,
    /// Keeps the watch listening.
    _states: Rc<dyn core::any::Any>,
}

impl<S: Openable> Drop for Mounted<S> {
    fn drop(&mut self) {
        self.slot.replace(Content::Nothing);
    }
}

/// Creates an empty slot for a source.
pub(super) fn use_source<S: Openable>() -> UseSource<S> {
    use_hook(|| {
        let state = Signal::new(State::Idle);
        let slot = Rc::new(Slot::new());
        let states = StateWatch::new(move |present| {
            // Writing fails once the component is gone.
            let mut state = state;
            if let Ok(mut state) = state.try_write() {
                *state = present;
            }
        });
        slot.listen(&states);
        UseSource {
            mounted: CopyValue::new(Mounted {
                slot,
                _states: states,
            }),
            state: state.into(),
            again: Signal::new(0),
        }
    })
}

impl<S: Openable> UseSource<S> {
    /// Returns the state of the connection.
    #[must_use]
    pub fn state(&self) -> ReadSignal<State> {
        self.state
    }

    /// Returns the source itself, for what the hooks do not offer. `None` unless a source is open, so always
    /// `None` during the first rendering.
    #[must_use]
    pub fn source(&self) -> Option<S> {
        self.slot()?.source()
    }

    /// Returns the slot, unless the component has been unmounted.
    pub(super) fn slot(&self) -> Option<Rc<Slot<S>>> {
        let mounted = self.mounted.try_peek().ok()?;
        Some(Rc::clone(&mounted.slot))
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
        let mut again = self.again;
        if let Ok(mut again) = again.try_write() {
            *again = again.wrapping_add(1);
        }
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

impl<S: Openable> PartialEq for UseSource<S> {
    fn eq(&self, other: &Self) -> bool {
        self.again == other.again
    }
}

impl<S: Openable> fmt::Debug for UseSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseSource").finish_non_exhaustive()
    }
}
