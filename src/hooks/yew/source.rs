//! Hooks for a source that belongs to a component.

use core::fmt;
use std::rc::Rc;

use ::yew::{UseStateHandle, hook, use_effect_with, use_memo, use_state};

use crate::hooks::attachment::StateWatch;
use crate::hooks::slot::{Content, Slot};
use crate::hooks::{AsUrl, Openable, SourceOptions};
use crate::source::{EventSource, EventSourceBuilder};
use everstream_core::connection::State;

/// Opens a URL, and closes it when the component is unmounted. Another URL closes the source, opens another,
/// and resets what was built from the previous one's events.
///
/// The URL is a string, a state or memo of one, a function that returns one, or an `Option` of these. `None`
/// closes the source and keeps what has been received. For a builder, use [`use_event_source_with`].
#[hook]
pub fn use_event_source(url: impl AsUrl) -> UseEventSource {
    use_event_source_with(url.url(), |url: &Option<String>| url.as_deref().into())
}

/// Opens a source with options, and opens another whenever `deps` change.
///
/// `options` returns an [`EventSourceBuilder`](crate::EventSourceBuilder), a URL, or an `Option` of these,
/// converted into [`SourceOptions`]. `None` closes the source and keeps what has been received.
///
/// A value that changes without being a reason to reopen, such as a token, belongs in
/// [`headers_with`](crate::EventSourceBuilder::headers_with), not in `deps`.
///
/// ```
/// # use everstream::{EventSource, yew::{use_event_list, use_event_source_with}};
/// # use yew::prelude::*;
/// #[derive(Properties, PartialEq)]
/// struct LogProps {
///     service: AttrValue,
/// }
///
/// #[component]
/// fn Log(LogProps { service }: &LogProps) -> Html {
///     let source = use_event_source_with(service.clone(), |service| {
///         EventSource::builder(format!("/logs/{service}"))
///             .header("accept-language", "en")
///             .into()
///     });
///     let lines = use_event_list(&source, |source| source.on_text("line"), 100);
///     lines.with(|lines| lines.iter().map(|line| html! { <p>{ &line.data }</p> }).collect())
/// }
/// ```
#[hook]
pub fn use_event_source_with<D: PartialEq + 'static>(
    deps: D,
    options: impl FnOnce(&D) -> SourceOptions + 'static,
) -> UseEventSource {
    let source = use_slot::<EventSource>();
    let mounted = Rc::clone(&source.mounted);
    use_effect_with((deps, *source.again), move |(deps, _)| {
        mounted
            .slot
            .replace(options(deps).open(EventSourceBuilder::build));
        move || mounted.slot.replace(Content::Nothing)
    });
    source
}

/// A component's [`EventSource`], from [`use_event_source`].
pub type UseEventSource = UseSource<EventSource>;

/// A source that belongs to a component. Other components that receive it can subscribe too. As a property,
/// it differs whenever the state of the connection does.
pub struct UseSource<S: Openable> {
    mounted: Rc<Mounted<S>>,
    /// The state at the time of the rendering. The framework's own handle would show the current state in
    /// earlier properties too, which would then equal the new ones.
    state: Rc<State>,
    /// The number of `reopen` calls.
    again: UseStateHandle<u32>,
}

/// The slot and the watch of its state, while the component is mounted.
struct Mounted<S: Openable> {
    slot: Rc<Slot<S>>,
    /// Keeps the watch listening.
    _states: Rc<dyn core::any::Any>,
}

#[hook]
pub(super) fn use_slot<S: Openable>() -> UseSource<S> {
    let state = use_state(|| Rc::new(State::Idle));
    let again = use_state(|| 0);
    let set_state = state.setter();
    let mounted = use_memo((), move |()| {
        let slot = Rc::new(Slot::new());
        let states = StateWatch::new(move |state| set_state.set(Rc::new(state)));
        slot.listen(&states);
        Mounted {
            slot,
            _states: states,
        }
    });
    UseSource {
        mounted,
        state: Rc::clone(&state),
        again,
    }
}

impl<S: Openable> UseSource<S> {
    /// Returns the state of the connection.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns the source itself, for what the hooks do not offer. `None` unless a source is open, so always
    /// `None` during the first rendering.
    #[must_use]
    pub fn source(&self) -> Option<S> {
        self.mounted.slot.source()
    }

    pub(super) fn slot(&self) -> &Rc<Slot<S>> {
        &self.mounted.slot
    }

    /// Identifies the slot, to distinguish those of different components.
    pub(super) fn id(&self) -> usize {
        Rc::as_ptr(&self.mounted) as usize
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
        self.again.set(self.again.wrapping_add(1));
    }
}

impl<S: Openable> Clone for UseSource<S> {
    fn clone(&self) -> Self {
        Self {
            mounted: Rc::clone(&self.mounted),
            state: Rc::clone(&self.state),
            again: self.again.clone(),
        }
    }
}

impl<S: Openable> PartialEq for UseSource<S> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.mounted, &other.mounted) && Rc::ptr_eq(&self.state, &other.state)
    }
}

impl<S: Openable> fmt::Debug for UseSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseSource")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
