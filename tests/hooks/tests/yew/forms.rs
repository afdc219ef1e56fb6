//! URLs, event types and subscriptions in all their forms, and user code that acts inside callbacks.

use core::cell::RefCell;
use std::rc::Rc;

use everstream::EventSource;
use everstream::yew::{
    UseEventSource, UseReduced, use_event, use_event_latest, use_event_list, use_event_reduce,
    use_event_source, use_event_source_with,
};
use futures_util::StreamExt;
use yew::prelude::*;

use crate::number;
use crate::support::{Local, Tally, Tick, Wanted, spell};

#[derive(Properties, PartialEq)]
pub(crate) struct WantedProps {
    pub(crate) wanted: Wanted,
}

#[component]
pub(crate) fn Forms(WantedProps { wanted }: &WantedProps) -> Html {
    let url = AttrValue::from(wanted.url());
    let state = use_state(|| url.clone());
    {
        let state = state.clone();
        use_effect_with(url.clone(), move |url| state.set(url.clone()));
    }
    let memo = use_memo(url.clone(), AttrValue::to_string);

    let of_state = use_event_source(&state);
    let of_memo = use_event_source(memo);
    let of_closure = use_event_source(|| url.clone());
    let source = use_event_source(&url);

    let typed = use_event::<Tick>(&source, || wanted.event_type()).latest;
    let mapped = use_event_latest(&source, |source| {
        source
            .on::<Tick>("tick")
            .map(|item| item.map(|tick| 10 * tick.n))
    });
    let filtered = use_event_latest(&source, |source| {
        source
            .on::<Tick>("tick")
            .filter_map(async |item| match item {
                Ok(tick) => (tick.n % 2 == 0).then_some(Ok(tick.n)),
                Err(error) => Some(Err(error)),
            })
    });
    let logged = use_event_latest(&source, |source| source.on::<Tick>("tick").on_error(|_| {}));
    let list = use_event_list(
        &source,
        |source| {
            source
                .on::<Tick>("tick")
                .map(|item| item.map(|tick| 10 * tick.n))
        },
        3,
    );
    let local = use_event::<Local>(&source, "tick").latest;
    let list = list.with(|list| {
        list.iter()
            .map(u64::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    });
    html! {
        <>
            <p class="state">{ spell(source.state()) }</p>
            <Latest class="signal" source={of_state}/>
            <Latest class="memo" source={of_memo}/>
            <Latest class="closure" source={of_closure}/>
            <Latest class="plain" source={source.clone()}/>
            <p class="typed">{ number(typed.map(|tick| tick.n)) }</p>
            <p class="mapped">{ number(mapped.latest.map(|n| *n)) }</p>
            <p class="filtered">{ number(filtered.latest.map(|n| *n)) }</p>
            <p class="logged">{ number(logged.latest.map(|tick| tick.n)) }</p>
            <p class="list">{ list }</p>
            <p class="local">{ number(local.map(|local| *local.0)) }</p>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct LatestProps {
    class: &'static str,
    source: UseEventSource,
}

#[component]
fn Latest(LatestProps { class, source }: &LatestProps) -> Html {
    let latest = use_event::<Tick>(source, "tick".to_owned()).latest;
    html! { <p class={*class}>{ number(latest.map(|tick| tick.n)) }</p> }
}

#[component]
pub(crate) fn Closer(WantedProps { wanted }: &WantedProps) -> Html {
    let source = use_event_source_with(wanted.clone(), Wanted::options);
    let value = use_mut_ref(|| None::<UseReduced<Tally>>);
    let seen = use_state(|| None);
    let reduce = {
        let (source, value, seen) = (source.clone(), Rc::clone(&value), seen.setter());
        move |tally: &mut Tally, item: Result<Tick, _>| {
            if item.as_ref().is_ok_and(|tick| tick.n == 3) {
                source.close();
            }
            tally.take(item);
            let value: &RefCell<_> = &value;
            seen.set(
                value
                    .borrow()
                    .as_ref()
                    .map(|value: &UseReduced<Tally>| value.with(Tally::text)),
            );
        }
    };
    let subscribe = |source: &EventSource| source.on::<Tick>("tick");
    let fold = use_event_reduce(&source, subscribe, Tally::default, reduce);
    value.replace(Some(fold.clone()));
    html! {
        <>
            <p class="state">{ spell(source.state()) }</p>
            <p class="fold">{ fold.with(Tally::text) }</p>
            <p class="seen">{ (*seen).clone() }</p>
        </>
    }
}

#[component]
pub(crate) fn Late(WantedProps { wanted }: &WantedProps) -> Html {
    let source = use_event_source_with(wanted.clone(), Wanted::options);
    let subscribe = |source: &EventSource| source.on::<Tick>("tick");
    let fold = use_event_reduce(&source, subscribe, Tally::default, Tally::take);
    let is_late = use_state(|| false);
    let late = {
        let is_late = is_late.clone();
        move |_| is_late.set(true)
    };
    html! {
        <>
            <p class="state">{ spell(source.state()) }</p>
            <p class="fold">{ fold.with(Tally::text) }</p>
            if *is_late {
                <Raw source={source.clone()}/>
            }
            <button class="late" onclick={late}></button>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct RawProps {
    source: UseEventSource,
}

#[component]
fn Raw(RawProps { source }: &RawProps) -> Html {
    let raw = use_event_latest(source, EventSource::raw).latest;
    html! { <p class="raw">{ raw.map(|event| event.data.clone()) }</p> }
}
