//! Channels of a multiplexer that a component provides to those in it.

use std::rc::Rc;

use ::yew::{
    AttrValue, Callback, Children, ContextProvider, Html, Properties, component, hook, html,
    use_context, use_effect_with,
};

use super::source::{UseSource, use_slot};
use crate::channels::{Channel, Mux};
use crate::hooks::follower::Follower;
use crate::hooks::slot::Content;
use crate::source::{EventSource, EventSourceBuilder};

/// A component's [`Mux`], in the context of those in an [`EverstreamProvider`].
pub type UseMux = UseSource<Mux>;

/// A component's [`Channel`], by [`use_channel`].
pub type UseChannel = UseSource<Channel>;

/// What an [`EverstreamProvider`] takes.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EverstreamProviderProps {
    /// The URL of the multiplexer. Another one has every channel begin anew.
    pub url: AttrValue,
    /// Sets further options, such as headers. Another callback has every channel begin anew, so
    /// keep it by `use_callback`.
    #[prop_or_default]
    pub options: Option<Callback<EventSourceBuilder, EventSourceBuilder>>,
    /// The components that can use its channels.
    #[prop_or_default]
    pub children: Children,
}

/// Gives the components in it a multiplexer, for [`use_channel`]. It is closed when the provider is
/// unmounted.
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
        slot.replace(match builder.multiplex() {
            Ok(mux) => Content::Source(mux),
            Err(error) => Content::Failed(error),
        });
        move || slot.replace(Content::Nothing)
    });
    html! {
        <ContextProvider<UseMux> context={mux}>{ props.children.clone() }</ContextProvider<UseMux>>
    }
}

/// A channel of the multiplexer of the [`EverstreamProvider`] around this component. It is given up
/// when the component is unmounted, unless others have it too; another name gives it up and takes
/// another.
#[hook]
pub fn use_channel(name: impl Into<String>) -> UseChannel {
    let mux = use_context::<UseMux>();
    let channel = use_slot::<Channel>();
    let slot = Rc::clone(channel.slot());
    let deps = (mux.as_ref().map(UseSource::id), name.into());
    use_effect_with(deps, move |(_, name)| {
        let mux = mux.as_ref().map(|mux| mux.slot().as_ref());
        let follower = Follower::follow(mux, name.clone(), Rc::clone(&slot));
        move || {
            drop(follower);
            slot.replace(Content::Nothing);
        }
    });
    channel
}
