//! URLs, event types and subscriptions in all their forms, and user code that acts inside callbacks.

use dioxus::prelude::*;
use everstream::EventSource;
use everstream::dioxus::{
    UseEventSource, use_event, use_event_latest, use_event_list, use_event_reduce,
    use_event_source, use_event_source_with,
};
use futures_util::StreamExt;

use crate::number;
use crate::support::{Local, Tally, Tick, Wanted, spell};

#[component]
pub(crate) fn Forms(wanted: ReadSignal<Wanted>) -> Element {
    let mut signal = use_signal(|| wanted.peek().url());
    use_effect(move || signal.set(wanted.read().url()));
    let memo = use_memo(move || wanted.read().url());

    let of_signal = use_event_source(signal);
    let of_memo = use_event_source(memo);
    let of_closure = use_event_source(move || wanted.read().url());
    let source = use_event_source(wanted.read().url());

    let typed = use_event::<Tick>(source, move || wanted.read().event_type()).latest;
    let mapped = use_event_latest(source, |source| {
        source
            .on::<Tick>("tick")
            .map(|item| item.map(|tick| 10 * tick.n))
    });
    let filtered = use_event_latest(source, |source| {
        source
            .on::<Tick>("tick")
            .filter_map(async |item| match item {
                Ok(tick) => (tick.n % 2 == 0).then_some(Ok(tick.n)),
                Err(error) => Some(Err(error)),
            })
    });
    let logged = use_event_latest(source, |source| source.on::<Tick>("tick").log_errors());
    let list = use_event_list(
        source,
        |source| {
            source
                .on::<Tick>("tick")
                .map(|item| item.map(|tick| 10 * tick.n))
        },
        3,
    );
    let local = use_event::<Local>(source, "tick").latest;
    let list: Vec<_> = list.read().iter().map(u64::to_string).collect();
    rsx! {
        p { class: "state", {spell(&source.state().read())} }
        Latest { class: "signal", source: of_signal }
        Latest { class: "memo", source: of_memo }
        Latest { class: "closure", source: of_closure }
        Latest { class: "plain", source }
        p { class: "typed", {number(typed().map(|tick| tick.n))} }
        p { class: "mapped", {number((mapped.latest)())} }
        p { class: "filtered", {number((filtered.latest)())} }
        p { class: "logged", {number((logged.latest)().map(|tick| tick.n))} }
        p { class: "list", {list.join(" ")} }
        p { class: "local", {number(local().map(|local| *local.0))} }
    }
}

#[component]
fn Latest(class: &'static str, source: UseEventSource) -> Element {
    let latest = use_event::<Tick>(source, "tick".to_owned()).latest;
    rsx! { p { class, {number(latest().map(|tick| tick.n))} } }
}

/// The number of items that every `reduce` of [`Closer`] has received. Writing the global signal there needs
/// the runtime.
static ITEMS: GlobalSignal<u64> = Signal::global(|| 0);

#[component]
pub(crate) fn Closer(wanted: Wanted) -> Element {
    let source = use_event_source_with(wanted, Wanted::options);
    let mut value = use_signal(|| None::<ReadSignal<Tally>>);
    let seen = use_signal(|| None);
    let fold = use_event_reduce(
        source,
        |source| source.on::<Tick>("tick"),
        Tally::default,
        move |tally, item| {
            if item.as_ref().is_ok_and(|tick| tick.n == 3) {
                source.close();
            }
            tally.take(item);
            *ITEMS.write() += 1;
            let text = value().map(|value: ReadSignal<Tally>| value.peek().text());
            seen.clone().set(text);
        },
    );
    use_hook(move || value.set(Some(fold)));
    rsx! {
        p { class: "state", {spell(&source.state().read())} }
        p { class: "fold", {fold.read().text()} }
        p { class: "seen", {seen()} }
        p { class: "items", "{ITEMS}" }
    }
}

#[component]
pub(crate) fn Late(wanted: Wanted) -> Element {
    let source = use_event_source_with(wanted, Wanted::options);
    let subscribe = |source: &EventSource| source.on::<Tick>("tick");
    let fold = use_event_reduce(source, subscribe, Tally::default, Tally::take);
    let mut is_late = use_signal(|| false);
    rsx! {
        p { class: "state", {spell(&source.state().read())} }
        p { class: "fold", {fold.read().text()} }
        if is_late() {
            Raw { source }
        }
        button { class: "late", onclick: move |_| is_late.set(true) }
    }
}

#[component]
fn Raw(source: UseEventSource) -> Element {
    let raw = use_event_latest(source, EventSource::raw).latest;
    rsx! { p { class: "raw", {raw().map(|event| event.data)} } }
}
