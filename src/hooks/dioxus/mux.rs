//! Hooks for a multiplexer that a component provides to its descendants.

use std::rc::Rc;

use dioxus_core::{provide_context, try_consume_context, use_hook};
use dioxus_signals::{CopyValue, WritableExt};

use super::effect::use_after_change;
use super::source::{UseSource, use_opened, use_source};
use crate::channels::{Channel, Mux};
use crate::hooks::follower::Follower;
use crate::hooks::{AsText, AsUrl, SourceOptions};
use crate::source::EventSourceBuilder;

/// A component's [`Mux`], from [`use_mux_provider`].
pub type UseMux = UseSource<Mux>;

/// A component's [`Channel`], from [`use_channel`].
pub type UseChannel = UseSource<Channel>;

/// Provides a multiplexer to the components below this one, for [`use_channel`]. The multiplexer closes when
/// this component is unmounted.
///
/// Another URL in a later rendering restarts every channel.
pub fn use_mux_provider(url: impl AsUrl) -> UseMux {
    use_mux_provider_with(url.url(), Option::clone)
}

/// Like [`use_mux_provider`], with options, which are those of
/// [`use_event_source_with`](super::use_event_source_with).
pub fn use_mux_provider_with<D, O>(deps: D, options: impl FnOnce(&D) -> O + 'static) -> UseMux
where
    D: PartialEq + Clone + 'static,
    O: Into<SourceOptions>,
{
    let mux = use_opened(deps, options, EventSourceBuilder::multiplex);
    use_hook(|| provide_context(mux))
}

/// Subscribes to a channel of the multiplexer that a component above [provides](use_mux_provider). The
/// channel is unsubscribed when the component is unmounted, unless others use it too. Another name in a later
/// rendering replaces the channel.
pub fn use_channel(name: impl AsText) -> UseChannel {
    let channel = use_source::<Channel>();
    let (mux, follower) = use_hook(|| {
        let follower = CopyValue::new(None::<Rc<Follower>>);
        (try_consume_context::<UseMux>(), follower)
    });
    use_after_change(name.text(), move |name| {
        let mut present = follower;
        let Some(slot) = channel.slot() else {
            return;
        };
        let mux = mux.and_then(|mux| mux.slot());
        let follower = Follower::follow(mux.as_deref(), name, slot);
        if let Ok(mut present) = present.try_write() {
            *present = Some(follower);
        }
    });
    channel
}
