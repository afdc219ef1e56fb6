//! The hooks for Yew in a real page, against the real server.
#![cfg(target_arch = "wasm32")]

mod forms;
#[path = "../support/mod.rs"]
mod support;
mod widgets;

use core::cell::RefCell;

use everstream::Channel;
use everstream::yew::{
    EverstreamProvider, SourceOptions, UseChannel, UseEvent, UseEventSource, UseReduced,
    use_channel, use_event, use_event_latest, use_event_list, use_event_reduce,
    use_event_source_with, use_events,
};
use forms::{Closer, Forms, Late};
use support::{Event, Kind, Tally, Tick, Wanted, spell};
use web_sys::HtmlElement;
use widgets::Widgets;
use yew::prelude::*;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Shows the component under test, for the cases that all frameworks share.
struct Host(RefCell<AppHandle<Root>>);

impl Host {
    fn new(root: &HtmlElement, wanted: Wanted) -> Self {
        let props = RootProps {
            wanted: Some(wanted),
        };
        let app = yew::Renderer::<Root>::with_root_and_props(root.clone().into(), props);
        Self(app.render().into())
    }

    fn show(&self, wanted: Option<Wanted>) {
        self.0.borrow_mut().update(RootProps { wanted });
    }

    fn remove(self) {
        self.0.into_inner().destroy();
    }
}

#[derive(Properties, PartialEq)]
struct RootProps {
    wanted: Option<Wanted>,
}

#[component]
fn Root(RootProps { wanted }: &RootProps) -> Html {
    let Some(wanted) = wanted.clone() else {
        return Html::default();
    };
    match (Kind::of(&wanted), wanted) {
        (Kind::Channel, Wanted::Channel { url, name }) => html! {
            <EverstreamProvider {url}>
                <ChannelProbe {name}/>
                <Other/>
            </EverstreamProvider>
        },
        (Kind::Orphan, _) => html! { <Orphan/> },
        (Kind::Forms, wanted) => html! { <Forms {wanted}/> },
        (Kind::Closer, wanted) => html! { <Closer {wanted}/> },
        (Kind::Late, wanted) => html! { <Late {wanted}/> },
        (Kind::Widgets, wanted) => html! { <Widgets {wanted}/> },
        (_, wanted) => html! { <Probe {wanted}/> },
    }
}

#[derive(Properties, PartialEq)]
struct ProbeProps {
    wanted: Wanted,
}

#[component]
fn Probe(ProbeProps { wanted }: &ProbeProps) -> Html {
    let touched = use_state(|| 0);
    let source = use_event_source_with(wanted.clone(), Wanted::options);
    let UseEvent { latest, error } = use_event::<Tick>(&source, "tick");
    let variant = use_events::<Event>(&source).latest;
    let text = use_event_latest(&source, |source| source.on_text("tick")).latest;
    let list = use_event_list(&source, |source| source.on::<Tick>("tick"), 3);
    let fold = use_event_reduce(
        &source,
        |source| source.on::<Tick>("tick"),
        Tally::default,
        Tally::take,
    );
    let list = list.with(|list| {
        let ticks = list.numbered();
        let ticks: Vec<_> = ticks
            .map(|(key, tick)| format!("{key}:{}", tick.n))
            .collect();
        ticks.join(" ")
    });
    let touch = {
        let touched = touched.clone();
        move |_| touched.set(*touched + 1)
    };
    let close = {
        let source = source.clone();
        move |_| source.close()
    };
    let reopen = {
        let source = source.clone();
        move |_| source.reopen()
    };
    html! {
        <>
            <p class="state">{ spell(source.state()) }</p>
            <p class="latest">{ number(latest.map(|tick| tick.n)) }</p>
            <p class="error">{ error.map_or("none".to_owned(), |error| error.to_string()) }</p>
            <p class="variant">{ number(variant.map(|event| { let Event::Tick { n } = *event; n })) }</p>
            <p class="text">{ text.map(|event| event.data.clone()) }</p>
            <p class="list">{ list }</p>
            <p class="fold">{ fold.with(Tally::text) }</p>
            <Child {source}/>
            <p class="touched">{ *touched }</p>
            <button class="touch" onclick={touch}></button>
            <button class="close" onclick={close}></button>
            <button class="reopen" onclick={reopen}></button>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct ChildProps {
    source: UseEventSource,
}

/// Subscribes to its parent's source.
#[component]
fn Child(ChildProps { source }: &ChildProps) -> Html {
    let latest = use_event::<Tick>(source, "tick").latest;
    html! {
        <>
            <p class="child">{ number(latest.map(|tick| tick.n)) }</p>
            <p class="child-state">{ spell(source.state()) }</p>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct ChannelProps {
    name: &'static str,
}

#[component]
fn ChannelProbe(ChannelProps { name }: &ChannelProps) -> Html {
    let channel = use_channel(*name);
    let latest = use_event::<Tick>(&channel, "message").latest;
    let fold = use_tally(&channel);
    html! {
        <>
            <p class="state">{ spell(channel.state()) }</p>
            <p class="latest">{ number(latest.map(|tick| tick.n)) }</p>
            <p class="fold">{ fold.with(Tally::text) }</p>
        </>
    }
}

#[component]
fn Other() -> Html {
    let channel = use_channel("other");
    let fold = use_tally(&channel);
    html! { <p class="other">{ fold.with(Tally::text) }</p> }
}

#[hook]
fn use_tally(channel: &UseChannel) -> UseReduced<Tally> {
    let subscribe = |channel: &Channel| channel.on::<Tick>("message");
    use_event_reduce(channel, subscribe, Tally::default, Tally::take)
}

#[component]
fn Orphan() -> Html {
    let channel = use_channel("numbers");
    html! { <p class="state">{ spell(channel.state()) }</p> }
}

fn number(n: Option<u64>) -> String {
    n.map_or("none".to_owned(), |n| n.to_string())
}
