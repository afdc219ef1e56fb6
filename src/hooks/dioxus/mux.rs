//! Channels of a multiplexer that a component provides to those below it.

use std::rc::Rc;

use dioxus_core::{provide_context, try_consume_context, use_hook};
use dioxus_signals::{CopyValue, WritableExt};

use super::effect::use_after_change;
use super::source::{UseSource, use_opened, use_source};
use crate::channels::{Channel, Mux};
use crate::hooks::follower::Follower;
use crate::hooks::{AsText, AsUrl, SourceOptions};
use crate::source::EventSourceBuilder;

/// A component's [`Mux`], by [`use_mux_provider`].
pub type UseMux = UseSource<Mux>;

/// A component's [`Channel`], by [`use_channel`].
pub type UseChannel = UseSource<Channel>;

/// Gives the components below this one a multiplexer, for [`use_channel`]. It is closed when this
/// component is unmounted.
///
/// Another URL in a later rendering has every channel begin anew.
pub fn use_mux_provider(url: impl AsUrl) -> UseMux {
    use_mux_provider_with(url.url(), Option::clone)
}

/// [`use_mux_provider`] with options, which are those of
/// [`use_event_source_with`](super::use_event_source_with).
pub fn use_mux_provider_with<D, O>(deps: D, options: impl FnOnce(&D) -> O + 'static) -> UseMux
where
    D: PartialEq + Clone + 'static,
    O: Into<SourceOptions>,
{
    let mux = use_opened(deps, options, EventSourceBuilder::multiplex);
    use_hook(|| provide_context(mux))
}

/// A channel of the multiplexer that a component above [provides](use_mux_provider). It is given up when
/// the component is unmounted, unless others have it too; another name in a later rendering gives it up
/// and takes another.
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
