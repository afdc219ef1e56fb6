//! A dashboard of share prices: every part of the page reads from one connection.

mod board;
mod status;

use board::Board;
use everstream::yew::{UseEvent, UseEventSource, use_event, use_event_list, use_event_source_with};
use everstream::{EventSource, Transport};
use serde::Deserialize;
use status::Status;
use yew::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
    yew::Renderer::<Dashboard>::new().render();
}

/// The payload of the server's events.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct PriceUpdate {
    symbol: String,
    price: f64,
    change: f64,
}

#[component]
fn Dashboard() -> Html {
    let paused = use_state(|| false);
    let source = use_event_source_with(*paused, |paused| {
        let builder = EventSource::builder("/demo/ticker").transport(Transport::Fetch);
        // `None` closes the connection, and everything received stays on the page.
        (!paused).then_some(builder).into()
    });
    let toggle = {
        let paused = paused.clone();
        move |_| paused.set(!*paused)
    };
    html! {
        <main>
            <header>
                <h1>{ "Prices" }</h1>
                <Status source={source.clone()}/>
                <button class="toggle" onclick={toggle}>
                    { if *paused { "Go on" } else { "Pause" } }
                </button>
            </header>
            <Board source={source.clone()}/>
            <Headline source={source.clone()}/>
            <Tape {source}/>
        </main>
    }
}

#[derive(Properties, PartialEq)]
struct SourceProps {
    source: UseEventSource,
}

/// Shows the latest change.
#[component]
fn Headline(SourceProps { source }: &SourceProps) -> Html {
    let UseEvent { latest, error } = use_event::<PriceUpdate>(source, "priceUpdate");
    html! {
        <p class="headline">
            if let Some(update) = latest {
                { format!("{} is at {:.2}", update.symbol, update.price) }
            }
            if let Some(error) = error {
                <span class="error">{ error.to_string() }</span>
            }
        </p>
    }
}

/// Shows the last changes, the newest first.
#[component]
fn Tape(SourceProps { source }: &SourceProps) -> Html {
    let updates = use_event_list(source, |source| source.on::<PriceUpdate>("priceUpdate"), 8);
    let row = |(key, update): (u64, &PriceUpdate)| {
        let text = format!("{} {:+.2}", update.symbol, update.change);
        html! { <li {key}>{ text }</li> }
    };
    html! {
        <ol class="tape">{ updates.with(|updates| updates.numbered().rev().map(row).collect::<Html>()) }</ol>
    }
}
