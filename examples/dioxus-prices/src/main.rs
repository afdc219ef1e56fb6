//! Share prices: every part of the page reads from one connection.

use std::collections::BTreeMap;

use dioxus::prelude::*;
use everstream::dioxus::{
    UseEvent, UseEventSource, use_event, use_event_list, use_event_reduce, use_event_source_with,
};
use everstream::{Error, EventSource, State, Transport};
use serde::Deserialize;

fn main() {
    console_error_panic_hook::set_once();
    dioxus::launch(Prices);
}

/// The payload of the server's events.
#[derive(Clone, Debug, PartialEq, Deserialize)]
struct PriceUpdate {
    symbol: String,
    price: f64,
    change: f64,
}

#[component]
fn Prices() -> Element {
    let mut paused = use_signal(|| false);
    let source = use_event_source_with(paused(), |paused| {
        let builder = EventSource::builder("/demo/ticker").transport(Transport::Fetch);
        // `None` closes the connection, and everything received stays on the page.
        (!paused).then_some(builder)
    });
    rsx! {
        main {
            header {
                h1 { "Prices" }
                Status { source }
                button { class: "toggle", onclick: move |_| paused.toggle(),
                    if paused() { "Go on" } else { "Pause" }
                }
            }
            Board { source }
            Headline { source }
            Tape { source }
        }
    }
}

/// Shows the state of the connection.
#[component]
fn Status(source: UseEventSource) -> Element {
    let (class, text) = match &*source.state().read() {
        State::Idle => ("off", "paused".to_owned()),
        State::Connecting { .. } => ("busy", "connecting".to_owned()),
        State::Open { .. } => ("good", "live".to_owned()),
        State::Waiting { error, .. } => ("bad", format!("{error}; trying again")),
        State::Closed { error: Some(error) } => ("bad", error.to_string()),
        _ => ("off", "closed".to_owned()),
    };
    rsx! { p { class: "status {class}", role: "status", "{text}" } }
}

/// The sum of all events so far.
#[derive(Default)]
struct Shares {
    by_symbol: BTreeMap<String, PriceUpdate>,
    updates: u64,
    gaps: u64,
}

impl Shares {
    fn take(&mut self, item: Result<PriceUpdate, Error>) {
        match item {
            Ok(update) => {
                self.updates += 1;
                self.by_symbol.insert(update.symbol.clone(), update);
            }
            Err(Error::Gap { .. }) => self.gaps += 1,
            // The headline and the status show errors.
            Err(_) => {}
        }
    }
}

/// Shows a table of all shares. The table counts the updates, so it needs every event.
#[component]
fn Board(source: UseEventSource) -> Element {
    let shares = use_event_reduce(
        source,
        |source| source.on::<PriceUpdate>("priceUpdate"),
        Shares::default,
        Shares::take,
    );
    let shares = shares.read();
    rsx! {
        table {
            tbody {
                for (symbol, share) in &shares.by_symbol {
                    tr { key: "{symbol}", class: if share.change < 0.0 { "down" } else { "up" },
                        th { "{symbol}" }
                        td { {format!("{:.2}", share.price)} }
                        td { class: "change", {format!("{:+.2}", share.change)} }
                    }
                }
            }
        }
        p { class: "total", "{shares.updates} updates, {shares.gaps} gaps" }
    }
}

/// Shows the latest change.
#[component]
fn Headline(source: UseEventSource) -> Element {
    let UseEvent { latest, error } = use_event::<PriceUpdate>(source, "priceUpdate");
    rsx! {
        p { class: "headline",
            if let Some(update) = latest() {
                {format!("{} is at {:.2}", update.symbol, update.price)}
            }
            if let Some(error) = error() {
                span { class: "error", "{error}" }
            }
        }
    }
}

/// Shows the last changes, the newest first.
#[component]
fn Tape(source: UseEventSource) -> Element {
    let updates = use_event_list(source, |source| source.on::<PriceUpdate>("priceUpdate"), 8);
    rsx! {
        ol { class: "tape",
            for (number, update) in updates.read().numbered().rev() {
                li { key: "{number}", {format!("{} {:+.2}", update.symbol, update.change)} }
            }
        }
    }
}
