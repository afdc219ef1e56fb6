//! Prices without a framework: a task for the events and one for the state.

use everstream::{EventSource, State};
use serde::Deserialize;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

/// The payload of the server's events.
#[derive(Deserialize)]
struct PriceUpdate {
    symbol: String,
    price: f64,
}

fn main() {
    console_error_panic_hook::set_once();
    let source = EventSource::new("/demo/ticker").expect("the URL is valid");
    let mut prices = source.on::<PriceUpdate>("priceUpdate");
    let mut states = source.states();

    spawn_local(async move {
        while let Some(price) = prices.next().await {
            match price {
                Ok(PriceUpdate { symbol, price }) => {
                    show(&symbol, &format!("{symbol}: {price:.2}"));
                }
                Err(error) => show("error", &error.to_string()),
            }
        }
    });
    spawn_local(async move {
        // The subscription in the other task keeps the source open.
        drop(source);
        while let Some(state) = states.next().await {
            show(
                "state",
                &match state {
                    State::Open { .. } => "live".to_owned(),
                    State::Waiting { error, .. } => format!("{error}; trying again"),
                    State::Closed { .. } => "closed".to_owned(),
                    _ => "connecting".to_owned(),
                },
            );
        }
    });
}

/// Puts a text into the element of this ID, which is created if missing.
fn show(id: &str, text: &str) {
    element(id).set_text_content(Some(text));
}

fn element(id: &str) -> Element {
    let document = web_sys::window().and_then(|window| window.document());
    let document = document.expect("a page has a document");
    document.get_element_by_id(id).unwrap_or_else(|| {
        let made = document.create_element("p").expect("`p` is a valid name");
        made.set_id(id);
        let body = document.body().expect("the page has a body");
        body.append_child(&made).expect("a body takes a paragraph");
        made
    })
}
