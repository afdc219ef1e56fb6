//! URLs, event types and subscriptions in all their forms, and user code that acts inside callbacks.

#![allow(
    unreachable_pub,
    reason = "`component` repeats `pub` for what it makes of it"
)]

use everstream::EventSource;
use everstream::leptos::{
    use_event, use_event_latest, use_event_latest_local, use_event_list, use_event_local,
    use_event_reduce, use_event_source,
};
use futures_util::StreamExt;
use leptos::prelude::*;

use crate::number;
use crate::support::{Local, Tally, Tick, Wanted, spell};

#[component]
pub(crate) fn Forms(wanted: RwSignal<Option<Wanted>>) -> impl IntoView {
    let url = Memo::new(move |_| wanted.with(|wanted| wanted.as_ref().map(Wanted::url)));
    let event_type =
        move || wanted.with(|wanted| wanted.as_ref().map_or("none", Wanted::event_type));
    let signal = RwSignal::new(url.get_untracked());
    Effect::new(move || signal.set(url.get()));
    let text = Signal::derive(move || url.get().unwrap_or_default());

    let of_signal = use_event_source(signal.read_only());
    let of_memo = use_event_source(url);
    let of_closure = use_event_source(move || url.get());
    let source = use_event_source(text);

    let typed = use_event::<Tick>(source, event_type).latest;
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
    let local = use_event_local::<Local>(source, "tick").latest;
    // The same type arrives through any subscription, too.
    let again = use_event_latest_local(source, |source| source.on::<Local>("tick")).latest;
    let list = move || {
        list.with(|list| {
            list.iter()
                .map(u64::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    let tick = |source| {
        let latest = use_event::<Tick>(source, "tick".to_owned()).latest;
        move || number(latest.get().map(|tick| tick.n))
    };
    view! {
        <p class="state">{move || source.state().with(spell)}</p>
        <p class="signal">{tick(of_signal)}</p>
        <p class="memo">{tick(of_memo)}</p>
        <p class="closure">{tick(of_closure)}</p>
        <p class="plain">{tick(source)}</p>
        <p class="typed">{move || number(typed.get().map(|tick| tick.n))}</p>
        <p class="mapped">{move || number(mapped.latest.get())}</p>
        <p class="filtered">{move || number(filtered.latest.get())}</p>
        <p class="logged">{move || number(logged.latest.get().map(|tick| tick.n))}</p>
        <p class="list">{list}</p>
        <p class="local">
            {move || {
                let (one, other) = (local.get().map(|local| *local.0), again.get().map(|local| *local.0));
                number(one.filter(|_| one == other))
            }}
        </p>
    }
}

#[component]
pub(crate) fn Closer(wanted: RwSignal<Option<Wanted>>) -> impl IntoView {
    let source = use_event_source(move || wanted.get().as_ref().map(Wanted::options));
    let value = StoredValue::new(None::<ReadSignal<Tally>>);
    let seen = RwSignal::new(None);
    let fold = use_event_reduce(
        source,
        |source| source.on::<Tick>("tick"),
        Tally::default,
        move |tally, item| {
            if item.as_ref().is_ok_and(|tick| tick.n == 3) {
                source.close();
            }
            tally.take(item);
            seen.set(
                value
                    .get_value()
                    .map(|value| value.with_untracked(Tally::text)),
            );
        },
    );
    value.set_value(Some(fold));
    view! {
        <p class="state">{move || source.state().with(spell)}</p>
        <p class="fold">{move || fold.with(Tally::text)}</p>
        <p class="seen">{seen}</p>
    }
}

#[component]
pub(crate) fn Late(wanted: RwSignal<Option<Wanted>>) -> impl IntoView {
    let source = use_event_source(move || wanted.get().as_ref().map(Wanted::options));
    let subscribe = |source: &EventSource| source.on::<Tick>("tick");
    let fold = use_event_reduce(source, subscribe, Tally::default, Tally::take);
    let is_late = RwSignal::new(false);
    let raw = move || {
        is_late.get().then(|| {
            let raw = use_event_latest(source, EventSource::raw).latest;
            view! { <p class="raw">{move || raw.get().map(|event| event.data)}</p> }
        })
    };
    view! {
        <p class="state">{move || source.state().with(spell)}</p>
        <p class="fold">{move || fold.with(Tally::text)}</p>
        {raw}
        <button class="late" on:click=move |_| is_late.set(true)></button>
    }
}
