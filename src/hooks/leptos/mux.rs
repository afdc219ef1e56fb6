//! Hooks for a multiplexer that a component provides to its descendants.

use std::rc::Rc;

use reactive_graph::owner::{provide_context, use_context};

use super::options::Given;
use super::source::{UseSource, effect, use_opened};
use crate::channels::{Channel, Mux};
use crate::hooks::SourceOptions;
use crate::hooks::follower::Follower;
use crate::source::EventSourceBuilder;

/// A component's [`Mux`], from [`provide_mux`].
pub type UseMux = UseSource<Mux>;

/// A component's [`Channel`], from [`use_channel`].
pub type UseChannel = UseSource<Channel>;

/// Provides a multiplexer to the components below this one, for [`use_channel`]. The multiplexer closes when
/// this component is unmounted.
///
/// The options are those of [`use_event_source`](super::use_event_source). A change of them restarts every
/// channel.
pub fn provide_mux<Kind>(options: impl Given<SourceOptions, Kind>) -> UseMux {
    let mux = use_opened(options, EventSourceBuilder::multiplex);
    provide_context(mux);
    mux
}

/// Subscribes to a channel of the multiplexer that a component above has [provided](provide_mux). The channel
/// is unsubscribed when the component is unmounted, unless others use it too.
///
/// `name` may be a function of signals: another name replaces the channel.
pub fn use_channel<Kind>(name: impl Given<String, Kind>) -> UseChannel {
    let channel = UseChannel::new();
    let mux = use_context::<UseMux>();
    let name = name.given();
    let mut present: Option<(String, Option<Rc<Follower>>)> = None;
    effect(Box::new(move || {
        let name = name();
        if present.as_ref().is_some_and(|(former, _)| *former == name) {
            return;
        }
        let follower = channel.slot().map(|slot| {
            let mux = mux.and_then(|mux| mux.slot());
            Follower::follow(mux.as_deref(), name.clone(), slot)
        });
        present = Some((name, follower));
    }));
    channel
}
