//! The hooks for Dioxus in a real page, against the real server.
#![cfg(target_arch = "wasm32")]

mod forms;
#[path = "../support/mod.rs"]
mod support;
mod widgets;

use core::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use dioxus::core::{VirtualDom, schedule_update};
use dioxus::prelude::*;
use everstream::Channel;
use everstream::dioxus::{
    SourceOptions, UseChannel, UseEvent, UseEventSource, use_channel, use_event, use_event_latest,
    use_event_list, use_event_reduce, use_event_source_with, use_events, use_mux_provider,
};
use forms::{Closer, Forms, Late};
use futures_util::future::{AbortHandle, abortable};
use support::{Event as Payload, Kind, Tally, Tick, Wanted, spell};
use web_sys::HtmlElement;
use widgets::Widgets;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Shows the component under test, for the cases that all frameworks share.
struct Host {
    asked: Rc<Asked>,
    app: AbortHandle,
}

/// The root's content, and the function that re-renders it.
struct Asked {
    wanted: RefCell<Option<Wanted>>,
    update: RefCell<Option<Arc<dyn Fn() + Send + Sync>>>,
}

impl Host {
    fn new(root: &HtmlElement, wanted: Wanted) -> Self {
        let asked = Rc::new(Asked {
            wanted: RefCell::new(Some(wanted)),
            update: RefCell::default(),
        });
        let app = VirtualDom::new_with_props(root_of, Rc::clone(&asked));
        let config = dioxus_web::Config::new().rootelement(root.clone().into());
        // Dioxus can't remove an app from the page, so the app ends with the future that runs it.
        let (run, app) = abortable(async move { dioxus_web::run(app, config).await });
        wasm_bindgen_futures::spawn_local(async move {
            let _ = run.await;
        });
        Self { asked, app }
    }

    fn show(&self, wanted: Option<Wanted>) {
        self.asked.wanted.replace(wanted);
        if let Some(update) = &*self.asked.update.borrow() {
            update();
        }
    }

    fn remove(self) {
        self.app.abort();
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a component has its properties by value"
)]
fn root_of(asked: Rc<Asked>) -> Element {
    asked
        .update
        .borrow_mut()
        .get_or_insert_with(schedule_update);
    let Some(wanted) = asked.wanted.borrow().clone() else {
        return rsx! {};
    };
    match Kind::of(&wanted) {
        Kind::Source => rsx! { Probe { wanted } },
        Kind::Channel => rsx! { Provider { wanted } },
        Kind::Orphan => rsx! { Orphan {} },
        Kind::Forms => rsx! { Forms { wanted } },
        Kind::Closer => rsx! { Closer { wanted } },
        Kind::Late => rsx! { Late { wanted } },
        Kind::Widgets => rsx! { Widgets { wanted } },
    }
}

#[component]
fn Probe(wanted: Wanted) -> Element {
    let mut touched = use_signal(|| 0);
    let source = use_event_source_with(wanted, Wanted::options);
    let UseEvent { latest, error } = use_event::<Tick>(source, "tick");
    let variant = use_events::<Payload>(source).latest;
    let text = use_event_latest(source, |source| source.on_text("tick")).latest;
    let list = use_event_list(source, |source| source.on::<Tick>("tick"), 3);
    let fold = use_event_reduce(
        source,
        |source| source.on::<Tick>("tick"),
        Tally::default,
        Tally::take,
    );
    let list = list.read();
    let list: Vec<_> = list
        .numbered()
        .map(|(key, tick)| format!("{key}:{}", tick.n))
        .collect();
    rsx! {
        p { class: "state", {spell(&source.state().read())} }
        p { class: "latest", {number(latest().map(|tick| tick.n))} }
        p { class: "error", {error().map_or("none".to_owned(), |error| error.to_string())} }
        p { class: "variant", {number(variant().map(|Payload::Tick { n }| n))} }
        p { class: "text", {text().map(|event| event.data)} }
        p { class: "list", {list.join(" ")} }
        p { class: "fold", {fold.read().text()} }
        Child { source }
        p { class: "touched", "{touched}" }
        button { class: "touch", onclick: move |_| touched += 1 }
        button { class: "close", onclick: move |_| source.close() }
        button { class: "reopen", onclick: move |_| source.reopen() }
    }
}

/// Subscribes to its parent's source.
#[component]
fn Child(source: UseEventSource) -> Element {
    let latest = use_event::<Tick>(source, "tick").latest;
    rsx! {
        p { class: "child", {number(latest().map(|tick| tick.n))} }
        p { class: "child-state", {spell(&source.state().read())} }
    }
}

/// Provides a multiplexer to two components.
#[component]
fn Provider(wanted: Wanted) -> Element {
    use_mux_provider(wanted.url());
    let name = match wanted {
        Wanted::Channel { name, .. } => name,
        _ => "none",
    };
    rsx! {
        ChannelProbe { name }
        Other {}
    }
}

#[component]
fn ChannelProbe(name: &'static str) -> Element {
    let channel = use_channel(name);
    let latest = use_event::<Tick>(channel, "message").latest;
    let fold = use_tally(channel);
    rsx! {
        p { class: "state", {spell(&channel.state().read())} }
        p { class: "latest", {number(latest().map(|tick| tick.n))} }
        p { class: "fold", {fold.read().text()} }
    }
}

#[component]
fn Other() -> Element {
    let fold = use_tally(use_channel("other"));
    rsx! { p { class: "other", {fold.read().text()} } }
}

fn use_tally(channel: UseChannel) -> ReadSignal<Tally> {
    let subscribe = |channel: &Channel| channel.on::<Tick>("message");
    use_event_reduce(channel, subscribe, Tally::default, Tally::take)
}

#[component]
fn Orphan() -> Element {
    let channel = use_channel("numbers");
    rsx! { p { class: "state", {spell(&channel.state().read())} } }
}

fn number(n: Option<u64>) -> String {
    n.map_or("none".to_owned(), |n| n.to_string())
}
