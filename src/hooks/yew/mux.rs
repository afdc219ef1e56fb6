//! Hooks for a multiplexer that a component provides to its descendants.

use std::rc::Rc;

use ::yew::{
    AttrValue, Callback, Children, ContextProvider, Html, Properties, component, hook, html,
    use_context, use_effect_with,
};

use super::source::{UseSource, use_slot};
use crate::channels::{Channel, Mux};
use crate::hooks::AsText;
use crate::hooks::follower::Follower;
use crate::hooks::slot::Content;
use crate::source::{EventSource, EventSourceBuilder};

/// A component's [`Mux`], in the context of those inside an [`EverstreamProvider`].
pub type UseMux = UseSource<Mux>;

/// A component's [`Channel`], from [`use_channel`].
pub type UseChannel = UseSource<Channel>;

/// The properties of an [`EverstreamProvider`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EverstreamProviderProps {
    /// The URL of the multiplexer. Another URL restarts every channel.
    pub url: AttrValue,
    /// Sets further options, such as headers. Another callback restarts every channel, so keep it with
    /// `use_callback`.
    #[prop_or_default]
    pub options: Option<Callback<EventSourceBuilder, EventSourceBuilder>>,
    /// The components that can use the multiplexer's channels.
    #[prop_or_default]
    pub children: Children,
}

/// Provides a multiplexer to the components inside it, for [`use_channel`]. The multiplexer closes when the
/// provider is unmounted.
#[component]
pub fn EverstreamProvider(props: &EverstreamProviderProps) -> Html {
    let mux = use_slot::<Mux>();
    let slot = Rc::clone(mux.slot());
    let deps = (props.url.clone(), props.options.clone());
    use_effect_with(deps, move |(url, options)| {
        let builder = EventSource::builder(url.as_str());
        let builder = match options {
            Some(options) => options.emit(builder),
            None => builder,
        };
        slot.replace(Content::built(builder.multiplex()));
        move || slot.replace(Content::Nothing)
    });
    html! {
        <ContextProvider<MuxSlot> context={MuxSlot(mux.clone())}>
            <ContextProvider<UseMux> context={mux}>
                { props.children.clone() }
            </ContextProvider<UseMux>>
        </ContextProvider<MuxSlot>>
    }
}

/// The multiplexer for [`use_channel`]. Equal while the provider is the same: a component with a channel
/// renders for the channel's state, and must not render again for the connection's.
#[derive(Clone)]
struct MuxSlot(UseMux);

impl PartialEq for MuxSlot {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}

/// Subscribes to a channel of the multiplexer of the [`EverstreamProvider`] around this component. The
/// channel is unsubscribed when the component is unmounted, unless others use it too. Another name replaces
/// the channel.
#[hook]
pub fn use_channel(name: impl AsText) -> UseChannel {
    let mux = use_context::<MuxSlot>();
    let channel = use_slot::<Channel>();
    let slot = Rc::clone(channel.slot());
    let deps = (mux.as_ref().map(|mux| mux.0.id()), name.text());
    use_effect_with(deps, move |(_, name)| {
        let mux = mux.as_ref().map(|mux| mux.0.slot().as_ref());
        let follower = Follower::follow(mux, name.clone(), Rc::clone(&slot));
        move || {
            drop(follower);
            slot.replace(Content::Nothing);
        }
    });
    channel
}
