//! The hooks for Leptos in a real page, against the real server.
#![cfg(target_arch = "wasm32")]

mod forms;
#[path = "../support/mod.rs"]
mod support;
mod widgets;

use everstream::Channel;
use everstream::leptos::{
    SourceOptions, UseChannel, UseEvent, UseEventSource, provide_mux, use_channel, use_event,
    use_event_latest, use_event_list, use_event_reduce, use_event_source, use_events,
};
use forms::{Closer, Forms, Late};
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::tachys::view::any_view::{AnyView, AnyViewState, IntoAny};
use support::{Event, Kind, Tally, Tick, Wanted, spell};
use web_sys::HtmlElement;
use widgets::Widgets;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Shows the component under test, for the cases that all frameworks share.
struct Host {
    wanted: ArcRwSignal<Option<Wanted>>,
    view: UnmountHandle<AnyViewState>,
}

impl Host {
    fn new(root: &HtmlElement, wanted: Wanted) -> Self {
        let wanted = ArcRwSignal::new(Some(wanted));
        let given = wanted.clone();
        let view = mount_to(root.clone(), move || -> AnyView {
            let wanted = RwSignal::from(given);
            let kind = Memo::new(move |_| wanted.with(|wanted| wanted.as_ref().map(Kind::of)));
            (move || match kind.get() {
                None => ().into_any(),
                Some(Kind::Source) => view! { <Probe wanted/> }.into_any(),
                Some(Kind::Channel) => view! { <Provider wanted/> }.into_any(),
                Some(Kind::Orphan) => view! { <Orphan/> }.into_any(),
                Some(Kind::Forms) => view! { <Forms wanted/> }.into_any(),
                Some(Kind::Closer) => view! { <Closer wanted/> }.into_any(),
                Some(Kind::Late) => view! { <Late wanted/> }.into_any(),
                Some(Kind::Widgets) => view! { <Widgets wanted/> }.into_any(),
            })
            .into_any()
        });
        Self { wanted, view }
    }

    fn show(&self, wanted: Option<Wanted>) {
        self.wanted.set(wanted);
    }

    fn remove(self) {
        drop(self.view);
    }
}

#[component]
fn Probe(wanted: RwSignal<Option<Wanted>>) -> impl IntoView {
    let touched = RwSignal::new(0);
    let source = use_event_source(move || {
        // The closure reads this signal only to show that a change without effect reopens nothing.
        touched.track();
        wanted.get().as_ref().map(Wanted::options)
    });
    let UseEvent { latest, error } = use_event::<Tick>(source, "tick");
    let variant = use_events::<Event>(source).latest;
    let text = use_event_latest(source, |source| source.on_text("tick")).latest;
    let list = use_event_list(source, |source| source.on::<Tick>("tick"), 3);
    let fold = use_event_reduce(
        source,
        |source| source.on::<Tick>("tick"),
        Tally::default,
        Tally::take,
    );
    let state = source.state();
    let list = move || {
        list.with(|list| {
            let ticks = list.numbered();
            let ticks: Vec<_> = ticks
                .map(|(key, tick)| format!("{key}:{}", tick.n))
                .collect();
            ticks.join(" ")
        })
    };
    view! {
        <p class="state">{move || state.with(spell)}</p>
        <p class="latest">{move || number(latest.get().map(|tick| tick.n))}</p>
        <p class="error">
            {move || error.get().map_or("none".to_owned(), |error| error.to_string())}
        </p>
        <p class="variant">{move || number(variant.get().map(|Event::Tick { n }| n))}</p>
        <p class="text">{move || text.get().map(|event| event.data)}</p>
        <p class="list">{list}</p>
        <p class="fold">{move || fold.with(Tally::text)}</p>
        <Child source/>
        <p class="touched">{touched}</p>
        <button class="touch" on:click=move |_| touched.update(|touched| *touched += 1)></button>
        <button class="close" on:click=move |_| source.close()></button>
        <button class="reopen" on:click=move |_| source.reopen()></button>
    }
}

/// Subscribes to its parent's source.
#[component]
fn Child(source: UseEventSource) -> impl IntoView {
    let latest = use_event::<Tick>(source, "tick").latest;
    let state = source.state();
    view! {
        <p class="child">{move || number(latest.get().map(|tick| tick.n))}</p>
        <p class="child-state">{move || state.with(spell)}</p>
    }
}

/// Provides a multiplexer to two components.
#[component]
fn Provider(wanted: RwSignal<Option<Wanted>>) -> impl IntoView {
    provide_mux(move || wanted.get().as_ref().map(Wanted::options));
    let name = move || match wanted.get() {
        Some(Wanted::Channel { name, .. }) => name,
        _ => "none",
    };
    view! {
        <ChannelProbe name/>
        <Other/>
    }
}

#[component]
fn ChannelProbe(name: impl Fn() -> &'static str + 'static) -> impl IntoView {
    let channel = use_channel(name);
    let latest = use_event::<Tick>(channel, "message").latest;
    let fold = tally(channel);
    let state = channel.state();
    view! {
        <p class="state">{move || state.with(spell)}</p>
        <p class="latest">{move || number(latest.get().map(|tick| tick.n))}</p>
        <p class="fold">{move || fold.with(Tally::text)}</p>
    }
}

#[component]
fn Other() -> impl IntoView {
    let fold = tally(use_channel("other"));
    view! { <p class="other">{move || fold.with(Tally::text)}</p> }
}

fn tally(channel: UseChannel) -> ReadSignal<Tally> {
    let subscribe = |channel: &Channel| channel.on::<Tick>("message");
    use_event_reduce(channel, subscribe, Tally::default, Tally::take)
}

#[component]
fn Orphan() -> impl IntoView {
    let state = use_channel("numbers").state();
    view! { <p class="state">{move || state.with(spell)}</p> }
}

fn number(n: Option<u64>) -> String {
    n.map_or("none".to_owned(), |n| n.to_string())
}

#[wasm_bindgen_test::wasm_bindgen_test]
fn a_hook_outside_of_a_component_is_said_on_the_console() {
    // Effects need what the first mounted component sets up, whichever test runs first.
    let document = web_sys::window().and_then(|window| window.document());
    let body = document.and_then(|document| document.body());
    let _mounted = mount_to(body.expect("a body"), || ());
    let said = support::inside::Said::by("warn");
    let _ = use_event_source(None::<String>);
    let texts = said.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("outside of a component"), "{texts:?}");
}
