//! Channels of a multiplexer that a component provides to those below it.

use std::rc::Rc;

use reactive_graph::owner::{provide_context, use_context};

use super::options::Given;
use super::source::{UseSource, effect, use_opened};
use crate::channels::{Channel, Mux};
use crate::hooks::SourceOptions;
use crate::hooks::follower::Follower;
use crate::source::EventSourceBuilder;

/// A component's [`Mux`], by [`provide_mux`].
pub type UseMux = UseSource<Mux>;

/// A component's [`Channel`], by [`use_channel`].
pub type UseChannel = UseSource<Channel>;

/// Gives the components below this one a multiplexer, for [`use_channel`]. It is closed when this
/// component is unmounted.
///
/// The options are those of [`use_event_source`](super::use_event_source); when they change, every
/// channel begins anew.
pub fn provide_mux<Kind>(options: impl Given<SourceOptions, Kind>) -> UseMux {
    let mux = use_opened(options, EventSourceBuilder::multiplex);
    provide_context(mux);
    mux
}

/// A channel of the multiplexer that a component above has [provided](provide_mux). It is given up
/// when the component is unmounted, unless others have it too.
///
/// `name` may be a function of signals: another name gives up the channel and takes another.
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
